"""Nets that hold one loss, the references they are compared with, and the checks that a loss layer must pass.

A check takes the name of the module that holds the layer, and raises AssertionError where the layer is wrong: so the
same checks pass on the layer and fail on its mutants.
"""

import json
import os
import tempfile
from pathlib import Path

import numpy as np

os.environ.setdefault("GLOG_minloglevel", "2")

LOSS = "CustomSigmoidCrossEntropyLossLayer"
NORMALIZATIONS = ("FULL", "VALID", "BATCH_SIZE", "NONE")


def shape_text(shape):
    return "shape { " + " ".join(f"dim: {dim}" for dim in shape) + " }"


def input_layer(name, shape):
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ {shape_text(shape)} }} }}\n'


def python_layer(
    layer=LOSS,
    module="loss_layers",
    bottoms=("score", "label"),
    tops=("loss",),
    param_str="",
    rest="loss_weight: 1",
    name="loss",
):
    names = "".join(f' bottom: "{bottom}"' for bottom in bottoms) + "".join(f' top: "{top}"' for top in tops)
    return (
        f'layer {{ name: "{name}" type: "Python"{names} python_param {{ module: "{module}" layer: "{layer}"'
        f" param_str: {json.dumps(param_str)} }} {rest} }}\n"
    )


def caffe_layer(normalization="VALID", ignore_label=None, rest="loss_weight: 1"):
    ignore = "" if ignore_label is None else f" ignore_label: {ignore_label}"
    return (
        'layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" top: "loss"'
        f" loss_param {{ normalization: {normalization}{ignore} }} {rest} }}\n"
    )


# A layer with a weight, so that Caffe asks the loss for a gradient; it hands the scores on bit for bit.
SCORE = (
    'layer { name: "score" type: "Scale" bottom: "data" top: "score" scale_param { axis: 0 num_axes: 0 } }\n'
)


def load(text, phase=None):
    """Return a net; the file it is read from is gone afterwards."""
    import caffe

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.prototxt")
        path.write_text(text)
        return caffe.Net(str(path), caffe.TRAIN if phase is None else phase)


class LossNet:
    """A net of scores, labels, weights (where ``weights`` is their shape) and one loss."""

    def __init__(self, shape, loss, weights=None, phase=None):
        text = input_layer("data", shape) + input_layer("label", shape)
        if weights is not None:
            text += input_layer("weight", weights)
        self.net = load(text + SCORE + loss, phase)

    def forward(self, scores, labels, weights=None):
        """Return the loss times its loss_weight, as a float."""
        blobs = self.net.blobs
        for name, values in (("data", scores), ("label", labels), ("weight", weights)):
            if values is not None:
                if blobs[name].data.shape != np.shape(values):
                    blobs[name].reshape(*np.shape(values))
                blobs[name].data[...] = values
        return self.net._forward(0, len(self.net.layers) - 1)

    def backward(self):
        """Return the gradient at the scores."""
        self.net._backward(len(self.net.layers) - 1, 0)
        return self.net.blobs["score"].diff.copy()

    def run(self, scores, labels, weights=None):
        """Return the loss blob's value and the gradient at the scores."""
        self.forward(scores, labels, weights)
        return float(self.net.blobs["loss"].data), self.backward()


def custom_net(module, shape, weights=None, loss_weight=1, phase=None, **options):
    bottoms = ("score", "label") if weights is None else ("score", "label", "weight")
    text = python_layer(
        module=module, bottoms=bottoms, param_str=json.dumps(options), rest=f"loss_weight: {loss_weight}"
    )
    return LossNet(shape, text, weights, phase)


def sigmoid(x):
    """Return the sigmoid, to every digit in both tails."""
    return np.exp(-np.logaddexp(0, -x))


def reference(scores, labels, weights=None, normalization="VALID", ignore_label=None, pos_weight=1.0):
    """Return the loss and its gradient in float64, from softplus as it is defined."""
    x = np.float32(scores).astype(np.float64)
    t = np.float32(labels).astype(np.float64)
    positive = float(np.float32(pos_weight))
    keep = np.ones(x.shape, bool) if ignore_label is None else np.float32(labels) != np.float32(ignore_label)
    w = (
        np.ones(x.shape)
        if weights is None
        else np.broadcast_to(np.float32(weights), x.shape).astype(np.float64)
    )
    x, t, w = (np.where(keep, values, 0.0) for values in (x, t, w))
    w = w * keep
    terms = positive * t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
    slopes = (1 - t) * sigmoid(x) - positive * t * sigmoid(-x)
    count = {"FULL": x.size, "VALID": keep.sum(), "BATCH_SIZE": len(x), "NONE": 1}[normalization]
    count = max(1, int(count))
    return float((w * terms).sum()) / count, w * slopes / count


def samples(shape, seed, labels="binary", spread=3.0, weights=None, ignore_label=None):
    """Return scores, labels and weights of one kind, the same for the same seed."""
    random = np.random.default_rng(seed)
    x = (random.standard_normal(shape) * spread).astype(np.float32)
    t = random.random(shape) if labels == "soft" else random.random(shape) < 0.4
    t = t.astype(np.float32)
    if ignore_label is not None:
        t[random.random(shape) < 0.3] = ignore_label
    w = None if weights is None else (random.random(weights) * 4).astype(np.float32)
    return x, t, w


def close(came, wanted, relative, what):
    scale = np.max(np.abs(wanted))
    error = np.max(np.abs(np.asarray(came, np.float64) - wanted))
    assert error <= relative * scale, f"{what}: off by {error:.3g}, the largest value being {scale:.3g}"


# Every option by itself and some together: what check_* and the tests below run through.
OPTIONS = [
    {},
    *({"normalization": name} for name in NORMALIZATIONS),
    {"ignore_label": -1},
    {"ignore_label": 255, "normalization": "FULL"},
    {"ignore_label": 0},
    {"ignore_label": None, "pos_weight": 1},
    {"pos_weight": 2.5},
    {"pos_weight": 0.01, "normalization": "NONE"},
    {"pos_weight": 7, "ignore_label": -1, "normalization": "BATCH_SIZE"},
]
KINDS = [(labels, weighted) for labels in ("binary", "soft") for weighted in (None, "full", "pixel")]


def case(shape, options, labels, weighted, seed=0):
    """Return the weight map's shape and samples for a case."""
    weights = {None: None, "full": shape, "pixel": (shape[0], 1, *shape[2:])}[weighted]
    return weights, samples(shape, seed, labels, weights=weights, ignore_label=options.get("ignore_label"))


def check_float64(module):
    """Loss and gradient are those of the float64 reference, for every option."""
    shape = (2, 3, 5, 7)
    for options in OPTIONS:
        for labels, weighted in KINDS:
            weights, (x, t, w) = case(shape, options, labels, weighted)
            loss, gradient = custom_net(module, shape, weights, **options).run(x, t, w)
            wanted, slopes = reference(x, t, w, **options)
            what = f"{options} {labels} weights={weighted}"
            close(loss, wanted, 1e-6, f"loss of {what}")
            close(gradient, slopes, 1e-6, f"gradient of {what}")


def check_differences(module):
    """The gradient is the slope of the loss that Caffe minimises, loss_weight included, for every option."""
    shape = (2, 2, 2, 3)
    step = np.float32(1 / 16)
    for loss_weight in (1, 0.25, 3):
        for options in OPTIONS:
            for labels, weighted in KINDS:
                weights, (x, t, w) = case(shape, options, labels, weighted, seed=1)
                net = custom_net(module, shape, weights, loss_weight, **options)
                net.forward(x, t, w)
                gradient = net.backward()
                slopes = np.empty_like(gradient)
                for place in np.ndindex(*shape):
                    ends = []
                    for sign in (1, -1):
                        moved = x.copy()
                        moved[place] += sign * step
                        ends.append((net.forward(moved, t), float(moved[place])))
                    slopes[place] = (ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1])
                what = f"{options} {labels} weights={weighted} loss_weight={loss_weight}"
                close(gradient, slopes, 2e-3, f"gradient of {what}")


def check_caffe(module):
    """Loss and gradient are those of Caffe's own layer, where it has the option."""
    shape = (3, 2, 4, 5)
    for normalization in NORMALIZATIONS:
        for ignore_label in (None, -1, 0, 255):
            for loss_weight in (1, 0.5):
                options = {"normalization": normalization, "ignore_label": ignore_label}
                x, t, _ = samples(shape, 2, ignore_label=ignore_label)
                mine = custom_net(module, shape, loss_weight=loss_weight, **options)
                caffes = LossNet(
                    shape, caffe_layer(normalization, ignore_label, f"loss_weight: {loss_weight}")
                )
                loss, gradient = mine.run(x, t)
                wanted, slopes = caffes.run(x, t)
                what = f"{options} loss_weight={loss_weight}"
                close(loss, wanted, 1e-5, f"loss of {what}")
                close(gradient, slopes, 1e-5, f"gradient of {what}")


def training_curve(loss, iterations=100):
    """Return the loss at each iteration of a small net that learns to find bright squares, and its weights."""
    import caffe

    random = np.random.default_rng(5)
    shape = (4, 1, 16, 16)
    net = (
        input_layer("data", shape)
        + input_layer("label", shape)
        + """
        layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
          convolution_param { num_output: 8 kernel_size: 3 pad: 1 weight_filler { type: "msra" } } }
        layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
        layer { name: "score" type: "Convolution" bottom: "conv1" top: "score"
          convolution_param { num_output: 1 kernel_size: 3 pad: 1 weight_filler { type: "msra" } } }
        """
        + loss
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "net.prototxt").write_text(net)
        path = Path(folder, "solver.prototxt")
        path.write_text(
            f'net: "{folder}/net.prototxt" base_lr: 0.5 momentum: 0.9 lr_policy: "fixed" random_seed: 3'
            " max_iter: 1000 snapshot: 0 snapshot_after_train: false solver_mode: CPU"
        )
        solver = caffe.SGDSolver(str(path))
    curve = []
    for _ in range(iterations):
        labels = np.zeros(shape, np.float32)
        for image in labels[:, 0]:
            top, left = random.integers(0, 11, 2)
            image[top : top + 5, left : left + 5] = 1
        solver.net.blobs["label"].data[...] = labels
        solver.net.blobs["data"].data[...] = labels + 0.5 * random.standard_normal(shape)
        solver.step(1)
        curve.append(float(solver.net.blobs["loss"].data))
    return np.array(curve), [blob.data.copy() for layer in solver.net.params.values() for blob in layer]


def check_training(module):
    """A net trained with the layer learns, and as it learns with Caffe's own."""
    caffes, weights = training_curve(caffe_layer())
    assert caffes[-10:].mean() < 0.4 * caffes[:10].mean(), "the net does not learn"
    curve, mine = training_curve(python_layer(module=module))
    worst = np.max(np.abs(curve - caffes))
    assert worst <= 1e-3, f"the curves part by {worst:.3g}"
    for came, wanted in zip(mine, weights):
        close(came, wanted, 1e-2, "weights after training")
