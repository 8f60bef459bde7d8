"""The loss layer in real Caffe: against float64, against mpmath, against its own slope, against Caffe's own layer."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from pathlib import Path

import loss_nets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from loss_nets import (
    KINDS,
    OPTIONS,
    LossNet,
    caffe_layer,
    close,
    custom_net,
    input_layer,
    load,
    python_layer,
    reference,
    samples,
)

pytestmark = pytest.mark.caffe

SOURCE = Path(__file__).resolve().parents[2] / "layers" / "loss_layers.py"
CHECKS = ("check_float64", "check_differences", "check_caffe", "check_training")


@pytest.mark.parametrize("check", CHECKS)
def test_layer_passes(check: str) -> None:
    getattr(loss_nets, check)("loss_layers")


# What is changed in the layer's source, to what, and which checks must then fail.
MUTATIONS = {
    "loss_weight does not reach the gradient": (
        "top[0].diff.item() / self._normalizer",
        "1.0 / self._normalizer",
        {"check_differences", "check_caffe"},
    ),
    "the gradient is not divided by N": (
        "top[0].diff.item() / self._normalizer",
        "top[0].diff.item()",
        {"check_float64", "check_differences", "check_caffe", "check_training"},
    ),
    "the loss is not divided by N": (
        "self._evaluate(bottom, self.phase == caffe.TRAIN) / self._normalizer",
        "self._evaluate(bottom, self.phase == caffe.TRAIN)",
        {"check_float64", "check_differences", "check_caffe", "check_training"},
    ),
    "the gradient has the other sign": (
        "scale = np.float32(top",
        "scale = -np.float32(top",
        {"check_float64", "check_differences", "check_caffe", "check_training"},
    ),
    "ignored elements have a gradient": (
        "w = keep.astype(np.float32) if w is None",
        "w = w if w is None",
        {"check_float64", "check_differences", "check_caffe"},
    ),
    "ignored elements count": (
        "count = int(np.count_nonzero(keep))",
        "count = x.size - 1",
        {"check_float64", "check_caffe"},
    ),
    "pos_weight counts in the loss alone": (
        "np.multiply(above_one, w, above_one)",
        "np.multiply(above_one, 1, above_one)",
        {"check_float64", "check_differences"},
    ),
    "weights of soft labels count in the loss alone": (
        "            far *= w",
        "            far *= 1",
        {"check_float64", "check_differences"},
    ),
}


@pytest.mark.parametrize("title", MUTATIONS)
def test_checks_fail_on_mutants(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, failing = MUTATIONS[title]
    source = SOURCE.read_text(encoding="utf-8")
    assert source.count(old) == 1, (
        f"the layer's source no longer holds {old!r} once: mutate what does its work now"
    )
    name = "mutant_" + str(list(MUTATIONS).index(title))
    (tmp_path / f"{name}.py").write_text(source.replace(old, new), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    caught = set()
    for check in CHECKS:
        try:
            getattr(loss_nets, check)(name)
        except (AssertionError, FloatingPointError):  # a net that goes uphill ends in infinity
            caught.add(check)
    sys.modules.pop(name)
    assert failing <= caught


# Where exponentials overflow and vanish, where float32 ends, and what lies between.
SCORES = [
    *(0.0, 1e-45, 1e-40, 1.1754944e-38, 1e-30, 1e-8, 0.1, 1.0, 5.0, 15.0, 16.6, 17.0, 30.0, 40.0, 44.0, 60.0),
    *(87.3, 88.7, 88.8, 89.0, 90.0, 103.0, 103.9, 104.0, 110.0, 1e3, 1e10, 1e30, 3e38),
]
LABELS = [0.0, 1.0, 0.5, 0.25, 1e-9, 0.999999, -0.0]


@pytest.mark.parametrize("pos_weight", [1, 3.7, 1e-6])
def test_every_single_score_against_mpmath(pos_weight: float) -> None:
    import mpmath

    net = custom_net("loss_layers", (1, 1, 1, 1), pos_weight=pos_weight)
    # The least that float32 can tell from 0 is 1.4e-45; near it, only that many digits are left.
    smallest = 3e-45 * max(1, pos_weight)
    with mpmath.workdps(80):
        positive = mpmath.mpf(float(np.float32(pos_weight)))
        for score in [sign * size for size in SCORES for sign in (1, -1)]:
            for label in LABELS:
                x, t = (mpmath.mpf(float(np.float32(value))) for value in (score, label))
                up, down = mpmath.exp(x), mpmath.exp(-x)
                wanted = positive * t * mpmath.log1p(down) + (1 - t) * mpmath.log1p(up)
                slope = (1 - t) / (1 + down) - positive * t / (1 + up)
                if float(wanted) > 3.4e38:
                    continue
                loss, gradient = net.run([[[[score]]]], [[[[label]]]])
                what = f"score {score:g}, label {label:g}"
                assert abs(loss - float(wanted)) <= 1e-6 * float(wanted) + smallest, f"loss of {what}"
                # The two ends of the slope cancel where they meet: there its error is measured by them.
                ends = float((1 - t) / (1 + down) + positive * t / (1 + up))
                error = abs(float(gradient.item()) - float(slope))
                assert error <= 1e-6 * ends + smallest, f"gradient of {what}"


def test_scores_of_every_size_at_once() -> None:
    x = np.float32([sign * size for size in SCORES for sign in (1, -1)][:-2]).reshape(1, 1, 1, -1)
    for label in (0, 1):
        t = np.full_like(x, label)
        loss, gradient = custom_net("loss_layers", x.shape).run(x, t)
        wanted, slopes = reference(x, t)
        close(loss, wanted, 1e-6, "loss")
        close(gradient, slopes, 1e-6, "gradient")


@pytest.mark.parametrize("labels", ["binary", "soft"])
@pytest.mark.parametrize("spread", [1e-3, 3.0, 40.0])
def test_large_blobs_against_float64(labels: str, spread: float) -> None:
    # More than one chunk, of which none is a whole number of groups.
    x, t, _ = samples((1, 1, 397, 389), 6, labels, spread)
    loss, gradient = custom_net("loss_layers", x.shape).run(x, t)
    wanted, slopes = reference(x, t)
    close(loss, wanted, 1e-6, "loss")
    close(gradient, slopes, 1e-6, "gradient")


@pytest.mark.parametrize("value", [-25.0, -14.0, -9.21, -1.0, 0.0, 0.7])
def test_equal_scores_do_not_add_up_their_rounding(value: float) -> None:
    x = np.full((1, 1, 388, 388), value, np.float32)
    t = np.zeros_like(x)
    loss, _ = custom_net("loss_layers", x.shape).run(x, t)
    close(loss, reference(x, t)[0], 1e-6, "loss")


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 1, 3, 3, 3), (1, 1, 1, 15), (1, 1, 1, 17)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    for labels in ("binary", "soft"):
        x, t, _ = samples(shape, 7, labels)
        loss, gradient = custom_net("loss_layers", shape).run(x, t)
        wanted, slopes = reference(x, t)
        close(loss, wanted, 1e-6, "loss")
        close(gradient, slopes, 1e-6, "gradient")


def test_chunks_of_every_kind_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("loss_layers"), "_CHUNK", 64)
    shape = (1, 1, 1, 64 * 5 + 9)
    x, t, w = samples(shape, 8, weights=shape)
    x[..., :64] *= 30
    t[..., 64:128] *= 0.5
    x[..., 128:192] *= 1e20
    t[..., 192:256] = 255
    for options in ({"ignore_label": 255}, {"ignore_label": 255, "pos_weight": 3}):
        for weights in (None, w):
            net = custom_net("loss_layers", shape, None if weights is None else shape, **options)
            assert len(net.net.layers) == 4 + (weights is not None)
            loss, gradient = net.run(x, t, weights)
            wanted, slopes = reference(x, t, weights, **options)
            close(loss, wanted, 1e-6, "loss")
            close(gradient, slopes, 1e-6, "gradient")


floats = st.floats(-(2.0**99), 2.0**99, width=32) | st.floats(-8, 8, width=32)


@settings(max_examples=150, deadline=None)
@given(
    x=hnp.arrays(np.float32, (1, 2, 3, 7), elements=floats),
    t=hnp.arrays(np.float32, (1, 2, 3, 7), elements=st.sampled_from([0, 1]) | st.floats(0, 1, width=32)),
    w=st.none() | hnp.arrays(np.float32, (1, 1, 3, 7), elements=st.floats(0, 1024, width=32)),
    options=st.sampled_from(OPTIONS),
    ignored=hnp.arrays(bool, (1, 2, 3, 7)),
)
def test_anything_against_float64(x, t, w, options, ignored) -> None:
    if options.get("ignore_label") is not None:
        t = np.where(ignored, np.float32(options["ignore_label"]), t)
    loss, gradient = custom_net("loss_layers", x.shape, None if w is None else w.shape, **options).run(
        x, t, w
    )
    wanted, slopes = reference(x, t, w, **options)
    assert abs(loss - wanted) <= 1e-6 * abs(wanted) + 1e-44
    assert np.max(np.abs(gradient - slopes)) <= 1e-6 * np.max(np.abs(slopes)) + 1e-44


def test_ignored_elements_may_hold_anything() -> None:
    shape = (1, 1, 4, 6)
    x, t, w = samples(shape, 9, weights=shape, ignore_label=255)
    skipped = t == 255
    wanted, slopes = reference(x, t, w, ignore_label=255)
    x[skipped] = np.resize([np.nan, np.inf, -np.inf, 1e30], skipped.sum())
    w[skipped] = np.resize([np.nan, -1, np.inf], skipped.sum())
    loss, gradient = custom_net("loss_layers", shape, shape, ignore_label=255).run(x, t, w)
    close(loss, wanted, 1e-6, "loss")
    close(gradient, slopes, 1e-6, "gradient")
    assert not gradient[skipped].any()


@pytest.mark.parametrize("normalization", loss_nets.NORMALIZATIONS)
def test_nothing_counts_where_all_is_ignored(normalization: str) -> None:
    shape = (2, 1, 3, 3)
    net = custom_net("loss_layers", shape, ignore_label=-1, normalization=normalization)
    loss, gradient = net.run(np.full(shape, 5), np.full(shape, -1))
    assert loss == 0
    assert not gradient.any()


def test_no_numpy_warning_escapes() -> None:
    shape = (1, 1, 2, 40)
    for options in OPTIONS:
        for labels, weighted in KINDS:
            weights, (x, t, w) = loss_nets.case(shape, options, labels, weighted)
            x *= np.float32(1e30)
            x[..., ::3] = 1e-45
            net = custom_net("loss_layers", shape, weights, **options)
            with warnings.catch_warnings(), np.errstate(all="raise"):
                warnings.simplefilter("error")
                net.run(x, t, w)


def test_phase_test_gives_the_same_loss_and_gradient() -> None:
    import caffe

    x, t, _ = samples((2, 1, 9, 9), 10)
    train = custom_net("loss_layers", x.shape).run(x, t)
    test = custom_net("loss_layers", x.shape, phase=caffe.TEST).run(x, t)
    assert train[0] == test[0]
    np.testing.assert_array_equal(train[1], test[1])


def test_gradient_follows_new_scores_in_phase_test() -> None:
    import caffe

    net = custom_net("loss_layers", (2, 1, 9, 9), phase=caffe.TEST)
    for seed in (11, 12):
        x, t, _ = samples((2, 1, 9, 9), seed)
        _, gradient = net.run(x, t)
        close(gradient, reference(x, t)[1], 1e-6, f"gradient of seed {seed}")


def test_same_input_same_bits() -> None:
    x, t, _ = samples((2, 1, 200, 397), 13)
    runs = [custom_net("loss_layers", x.shape).run(x, t) for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


def test_second_backward_repeats_the_first() -> None:
    x, t, _ = samples((2, 1, 9, 9), 14)
    net = custom_net("loss_layers", x.shape, loss_weight=0.5)
    _, first = net.run(x, t)
    np.testing.assert_array_equal(net.backward(), first)


def test_blobs_may_change_their_shape() -> None:
    net = custom_net("loss_layers", (1, 1, 4, 4), weights=(1, 1, 4, 4))
    for shape in ((1, 1, 4, 4), (3, 2, 8, 5), (1, 1, 1, 1), (1, 1, 400, 401), (2, 1, 4, 4)):
        x, t, w = samples(shape, 15, weights=shape)
        loss, gradient = net.run(x, t, w)
        wanted, slopes = reference(x, t, w)
        close(loss, wanted, 1e-6, f"loss of {shape}")
        close(gradient, slopes, 1e-6, f"gradient of {shape}")


def test_losses_of_one_net_keep_to_themselves() -> None:
    shape = (1, 1, 5, 5)
    x, t, _ = samples(shape, 16, ignore_label=-1)
    options = [{"ignore_label": -1}, {"ignore_label": -1, "pos_weight": 3, "normalization": "NONE"}]
    text = "".join(
        python_layer(name=f"loss{index}", tops=(f"loss{index}",), param_str=json.dumps(option))
        for index, option in enumerate(options)
    )
    net = LossNet(shape, text)
    net.forward(x, t)
    gradient = net.backward()
    wanted = [reference(x, t, **option) for option in options]
    for index in (0, 1):
        close(net.net.blobs[f"loss{index}"].data, wanted[index][0], 1e-6, f"loss{index}")
    close(gradient, wanted[0][1] + wanted[1][1], 1e-6, "gradient")


def test_no_gradient_where_none_is_asked_for() -> None:
    x, t, _ = samples((1, 1, 3, 3), 17)
    layer = python_layer(rest="loss_weight: 1 propagate_down: false propagate_down: false")
    net = LossNet(x.shape, layer)
    net.forward(x, t)
    net.net.blobs["score"].diff[...] = 7
    assert (net.backward() == 7).all()


def test_gradient_reaches_the_weights_of_the_layer_below() -> None:
    x, t, _ = samples((2, 1, 5, 5), 18)
    net = custom_net("loss_layers", x.shape, loss_weight=2)
    net.run(x, t)
    scale = net.net.params["score"][0].diff
    close(scale, 2 * (reference(x, t)[1] * x).sum(), 1e-5, "gradient of the scale")


def test_caffes_own_default_is_another() -> None:
    x, t, _ = samples((2, 1, 5, 5), 19)
    mine, _ = custom_net("loss_layers", x.shape).run(x, t)
    caffes, _ = LossNet(x.shape, caffe_layer()).run(x, t)
    unsaid, _ = LossNet(x.shape, caffe_layer().replace("normalization: VALID", "")).run(x, t)
    assert mine == pytest.approx(caffes, rel=1e-5)
    assert unsaid == pytest.approx(25 * mine, rel=1e-5)


def test_attachment_in_the_documentation() -> None:
    import caffe

    lines = SOURCE.read_text(encoding="utf-8").split('"""')[1].splitlines()
    starts = [index for index, line in enumerate(lines) if line == "    layer {"]
    blocks = ["\n".join(lines[start : lines.index("    }", start) + 1]) for start in starts]
    assert len(blocks) == 2
    inputs = input_layer("data", (1, 1, 4, 4)) + input_layer("label", (1, 1, 4, 4)) + loss_nets.SCORE
    text = inputs + "".join(blocks)
    train, test = load(text, caffe.TRAIN), load(text, caffe.TEST)
    assert "loss_opt" in train.blobs
    assert "iou" not in train.blobs
    assert "iou" in test.blobs
    assert "loss_opt" not in test.blobs
    x, t, _ = samples((1, 1, 4, 4), 20, ignore_label=255)
    train.blobs["data"].data[...] = x
    train.blobs["label"].data[...] = t
    loss = train.forward()["loss_opt"]
    assert float(loss) == pytest.approx(reference(x, t, ignore_label=255, pos_weight=2)[0], rel=1e-6)
