"""Synopsys Caffe's own: padding on each side, and layers of TensorFlow's models."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.setup import convolution, pooling
from netgen.graph.setup.blobs import int32
from netgen.graph.setup.forks.common import not_in_place, required, same
from netgen.graph.setup.forks.pooling import floored
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["LAYERS"]

_SIDES = ("pad_t", "pad_b", "pad_l", "pad_r")
_CONVOLUTION = convolution.TYPES["Convolution"]
_DECONVOLUTION = convolution.TYPES["Deconvolution"]
_POOLING = pooling.TYPES["Pooling"]


def _sides(param: Any, message: str, plain: bool) -> tuple[int, int, int, int]:
    """Return the padding at the top, the bottom, the left and the right; it goes with no other."""
    top, bottom, left, right = (int32(getattr(param, name)) for name in _SIDES)
    if plain and (top, bottom, left, right) != (0, 0, 0, 0):
        raise Refusal(
            "padding is given in two ways: as pad, and as pad_l, pad_r, pad_t and pad_b",
            "contradiction",
            (message,),
            mend="give one of them",
        )
    if param.pad_type > 1:
        raise Refusal(f"pad_type is 0 or 1, came {param.pad_type}", "value", (message, "pad_type"))
    return top, bottom, left, right


def _enlarged(shape: MaybeShape, sides: tuple[int, int, int, int]) -> MaybeShape:
    """Return a picture's shape with its padding."""
    if shape is None or len(shape) != 4:
        return shape
    top, bottom, left, right = sides
    return (*shape[:2], shape[2] + top + bottom, shape[3] + left + right)


def _strides(param: Any) -> tuple[int, int]:
    if param.HasField("stride_h"):
        return int32(param.stride_h), int32(param.stride_w)
    given = param.stride
    if isinstance(given, int):
        return int32(given), int32(given)
    return (int32(given[0]), int32(given[-1])) if given else (1, 1)


def _kept(made: MaybeShape, first: MaybeShape, strides: tuple[int, int]) -> MaybeShape:
    """Return a top whose size is the bottom's, divided by the stride and rounded up (pad_type 1)."""
    if made is None or first is None or len(first) != 4 or 0 in strides:
        return None
    return (*made[:2], *(-(-first[2 + axis] // strides[axis]) for axis in range(2)))


def _plain(param: Any) -> bool:
    return bool(param.pad) or param.pad_h != 0 or param.pad_w != 0


def _convolution(setup: Setup) -> Made:
    """``ConvolutionLayer``, which is BVLC's on a picture that has its padding already."""
    param = setup.layer.convolution_param
    sides = _sides(param, "convolution_param", _plain(param))
    first = next((shape for shape in setup.bottoms if shape is not None), None)
    if param.pad_type and first is not None and len(first) == 4:
        window = convolution.window_of(param, 2)
        down, across = (step * (size - 1) for step, size in zip(window.dilation, window.kernel))
        sides = down, 0, across, 0
    made = _CONVOLUTION.rule(setup._replace(bottoms=tuple([_enlarged(one, sides) for one in setup.bottoms])))
    if param.pad_type:
        return made._replace(tops=[_kept(top, first, _strides(param)) for top in made.tops])
    return made


def _deconvolution(setup: Setup) -> Made:
    """``DeconvolutionLayer``: with padding of its own kind it is not known what comes out."""
    param = setup.layer.convolution_param
    sides = _sides(param, "convolution_param", _plain(param))
    made = _DECONVOLUTION.rule(setup)
    if param.pad_type or sides != (0, 0, 0, 0):
        return made._replace(tops=(None,) * setup.ntop)
    return made


def _pooling(setup: Setup) -> Made:
    """``PoolingLayer``: ``round_mode`` before ``ceil_mode``, and a last window in the padding is dropped."""
    param = setup.layer.pooling_param
    sides = _sides(param, "pooling_param", any(map(param.HasField, ("pad", "pad_h", "pad_w"))))
    (first,) = setup.bottoms
    rule = _POOLING.rule if param.HasField("round_mode") else floored
    if first is None or len(first) != 4 or param.global_pooling:
        return rule(setup)
    strides = _strides(param)
    if param.pad_type:
        down, across = pooling.window_of(param, first).kernel
        made = rule(setup._replace(bottoms=(_enlarged(first, (down, 0, across, 0)),)))
        return made._replace(tops=[_kept(top, first, strides) for top in made.tops])
    made = rule(setup._replace(bottoms=(_enlarged(first, sides),)))
    top = made.tops[0]
    if top is None or sides == (0, 0, 0, 0):
        return made
    out = []
    for size, pad, pooled, stride in zip(first[2:], (sides[0], sides[2]), top[2:], strides):
        out.append(pooled - 1 if (pooled - 1) * stride >= size + pad else pooled)
    return made._replace(tops=((*top[:2], *out),) * setup.ntop)


def _squeeze(setup: Setup) -> Made:
    """``SqueezeLayer``: axes of size 1 go, those that are named or all."""
    not_in_place(setup)
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    gone = []
    for index, axis in enumerate(setup.layer.squeeze_param.axis):
        field = ("squeeze_param", "axis", index)
        found = canonical(axis, first, "axis", field)
        if first[found] != 1:
            raise Refusal(f"axis {axis} of {shown(first)} is not of size 1", "shape", field)
        gone.append(found)
    every = not gone
    return Made((tuple([dim for axis, dim in enumerate(first) if dim != 1 or not (every or axis in gone)]),))


def _broadcast(one: Shape, other: Shape) -> Shape:
    """Return the shape of what two blobs make element by element, sizes of 1 spread out."""
    if not one or not other:
        return one or other
    if len(one) == len(other):
        for left, right in zip(one, other):
            if left != right and 1 not in (left, right):
                raise Refusal(
                    f"{shown(one)} and {shown(other)} do not fit each other", "shape", ("bottom", 1)
                )
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    offset = len(long) - len(short)
    return (*long[:offset], *(max(left, right) for left, right in zip(long[offset:], short)))


def _mul(setup: Setup) -> Made:
    """``MulLayer``: by the second bottom, or by a parameter blob."""
    not_in_place(setup)
    param: Optional[Shape] = None
    if len(setup.bottoms) == 1:
        param = tuple([int(dim) for dim in setup.layer.mul_param.mul_shape])
    first = setup.bottoms[0]
    second = setup.bottoms[1] if param is None else param
    params = [] if param is None else [param]
    if first is None or second is None:
        return Made((None,), params)
    if not first and not second:
        return Made(((),), params)
    return Made((_broadcast(first, second),), params)


def _detection_output(setup: Setup) -> Made:
    """``DetectionOutputLayer``: boxes of several layers, joined or not."""
    param = setup.layer.detection_output_param
    required(param, "detection_output_param", "num_classes")
    if param.tflite_detection:
        return Made(((int32(param.max_classes_per_detection * param.keep_top_k), 7),))
    return Made(((1, 1, 1, 7),))


LAYERS = {
    "DetectionOutput": LayerType(_detection_output, min_bottoms=3, exact_tops=1),
    "Convolution": _CONVOLUTION._replace(rule=_convolution),
    "Deconvolution": _DECONVOLUTION._replace(rule=_deconvolution),
    "ConvolutionDepthwise": _CONVOLUTION._replace(rule=_convolution),
    "Pooling": _POOLING._replace(rule=_pooling),
    "HardSwish": LayerType(same, exact_bottoms=1, exact_tops=1),
    "Squeeze": LayerType(_squeeze, exact_bottoms=1, exact_tops=1),
    "Mul": LayerType(_mul, min_bottoms=1, exact_tops=1),
}
