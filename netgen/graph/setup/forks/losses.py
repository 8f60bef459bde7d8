"""Layers with parameters of their own: the center loss, caffe-lstm's LSTM, NVIDIA's BatchNorm and L1 loss."""

from __future__ import annotations

from netgen.graph.setup.blobs import count, int32
from netgen.graph.setup.dense import check_matrix
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.forks.common import as_four, check_batch, needs_axes
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, canonical, shown

__all__ = ["CENTER", "LSTM", "NVIDIA"]


def _center_loss(setup: Setup) -> Made:
    """caffe-face's ``CenterLossLayer``: a center for each class. It weighs nothing without loss_weight."""
    param = setup.layer.center_loss_param
    score, label = setup.bottoms
    inputs = None
    if score is not None:
        inputs = count(score, canonical(param.axis, score, "axis", ("center_loss_param", "axis")))
    params: tuple[MaybeShape, ...] = setup.blobs
    if not params:
        field = ("center_loss_param", "center_filler")
        params = (check_matrix(int32(param.num_output), inputs, param.center_filler, field, "centers"),)
    if label is not None and as_four(label, 1)[1:] != (1, 1, 1):
        raise Refusal(f"a label is one number, came {shown(label)}", "shape", ("bottom", 1))
    check_batch(setup)
    tops: list[MaybeShape] = [None] * setup.ntop
    tops[:1] = [()]
    return Made(tops, params)


def _lstm(setup: Setup) -> Made:
    """caffe-lstm's ``LstmLayer``: sequences of batch_size lie behind each other on axis 0."""
    param = setup.layer.lstm_param
    first = setup.bottoms[0]
    batch, outputs = int32(param.batch_size), int32(param.num_output)
    inputs = None
    if first is not None:
        needs_axes(first, 1)
        if not first[0]:
            raise Refusal(
                f"there are no samples in {shown(first)}: Caffe divides by them", "crash", ("bottom", 0)
            )
        inputs = count(first) // first[0]
    params: tuple[MaybeShape, ...] = setup.blobs
    if not params:
        field = ("lstm_param", "weight_filler")
        params = (
            check_matrix(int32(4 * outputs), inputs, param.weight_filler, field),
            check_matrix(int32(4 * outputs), outputs, param.weight_filler, field),
            (int32(4 * outputs),),
        )
        check_filler(param.bias_filler, params[2], "biases", ("lstm_param", "bias_filler"))
    if not batch:
        raise Refusal("batch_size is 0: Caffe divides by it", "crash", ("lstm_param", "batch_size"))
    if first is None:
        return Made((None,), params)
    if first[0] % batch:
        raise Refusal(
            f"{first[0]} rows are no multiple of batch_size {batch}",
            "shape",
            ("lstm_param", "batch_size") if param.HasField("batch_size") else ("bottom", 0),
        )
    return Made(((first[0], outputs),), params)


def _l1_loss(setup: Setup) -> Made:
    """NVIDIA's ``L1LossLayer``."""
    check_batch(setup)
    one, other = setup.bottoms
    if one is not None and other is not None and count(one, 1) != count(other, 1):
        raise Refusal(f"{shown(one)} and {shown(other)} differ in size", "shape", ("bottom", 1))
    return Made(((),))


def _batch_norm(setup: Setup) -> Made:
    """NVIDIA's ``BatchNormLayer``: N x C x H x W alone, and it can have the Scale layer's blobs itself."""
    param = setup.layer.batch_norm_param
    (first,) = setup.bottoms
    each: MaybeShape = None
    if first is not None:
        needs_axes(first, 4)
        each = (first[1],)
    params: tuple[MaybeShape, ...] = setup.blobs
    if not params:
        params = (each, each, (1,))
        fillers = [name for name in ("scale_filler", "bias_filler") if param.HasField(name)]
        if param.scale_bias or fillers:
            params = (*params, each, each)
        for name in fillers:
            check_filler(getattr(param, name), each, "factors or terms", ("batch_norm_param", name))
    return Made((first,), params)


CENTER = {"CenterLoss": LayerType(_center_loss, exact_bottoms=2, no_force_backward=(1,), auto_tops=True)}
LSTM = {"Lstm": LayerType(_lstm, min_bottoms=1, min_tops=1)}
NVIDIA = {
    "L1Loss": LayerType(
        _l1_loss, exact_bottoms=2, exact_tops=1, auto_tops=True, loss=True, no_force_backward=()
    ),
    "BatchNorm": LayerType(_batch_norm, exact_bottoms=1, exact_tops=1),
}
