"""Layers that treat channels by themselves: Axpy, ShuffleChannel, depthwise convolutions, ReLU6."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.setup import convolution
from netgen.graph.setup.blobs import check_size, int32, quotient
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.forks.common import as_four, check_positive, needs_axes, same
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["AXPY", "DEPTHWISE", "OWN_DEPTHWISE", "RELU6", "SHUFFLE"]

_PARAM = "convolution_param"


def _axpy(setup: Setup) -> Made:
    """SENet's ``AxpyLayer``: the second bottom times a factor for each channel, plus the third."""
    factor, blob, added = setup.bottoms
    if factor is not None:
        needs_axes(factor, 2)
        if len(factor) == 4 and factor[2:] != (1, 1):
            raise Refusal(f"there is one factor for a channel, came {shown(factor)}", "shape", ("bottom", 0))
    for index, other in ((1, blob), (2, added)):
        if factor is not None and other is not None and other[:2] != factor[:2]:
            raise Refusal(
                f"the factors are {shown(factor)} and bottom {index} is {shown(other)}: samples and channels "
                "are the same",
                "shape",
                ("bottom", index),
            )
    if blob is not None and added is not None and blob != added:
        raise Refusal(f"{shown(blob)} and {shown(added)} cannot be added", "shape", ("bottom", 2))
    return Made((added if blob is None else blob,))


def _shuffle_channel(setup: Setup) -> Made:
    """ShuffleNet's ``ShuffleChannelLayer``."""
    check_positive(setup.layer.shuffle_channel_param, "shuffle_channel_param", "group")
    (first,) = setup.bottoms
    return Made((None if first is None else as_four(first),))


def _pair(param: Any, plain: str, stem: str, default: Optional[int]) -> Optional[tuple[int, int]]:
    """Return a size for height and width; None where the layer reads one that is not there."""
    if plain != "dilation" and param.HasField(f"{stem}_h") and param.HasField(f"{stem}_w"):
        return int32(getattr(param, f"{stem}_h")), int32(getattr(param, f"{stem}_w"))
    given = getattr(param, plain)
    if not given:
        return None if default is None else (default, default)
    return int32(given[0]), int32(given[min(1, len(given) - 1)])


def _own_depthwise(setup: Setup) -> Made:
    """``ConvolutionDepthwiseLayer``: it reads num_output and group nowhere, but needs pad and stride."""
    param = setup.layer.convolution_param
    (first,) = setup.bottoms
    four = None if first is None else as_four(first)
    kernel = _pair(param, "kernel_size", "kernel", None)
    stride, pad = _pair(param, "stride", "stride", None), _pair(param, "pad", "pad", None)
    dilation = _pair(param, "dilation", "", 1)
    weights: MaybeShape = None
    if four is not None and kernel is not None:
        weights = (four[1], 1, *kernel)
        check_size(weights, "a blob of weights", (_PARAM,))
    bias: MaybeShape = None if four is None else (four[1],)
    params: list[MaybeShape] = list(setup.blobs) or ([weights, bias] if param.bias_term else [weights])
    if not setup.blobs:
        check_filler(param.weight_filler, weights, "weights", (_PARAM, "weight_filler"))
        if param.bias_term:
            check_filler(param.bias_filler, bias, "biases", (_PARAM, "bias_filler"))
    if stride is not None and 0 in stride:
        raise Refusal("stride is 0: Caffe divides by it and crashes", "crash", (_PARAM,))
    if four is None or kernel is None or stride is None or pad is None or dilation is None:
        return Made((None,), params)
    out = [
        quotient(four[2 + axis] + 2 * pad[axis] - (dilation[axis] * (kernel[axis] - 1) + 1), stride[axis]) + 1
        for axis in range(2)
    ]
    top: Shape = (*four[:2], *out)
    check_size(top, "a top", (_PARAM,))
    return Made((top,), params)


AXPY = {"Axpy": LayerType(_axpy, exact_bottoms=3, exact_tops=1)}
SHUFFLE = {"ShuffleChannel": LayerType(_shuffle_channel, exact_bottoms=1, exact_tops=1)}
# It is a BaseConvolutionLayer, set up as Convolution is.
DEPTHWISE = {"DepthwiseConvolution": convolution.TYPES["Convolution"]}
OWN_DEPTHWISE = {"ConvolutionDepthwise": LayerType(_own_depthwise, exact_bottoms=1, exact_tops=1)}
RELU6 = {"ReLU6": LayerType(same, exact_bottoms=1, exact_tops=1)}
