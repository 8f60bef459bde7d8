"""``netgen predict``, as a user calls it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runner"))
import tiny

from netgen.cli.main import run
from netgen.runner import Caffe
from netgen.runner.prediction import Predictor

Image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.caffe


def net(channels: int, classes: int = 1, end: str = "") -> str:
    """Return a net that weighs channels, pixel by pixel, so that what it should say is known."""
    return (
        f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: 1 dim: {channels} dim: 8 dim: 8 }} }} }}'
        f'layer {{ name: "score" type: "Convolution" bottom: "data" top: "score" convolution_param {{'
        f" num_output: {classes} kernel_size: 1 }} }}" + end
    )


@pytest.fixture(scope="module")
def weighed():
    """Write a deploy net and its weights."""
    with Caffe() as caffe:

        def make(folder: Path, weight, bias, end: str = "") -> Path:
            weight = np.atleast_2d(weight)
            folder.mkdir(exist_ok=True)
            (folder / "deploy.prototxt").write_text(net(weight.shape[1], weight.shape[0], end))
            loaded = caffe.load(folder / "deploy.prototxt")
            loaded.set_params({"score": [weight[:, :, None, None], np.atleast_1d(bias)]})
            loaded.save(folder / "w.caffemodel")
            return folder

        yield make


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, array) -> None:
    Image.fromarray(np.asarray(array)).save(name)


def read(name) -> np.ndarray:
    return np.asarray(Image.open(name))


GRAY = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)
VALUE = GRAY / 255


def test_a_gray_image_to_a_mask(weighed, in_folder, capfd):
    weighed(in_folder / "b", [100.0], -50.0)
    save("im.png", GRAY)
    assert run(["predict", "b", "im.png", "-o", "mask.png", "--weights", "b/w.caffemodel"]) == 0
    out, err = capfd.readouterr()
    assert out == "mask.png\n"
    assert "the net ends in scores: sigmoid applied" in err
    assert "im.png: tile 8 of 8" in err
    mask = read("mask.png")
    assert mask.dtype == np.uint8
    # A score of 100 times the pixel's share of white, less 50.
    assert (mask == np.where(VALUE > 0.5, 255, 0)).all()


def test_a_threshold(weighed, in_folder):
    weighed(in_folder / "b", [1.0], 0.0)
    save("im.png", GRAY)
    command = ["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel", "--threshold", "0.6"]
    assert run(command) == 0
    assert (read("m.png") == np.where(1 / (1 + np.exp(-VALUE)) > 0.6, 255, 0)).all()


@pytest.mark.parametrize(("order", "channel"), [(None, 2), ("bgr", 2), ("rgb", 0)])
def test_colours_come_in_caffes_order_unless_told_otherwise(weighed, in_folder, order, channel):
    # The net looks at its last channel... of b, g, r: red.
    weighed(in_folder / "b", [0.0, 0.0, 100.0], -50.0)
    colours = np.random.RandomState(0).randint(0, 256, (8, 8, 3)).astype(np.uint8)
    save("im.png", colours)
    options = [] if order is None else ["--colour", order]
    assert run(["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel", *options]) == 0
    assert (read("m.png") == np.where(colours[..., 2 - channel] / 255 > 0.5, 255, 0)).all()


def test_scale_and_mean(weighed, in_folder):
    weighed(in_folder / "b", [1.0], 0.0)
    save("im.png", GRAY)
    options = ["--weights", "b/w.caffemodel", "--scale", "0.5", "--mean", "100", "--probabilities"]
    assert run(["predict", "b", "im.png", "-o", "p.npy", *options]) == 0
    found = np.load("p.npy")
    assert found.shape == (1, 12, 20)
    np.testing.assert_allclose(found[0], 1 / (1 + np.exp(-(GRAY.astype(float) - 100) / 2)), atol=1e-6)


def test_images_of_16_bits_are_scaled_by_their_own_white(weighed, in_folder):
    weighed(in_folder / "b", [1.0], 0.0)
    deep = GRAY.astype(np.uint16) * 257
    save("im.png", deep)
    assert (
        run(["predict", "b", "im.png", "-o", "p.npy", "--weights", "b/w.caffemodel", "--probabilities"]) == 0
    )
    np.testing.assert_allclose(np.load("p.npy")[0], 1 / (1 + np.exp(-VALUE)), atol=1e-6)


def test_probabilities_as_a_png_of_16_bits(weighed, in_folder):
    weighed(in_folder / "b", [5.0], -2.0)
    save("im.png", GRAY)
    assert (
        run(["predict", "b", "im.png", "-o", "p.png", "--weights", "b/w.caffemodel", "--probabilities"]) == 0
    )
    found = read("p.png")
    assert found.max() > 255
    np.testing.assert_allclose(found / 65535, 1 / (1 + np.exp(2 - 5 * VALUE)), atol=1e-5)


def test_several_classes_give_indexes_with_a_palette(weighed, in_folder):
    weighed(in_folder / "b", [[-10.0], [0.0], [10.0]], [3.0, 0.0, -7.0])
    save("im.png", GRAY)
    assert run(["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel"]) == 0
    with Image.open("m.png") as image:
        assert image.mode == "P"
        found = np.asarray(image)
        colours = {tuple(c) for c in np.asarray(image.convert("RGB")).reshape(-1, 3)}
    expected = np.argmax([3 - 10 * VALUE, 0 * VALUE, 10 * VALUE - 7], axis=0)
    assert (found == expected).all()
    assert len(colours) == 3
    assert (0, 0, 0) in colours


def test_two_classes_give_a_mask_of_the_second(weighed, in_folder):
    weighed(in_folder / "b", [[0.0], [100.0]], [0.0, -50.0])
    save("im.png", GRAY)
    assert run(["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel"]) == 0
    assert (read("m.png") == np.where(VALUE > 0.5, 255, 0)).all()


def test_several_images_go_to_a_folder(weighed, in_folder, capfd):
    weighed(in_folder / "b", [100.0], -50.0)
    save("one.png", GRAY)
    save("two.png", 255 - GRAY)
    command = ["predict", "b", "one.png", "two.png", "-o", "out/masks", "--weights", "b/w.caffemodel"]
    assert run(command) == 0
    assert capfd.readouterr().out == "out/masks/one.png\nout/masks/two.png\n"
    assert (read("out/masks/one.png") == 255 - read("out/masks/two.png")).all()
    assert run(command) == 2
    assert "out/masks/one.png is there already\n  mend: --force replaces it" in capfd.readouterr().err
    assert run([*command, "--force"]) == 0
    assert sorted(path.name for path in (in_folder / "out/masks").iterdir()) == ["one.png", "two.png"]


def test_colour_and_scale_come_from_the_data_set_in_the_bundle(weighed, in_folder, capfd):
    from netgen.data.manifest import DataSet

    bundle = weighed(in_folder / "b", [1.0, 0.0, 0.0], 0.0)
    fields = dict.fromkeys(DataSet.__dataclass_fields__)
    fields.update(format="hdf5", colour="rgb", scale=0.01, layer_scale=1.0, channels=3, phases={}, files=[])
    (bundle / "data").mkdir()
    (bundle / "data" / "data.json").write_text(json.dumps(fields))
    colours = np.random.RandomState(0).randint(0, 256, (8, 8, 3)).astype(np.uint8)
    save("im.png", colours)
    command = ["predict", "b", "im.png", "-o", "p.npy", "--weights", "b/w.caffemodel", "--probabilities"]
    assert run(command) == 0
    np.testing.assert_allclose(
        np.load("p.npy")[0], 1 / (1 + np.exp(-colours[..., 0].astype(float) / 100)), atol=1e-6
    )
    assert "colour rgb and scale 0.01 from its data set" in capfd.readouterr().err
    # What is said outright comes first.
    assert run([*command, "--force", "--colour", "bgr", "--scale", "1"]) == 0
    np.testing.assert_allclose(
        np.load("p.npy")[0], 1 / (1 + np.exp(-colours[..., 2].astype(float))), atol=1e-6
    )


def test_a_trained_bundle_needs_no_weights_named(in_folder, capfd):
    pytest.importorskip("h5py")
    bundle = tiny.write_bundle(in_folder / "b", test=False)
    # The deploy net of that bundle: its inner product as a convolution over the whole of 6 x 6.
    (bundle / "deploy.prototxt").write_text(
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 6 dim: 6 } } }'
        'layer { name: "none" type: "Power" bottom: "data" top: "prob" }'
    )
    assert run(["train", "b", "--iterations", "2", "--no-plot"]) == 0
    save("im.png", GRAY)
    assert run(["predict", "b", "im.png", "-o", "m.png"]) == 0
    assert "weights" in capfd.readouterr().err
    assert (read("m.png") == np.where(GRAY > 0, 255, 0)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["im.png", "-o", "m.jpg"], "m.jpg should end in .png (or .npy for probabilities)\n  mend: other formats lose mask values"),
        (["im.png", "-o", "m.npy"], "m.npy should end in .png\n  mend: --probabilities writes .npy"),
        (["im.png", "im2.png", "-o", "im2.png"], "2 images cannot go into the one file im2.png\n  mend: name a folder"),
        (["im.png", "sub/im.png", "-o", "out"], "im.png and sub/im.png would both be written to out/im.png"),
        (["im.png", "-o", "."], "im.png is one of the images themselves"),
        (["im.png", "-o", "im2.png"], "im2.png is there already\n  mend: --force replaces it"),
        (["none.png", "-o", "m.png"], "none.png: no such file"),
        (["deploy.txt", "-o", "m.png"], "deploy.txt is not a picture that Pillow can read"),
        (["im.png", "-o", "m.png", "--mean", "1", "--mean", "2"], "2 means for 1 channels"),
        (["im.png", "-o", "m.png", "--mean", "1,2,3"], "3 means for 1 channels\n  mend: give one, or one for each channel"),
        (["im.png", "-o", "m.png", "--mean", "1;2"], "'1;2' is neither a number nor several with commas, such as 104,117,123"),
        (["im.png", "-o", "m.png", "--mean", ""], "'' is neither a number"),
        (["im.png", "-o", "m.png", "--activation", "tanh"], "'tanh' is not one of"),
        (["im.png", "-o", "deploy.txt/m.png"], "m.png cannot be written: "),
        (["im.png", "-o", "deploy.txt/m.png"], "deploy.txt is no folder\n  mend: write somewhere else"),
        (["im.png", "-o", "made.png/", "--force"], "made.png/im.png is a folder"),
        (["im.png", "-o", "m.png", "--data", "sub"], "sub is no data set"),
        (["im.png", "-o", "m.png", "--weights", "none"], "there is no weights file none"),
        (["im.png", "-o", "m.png", "--blob", "scor"], "no blob 'scor'\n  mend: did you mean 'score'?"),
        (["im.png", "-o", "m.png", "--margin", "4"], "a margin of 4 leaves nothing of the 8 rows"),
        (["im.png", "-o", "m.png", "--colour", "rgb"], "im.png is gray (L), but rgb was asked for"),
    ],
)  # fmt: skip
def test_wrong_use(weighed, in_folder, capfd, arguments, message):
    weighed(in_folder / "b", [1.0], 0.0)
    (in_folder / "sub").mkdir()
    (in_folder / "made.png" / "im.png").mkdir(parents=True)
    (in_folder / "deploy.txt").write_text("no picture")
    for name in ("im.png", "im2.png", "sub/im.png"):
        save(name, GRAY)
    weights = [] if "--weights" in arguments else ["--weights", "b/w.caffemodel"]
    assert run(["predict", "b", *arguments, *weights]) == 2
    assert message in capfd.readouterr().err
    assert not (in_folder / "m.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "p.npy"], "p.npy should end in .png\n  mend: --probabilities writes .npy"),
        (["-o", "p.png", "--probabilities"], "a PNG holds the probability of one class, the net has 3\n  mend: write to"),
        (["-o", "out", "--probabilities"], "the net has 3\n  mend: write to a name that ends in .npy"),
        (["-o", "no/p.png"], "no is read-only\n  mend: write somewhere else"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_before_any_tile_is_computed(
    weighed, in_folder, capfd, monkeypatch, arguments, message
):
    weighed(in_folder / "b", np.eye(3)[:, :1], [0.0, 0.0, 0.0])
    save("im.png", GRAY)
    (in_folder / "no").mkdir()
    # Root may write anywhere, whatever the mode says.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "no")
    monkeypatch.setattr(Predictor, "predict", lambda *_: pytest.fail("computed"))
    assert run(["predict", "b", "im.png", *arguments, "--weights", "b/w.caffemodel"]) == 2
    assert message in capfd.readouterr().err


def test_a_disk_that_fails_on_writing_is_an_error_with_the_file_and_leaves_nothing(
    weighed, in_folder, capfd, monkeypatch
):
    weighed(in_folder / "b", [1.0], 0.0)
    save("im.png", GRAY)

    def full(_image, path, **_):
        Path(path).write_bytes(b"part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    assert run(["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel"]) == 2
    assert "error: m.png cannot be written: No space left on device" in capfd.readouterr().err
    assert sorted(path.name for path in in_folder.iterdir()) == ["b", "im.png"]


@pytest.mark.parametrize("spelling", [["1,2,3"], ["1", "2", "3"], ["1,2", "3"]])
def test_means_for_each_channel_in_either_spelling(weighed, in_folder, spelling):
    weighed(in_folder / "b", [1.0, 10.0, 100.0], 0.0)
    colours = np.random.RandomState(0).randint(0, 256, (8, 8, 3)).astype(np.uint8)
    save("im.png", colours)
    means = [part for mean in spelling for part in ("--mean", mean)]
    options = [
        "--weights",
        "b/w.caffemodel",
        "--colour",
        "rgb",
        "--scale",
        "0.001",
        *means,
        "--probabilities",
    ]
    assert run(["predict", "b", "im.png", "-o", "p.npy", *options, "--activation", "none"]) == 0
    expected = ((colours.astype(float) - [1, 2, 3]) * 0.001) @ [1, 10, 100]
    np.testing.assert_allclose(np.load("p.npy")[0], expected, rtol=1e-5, atol=1e-5)


PYTHON_LOSS = 'type: "Python" python_param { module: "m" layer: "CustomSigmoidCrossEntropyLossLayer" }'


@pytest.mark.parametrize(
    ("loss", "option", "said"),
    [
        (None, None, "softmax applied (3 classes, and no loss is known)"),
        ('type: "SoftmaxWithLoss"', None, "softmax applied (trained with SoftmaxWithLoss)"),
        ('type: "SigmoidCrossEntropyLoss"', None, "sigmoid applied (trained with SigmoidCrossEntropyLoss)"),
        (PYTHON_LOSS, None, "sigmoid applied (trained with CustomSigmoidCrossEntropyLossLayer)"),
        (PYTHON_LOSS, "softmax", "softmax applied to the output, as asked for"),
        (PYTHON_LOSS, "none", "nothing applied to the output, as asked for"),
        ("broken {", None, "softmax applied (3 classes, and no loss is known)"),
    ],
)
def test_what_is_applied_to_scores_is_what_the_loss_has_inside(weighed, in_folder, capfd, loss, option, said):
    bundle = weighed(in_folder / "b", [[-10.0], [0.0], [10.0]], [3.0, 0.0, -7.0])
    if loss is not None:
        (bundle / "train.prototxt").write_text(
            f'layer {{ name: "l" bottom: "score" bottom: "label" top: "l" {loss} }}'
            'layer { name: "a" type: "Accuracy" bottom: "score" bottom: "label" top: "a" }'
        )
    save("im.png", GRAY)
    command = ["predict", "b", "im.png", "--weights", "b/w.caffemodel"]
    command += [] if option is None else ["--activation", option]
    assert run([*command, "-o", "p.npy", "--probabilities"]) == 0
    assert said in capfd.readouterr().err
    scores = np.stack([3 - 10 * VALUE, 0 * VALUE, 10 * VALUE - 7])
    softmax = np.exp(scores) / np.exp(scores).sum(0)
    kind = said.partition(" ")[0]
    expected = {"softmax": softmax, "sigmoid": 1 / (1 + np.exp(-scores)), "nothing": scores}[kind]
    np.testing.assert_allclose(np.load("p.npy"), expected, atol=1e-5)
    # The mask is the most probable class, whichever it was.
    assert run([*command, "-o", "m.png"]) == 0
    assert (read("m.png") == scores.argmax(0)).all()


def test_the_blobs_that_are_listed_are_the_users_own(weighed, in_folder, capfd):
    ends = "".join(f'layer {{ name: "{n}" type: "ReLU" bottom: "score" top: "{n}" }}' for n in ("one", "two"))
    weighed(in_folder / "b", [1.0], 0.0, ends)
    save("im.png", GRAY)
    command = ["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel", "--blob"]
    assert run([*command, "zzzzz"]) == 2
    assert capfd.readouterr().err.endswith("mend: it has: data, score, one, two\n")
    assert run([*command, "score"]) == 0


def test_weights_that_do_not_fit_are_an_error_and_can_be_forced(weighed, in_folder, capfd):
    weighed(in_folder / "b", [1.0], 0.0)
    (in_folder / "b" / "deploy.prototxt").write_text(net(1).replace('"score"', '"scores"'))
    save("im.png", GRAY)
    command = ["predict", "b", "im.png", "-o", "m.png", "--weights", "b/w.caffemodel"]
    assert run(command) == 2
    err = capfd.readouterr().err
    assert "has nothing for scores of deploy.prototxt" in err
    assert "has a layer 'score' that the net lacks" in err
    assert run([*command, "--partial"]) == 0
    assert "random weights in scores" in capfd.readouterr().err
