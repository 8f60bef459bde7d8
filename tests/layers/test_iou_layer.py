"""The IoU layer in real Caffe."""

from __future__ import annotations

import json

import numpy as np
import pytest
from loss_nets import LossNet, python_layer, samples

pytestmark = pytest.mark.caffe


def iou_net(shape, rest="include { phase: TEST }", **options):
    import caffe

    layer = python_layer("BinaryIoULayer", tops=("iou",), param_str=json.dumps(options), rest=rest)
    return LossNet(shape, layer, phase=caffe.TEST)


def iou(x, t, **options):
    net = iou_net(np.shape(x), **options)
    net.forward(x, t)
    assert net.net.blobs["iou"].data.shape == ()
    return float(net.net.blobs["iou"].data)


@pytest.mark.parametrize("labels", ["binary", "soft"])
@pytest.mark.parametrize("threshold", [0, -1.5, 2])
@pytest.mark.parametrize("ignore_label", [None, 255])
def test_against_sets_of_pixels(labels: str, threshold: float, ignore_label: int | None) -> None:
    x, t, _ = samples((2, 1, 9, 11), 1, labels, ignore_label=ignore_label)
    counted = {place for place in np.ndindex(x.shape) if ignore_label is None or t[place] != ignore_label}
    predicted = {place for place in counted if x[place] > threshold}
    true = {place for place in counted if t[place] > 0.5}
    wanted = len(predicted & true) / len(predicted | true)
    assert iou(x, t, threshold=threshold, ignore_label=ignore_label) == pytest.approx(wanted, rel=1e-6)


def test_ends() -> None:
    t = np.float32([[[[0, 1, 1, 0]]]])
    assert iou(2 * t - 1, t) == 1
    assert iou(1 - 2 * t, t) == 0
    assert iou(np.full_like(t, -1), np.zeros_like(t)) == 1
    assert iou(np.full_like(t, -1), t) == 0
    # A score at the threshold is not above it.
    assert iou(np.zeros_like(t), t) == 0


def test_ignored_scores_may_be_nan() -> None:
    x = np.float32([[[[np.nan, 1, -1, np.inf]]]])
    t = np.float32([[[[9, 1, 1, 0]]]])
    assert iou(x, t, ignore_label=9) == pytest.approx(1 / 3)


def test_shape_may_change() -> None:
    net = iou_net((1, 1, 2, 2))
    for shape in ((1, 1, 2, 2), (3, 1, 5, 4)):
        x, t, _ = samples(shape, 3)
        net.forward(x, t)
        both = ((x > 0) & (t > 0.5)).sum() / ((x > 0) | (t > 0.5)).sum()
        assert float(net.net.blobs["iou"].data) == pytest.approx(both, rel=1e-6)
