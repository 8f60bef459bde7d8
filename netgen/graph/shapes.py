"""Shapes of blobs, for the layers that nets like U-Net are made of.

Each rule is Caffe's ``Reshape`` of that layer. A shape that depends on data, or a layer type without a rule
here, gives None, and None spreads: nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Callable, Optional

from netgen.errors import NetgenError

__all__ = ["Shape", "ShapeError", "infer"]

Shape = tuple[int, ...]
"""N x C x H x W for a picture's blob; () for a scalar such as a loss."""

Rule = Callable[[Any, list[Shape], int], list[Optional[Shape]]]


class ShapeError(NetgenError):
    """Caffe would refuse this layer for its bottoms' shapes."""


def _canonical(axis: int, shape: Shape, what: str) -> int:
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"{what} {axis} is outside the {len(shape)} axes of {_by(shape)}")
    return axis % len(shape)


def _by(shape: Shape) -> str:
    return " x ".join(map(str, shape)) if shape else "a scalar"


def _spatial(param: Any, plain: str, axes: int, default: int) -> list[int]:
    """Return kernel_size, stride, pad or dilation for each spatial axis, as Caffe reads them."""
    given = list(getattr(param, plain))
    if plain != "dilation":
        stem = "kernel" if plain == "kernel_size" else plain
        if param.HasField(f"{stem}_h") or param.HasField(f"{stem}_w"):
            if given:
                raise ShapeError(f"{plain} and {stem}_h/{stem}_w are both given", mend="give one of them")
            if axes != 2:
                raise ShapeError(f"{stem}_h and {stem}_w need two spatial axes, and there are {axes}")
            return [int(getattr(param, f"{stem}_h")), int(getattr(param, f"{stem}_w"))]
    if not given:
        if plain == "kernel_size":
            raise ShapeError("kernel_size is missing", mend="write kernel_size=3, or kernel_h and kernel_w")
        return [default] * axes
    if len(given) not in (1, axes):
        raise ShapeError(
            f"{plain} has {len(given)} values for {axes} spatial axes", mend="give one, or one an axis"
        )
    return [int(v) for v in (given * axes if len(given) == 1 else given)]


def _convolution(
    layer: Any, bottoms: list[Shape], ntop: int, transposed: bool = False
) -> list[Optional[Shape]]:
    param = layer.convolution_param
    if not param.num_output:
        raise ShapeError(
            "num_output is missing or 0", mend="write num_output=N, the number of channels it makes"
        )
    first = bottoms[0]
    axis = _canonical(param.axis, first, "axis")
    axes = len(first) - axis - 1
    kernel = _spatial(param, "kernel_size", axes, 0)
    stride = _spatial(param, "stride", axes, 1)
    pad = _spatial(param, "pad", axes, 0)
    dilation = _spatial(param, "dilation", axes, 1)
    group = param.group
    if not group or first[axis] % group or param.num_output % group:
        raise ShapeError(
            f"group {group} does not divide {first[axis]} channels in and {param.num_output} out"
        )
    spatial = []
    for i in range(axes):
        size, extent = first[axis + 1 + i], dilation[i] * (kernel[i] - 1) + 1
        if not kernel[i] or not stride[i]:
            raise ShapeError("kernel_size and stride are at least 1")
        if transposed:
            out = stride[i] * (size - 1) + extent - 2 * pad[i]
        else:
            # Caffe divides in C++, which truncates towards zero.
            out = int((size + 2 * pad[i] - extent) / stride[i]) + 1
        if out < 1:
            raise ShapeError(
                f"a kernel of {extent} does not fit into {size + 2 * pad[i]} "
                f"(input {_by(first)}, pad {pad[i]})",
                mend="a larger input, a smaller kernel, or more pad",
            )
        spatial.append(out)
    for other in bottoms[1:]:
        if other != first:
            raise ShapeError(f"bottoms of different shapes: {_by(first)} and {_by(other)}")
    return [(*first[:axis], param.num_output, *spatial)] * max(ntop, 1)


def _deconvolution(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    return _convolution(layer, bottoms, ntop, transposed=True)


def _pooling(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.pooling_param
    first = bottoms[0]
    if len(first) != 4:
        raise ShapeError(f"Pooling takes N x C x H x W, came {_by(first)}")
    if param.global_pooling:
        return [(*first[:2], 1, 1)] * ntop

    def pair(plain: str, stem: str) -> tuple[int, int]:
        if param.HasField(f"{stem}_h") or param.HasField(f"{stem}_w"):
            return getattr(param, f"{stem}_h"), getattr(param, f"{stem}_w")
        return getattr(param, plain), getattr(param, plain)

    kernel, stride, pad = pair("kernel_size", "kernel"), pair("stride", "stride"), pair("pad", "pad")
    out = []
    for i in range(2):
        if not kernel[i] or not stride[i]:
            raise ShapeError("kernel_size and stride are at least 1", mend="write kernel_size=2, stride=2")
        size = first[2 + i]
        count = math.ceil((size + 2 * pad[i] - kernel[i]) / stride[i]) + 1
        # Caffe rounds up, then drops a last window that would start in the padding.
        if any(pad) and (count - 1) * stride[i] >= size + pad[i]:
            count -= 1
        out.append(count)
    return [(*first[:2], *out)] * ntop


def _same(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del layer
    return [bottoms[0]] * ntop


def _scalar(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del layer, bottoms
    return [(), *[None] * (ntop - 1)][:ntop]


def _concat(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.concat_param
    first = bottoms[0]
    axis = param.concat_dim if param.HasField("concat_dim") else _canonical(param.axis, first, "axis")
    total = 0
    for index, shape in enumerate(bottoms):
        rest = (*shape[:axis], *shape[axis + 1 :])
        if len(shape) != len(first) or rest != (*first[:axis], *first[axis + 1 :]):
            raise ShapeError(
                f"bottom {index} is {_by(shape)} and bottom 0 is {_by(first)}: they may differ on axis "
                f"{axis} alone",
                mend="crop or pad one of them first" if len(shape) == len(first) else None,
            )
        total += shape[axis]
    return [(*first[:axis], total, *first[axis + 1 :])] * ntop


def _crop(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.crop_param
    if len(bottoms) != 2:
        raise ShapeError(
            f"Crop takes two bottoms, the blob and the one whose size it gets, came {len(bottoms)}"
        )
    blob, like = bottoms
    axis = _canonical(param.axis, blob, "axis")
    offsets = list(param.offset)
    if len(offsets) > 1 and len(offsets) != len(blob) - axis:
        raise ShapeError(
            f"{len(offsets)} offsets for {len(blob) - axis} cropped axes", mend="give one, or one an axis"
        )
    if len(like) < len(blob):
        raise ShapeError(f"cannot crop {_by(blob)} to the size of {_by(like)}, which has fewer axes")
    shape = list(blob)
    for i in range(axis, len(blob)):
        offset = offsets[i - axis] if len(offsets) > 1 else (offsets[0] if offsets else 0)
        if blob[i] < offset + like[i]:
            raise ShapeError(
                f"cropping {like[i]} at offset {offset} on axis {i} reaches past the {blob[i]} of "
                f"{_by(blob)}",
                mend=f"an offset of at most {blob[i] - like[i]}" if blob[i] >= like[i] else None,
            )
        shape[i] = like[i]
    return [tuple(shape)] * ntop


def _slice(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.slice_param
    first = bottoms[0]
    axis = param.slice_dim if param.HasField("slice_dim") else _canonical(param.axis, first, "axis")
    points = list(param.slice_point)
    size = first[axis]
    if points:
        if len(points) != ntop - 1:
            raise ShapeError(f"{len(points)} slice points make {len(points) + 1} tops, and there are {ntop}")
        edges = [0, *points, size]
        if any(a > b for a, b in zip(edges, edges[1:])):
            raise ShapeError(f"slice points {points} do not go up within {size}")
        sizes = [b - a for a, b in zip(edges, edges[1:])]
    elif size % ntop:
        raise ShapeError(f"{size} on axis {axis} cannot be cut into {ntop} equal slices")
    else:
        sizes = [size // ntop] * ntop
    return [(*first[:axis], part, *first[axis + 1 :]) for part in sizes]


def _eltwise(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del layer
    for index, shape in enumerate(bottoms):
        if shape != bottoms[0]:
            raise ShapeError(
                f"bottom {index} is {_by(shape)} and bottom 0 is {_by(bottoms[0])}: they must be equal"
            )
    return [bottoms[0]] * ntop


def _inner_product(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.inner_product_param
    if not param.num_output:
        raise ShapeError("num_output is missing or 0", mend="write num_output=N")
    axis = _canonical(param.axis, bottoms[0], "axis")
    return [(*bottoms[0][:axis], param.num_output)] * ntop


def _input(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    shapes = [tuple(shape.dim) for shape in layer.input_param.shape]
    if len(shapes) == 1:
        return [shapes[0]] * ntop
    if shapes and len(shapes) != ntop:
        raise ShapeError(f"{len(shapes)} shapes for {ntop} tops", mend="give one shape, or one a top")
    return list(shapes) if shapes else [()] * ntop


def _dummy(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    param = layer.dummy_data_param
    shapes: list[Shape] = [tuple(shape.dim) for shape in param.shape]
    if not shapes:
        shapes = list(zip(param.num, param.channels, param.height, param.width))
    return list(shapes * ntop if len(shapes) == 1 else shapes)[:ntop]


def _memory(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    param = layer.memory_data_param
    made: list[Optional[Shape]] = [
        (param.batch_size, param.channels, param.height, param.width),
        (param.batch_size, 1, 1, 1),
    ]
    return made[:ntop]


_RULES: dict[str, Rule] = {
    "Concat": _concat,
    "Convolution": _convolution,
    "Crop": _crop,
    "Deconvolution": _deconvolution,
    "DummyData": _dummy,
    "Eltwise": _eltwise,
    "InnerProduct": _inner_product,
    "Input": _input,
    "MemoryData": _memory,
    "Pooling": _pooling,
    "Slice": _slice,
    **dict.fromkeys(
        (
            "AbsVal",
            "BNLL",
            "BatchNorm",
            "Bias",
            "Clip",
            "Dropout",
            "ELU",
            "Exp",
            "LRN",
            "Log",
            "MVN",
            "PReLU",
            "Power",
            "ReLU",
            "Scale",
            "Sigmoid",
            "Softmax",
            "Split",
            "Swish",
            "TanH",
            "Threshold",
        ),
        _same,
    ),
    **dict.fromkeys(
        (
            "EuclideanLoss",
            "HingeLoss",
            "InfogainLoss",
            "MultinomialLogisticLoss",
            "SigmoidCrossEntropyLoss",
            "SoftmaxWithLoss",
        ),
        _scalar,
    ),
}

_SOURCES = ("Input", "DummyData", "MemoryData")


def infer(layer: Any, bottoms: Sequence[Optional[Shape]], ntop: int) -> list[Optional[Shape]]:
    """Return the shapes of a layer's tops.

    Parameters
    ----------
    layer : LayerParameter
        The layer.
    bottoms : sequence of shape or None
        Its bottoms' shapes, N x C x H x W; None where unknown.
    ntop : int
        The number of its tops.

    Returns
    -------
    list of shape or None
        One for each top.

    Raises
    ------
    ShapeError
        Where Caffe would refuse the layer.
    """
    rule = _RULES.get(layer.type)
    if rule is None:
        return [None] * ntop
    known = [shape for shape in bottoms if shape is not None]
    if len(known) != len(bottoms):
        return [None] * ntop
    if not bottoms and layer.type not in _SOURCES:
        raise ShapeError("it has no bottom")
    return rule(layer, known, ntop)
