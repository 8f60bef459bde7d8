"""Shapes after a window has moved over a blob: convolution, its transpose, and pooling."""

from __future__ import annotations

import math
from typing import Any, Optional

from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["convolution", "deconvolution", "pooling"]


def _spatial(param: Any, plain: str, axes: int, default: int) -> list[int]:
    """Return kernel_size, stride, pad or dilation for each spatial axis, as Caffe reads them."""
    given = list(getattr(param, plain))
    if plain != "dilation":
        stem = "kernel" if plain == "kernel_size" else plain
        if param.HasField(f"{stem}_h") or param.HasField(f"{stem}_w"):
            if given:
                raise Refusal(f"{plain} and {stem}_h/{stem}_w are both given", mend="give one of them")
            if axes != 2:
                raise Refusal(f"{stem}_h and {stem}_w need two spatial axes, and there are {axes}")
            return [int(getattr(param, f"{stem}_h")), int(getattr(param, f"{stem}_w"))]
    if not given:
        if plain == "kernel_size" and axes:
            raise Refusal("kernel_size is missing", mend="write kernel_size=3, or kernel_h and kernel_w")
        return [default] * axes
    if len(given) not in (1, axes):
        raise Refusal(
            f"{plain} has {len(given)} values for {axes} spatial axes", mend="give one, or one an axis"
        )
    return [int(v) for v in (given * axes if len(given) == 1 else given)]


def _convolved(layer: Any, bottoms: list[Shape], ntop: int, transposed: bool) -> list[Optional[Shape]]:
    param = layer.convolution_param
    if not param.num_output:
        raise Refusal(
            "num_output is missing or 0", mend="write num_output=N, the number of channels it makes"
        )
    if len(bottoms) != ntop:
        raise Refusal(f"it makes one top of each bottom, and there are {len(bottoms)} and {ntop}")
    first = bottoms[0]
    axis = canonical(param.axis, first, "axis")
    axes = len(first) - axis - 1
    kernel = _spatial(param, "kernel_size", axes, 0)
    stride = _spatial(param, "stride", axes, 1)
    pad = _spatial(param, "pad", axes, 0)
    dilation = _spatial(param, "dilation", axes, 1)
    group = param.group
    if not group or first[axis] % group or param.num_output % group:
        raise Refusal(f"group {group} does not divide {first[axis]} channels in and {param.num_output} out")
    spatial = []
    for i in range(axes):
        if not kernel[i] or not stride[i]:
            raise Refusal("kernel_size and stride are at least 1")
        size, extent = first[axis + 1 + i], dilation[i] * (kernel[i] - 1) + 1
        if transposed:
            out = stride[i] * (size - 1) + extent - 2 * pad[i]
            wrong = f"a pad of {pad[i]} takes away all that a kernel of {extent} makes of {size}"
        else:
            # Caffe divides in C++, which truncates towards zero.
            out = int((size + 2 * pad[i] - extent) / stride[i]) + 1
            wrong = f"a kernel of {extent} does not fit into {size + 2 * pad[i]}"
        # Caffe takes an empty blob, but fails to make the bias for one.
        if out < 0 or (out == 0 and param.bias_term):
            raise Refusal(
                f"{wrong} (input {shown(first)}, pad {pad[i]})",
                mend="less pad, or a larger kernel"
                if transposed
                else "a larger input, a smaller kernel, or more pad",
            )
        spatial.append(out)
    for other in bottoms[1:]:
        if other != first:
            raise Refusal(f"bottoms of different shapes: {shown(first)} and {shown(other)}")
    return [(*first[:axis], param.num_output, *spatial)] * ntop


def convolution(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    """Return the tops' shapes of a Convolution, of any number of spatial axes."""
    return _convolved(layer, bottoms, ntop, transposed=False)


def deconvolution(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    """Return the tops' shapes of a Deconvolution."""
    return _convolved(layer, bottoms, ntop, transposed=True)


def _pair(param: Any, plain: str, stem: str) -> tuple[int, int]:
    """Return one of Pooling's parameters for height and width: given once, or as both of a pair."""
    pair = param.HasField(f"{stem}_h"), param.HasField(f"{stem}_w")
    if any(pair):
        if param.HasField(plain):
            raise Refusal(f"{plain} and {stem}_h/{stem}_w are both given", mend="give one of them")
        if not all(pair):
            raise Refusal(f"one of {stem}_h and {stem}_w is given", mend=f"give both, or {plain}")
        return int(getattr(param, f"{stem}_h")), int(getattr(param, f"{stem}_w"))
    return int(getattr(param, plain)), int(getattr(param, plain))


def pooling(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    """Return the tops' shapes of a Pooling."""
    param = layer.pooling_param
    first = bottoms[0]
    kinds = param.DESCRIPTOR.fields_by_name["pool"].enum_type.values_by_number
    kind = kinds[param.pool].name
    if ntop > 1 and kind != "MAX":
        raise Refusal(f"{kind} pooling has one top; MAX alone can tell where its values come from")
    if len(first) != 4:
        raise Refusal(f"Pooling takes N x C x H x W, came {shown(first)}")
    pad, stride = _pair(param, "pad", "pad"), _pair(param, "stride", "stride")
    if param.global_pooling:
        if any(param.HasField(name) for name in ("kernel_size", "kernel_h", "kernel_w")):
            raise Refusal("global_pooling takes no kernel: it is the blob's height and width")
        if pad != (0, 0) or stride != (1, 1):
            raise Refusal("global_pooling goes with pad 0 and stride 1 alone")
        return [(*first[:2], 1, 1)] * ntop
    kernel = _pair(param, "kernel_size", "kernel")
    if any(pad) and kind == "STOCHASTIC":
        raise Refusal("STOCHASTIC pooling takes no pad")
    out = []
    for i in range(2):
        if not kernel[i] or not stride[i]:
            raise Refusal("kernel_size and stride are at least 1", mend="write kernel_size=2, stride=2")
        if any(pad) and pad[i] >= kernel[i]:
            raise Refusal(f"a pad of {pad[i]} is not smaller than the kernel of {kernel[i]}")
        size = first[2 + i]
        steps = (size + 2 * pad[i] - kernel[i]) / stride[i]
        count = (math.floor(steps) if _rounds_down(param) else math.ceil(steps)) + 1
        # A last window that would start in the padding is dropped.
        if any(pad) and (count - 1) * stride[i] >= size + pad[i]:
            count -= 1
        if count < 0:
            raise Refusal(
                f"a kernel of {kernel[i]} does not fit into {size + 2 * pad[i]} "
                f"(input {shown(first)}, pad {pad[i]})",
                mend="a larger input, or a smaller kernel",
            )
        out.append(count)
    return [(*first[:2], *out)] * ntop


def _rounds_down(param: Any) -> bool:
    # A Caffe older than the field always rounds up.
    field = param.DESCRIPTOR.fields_by_name.get("round_mode")
    return field is not None and field.enum_type.values_by_number[param.round_mode].name == "FLOOR"
