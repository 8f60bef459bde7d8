"""Pooling, and the two layers that have poolings inside: LRN (within a channel) and SPP."""

from __future__ import annotations

import math
import struct
from typing import Any, NamedTuple

from netgen.graph.setup.blobs import check_size, count, int32
from netgen.graph.setup.engines import check_engine
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["TYPES", "Window", "window_of"]

_MAX, _AVE, _STOCHASTIC = range(3)
_FLOOR = 1
_WITHIN_CHANNEL = 1
_INT_MIN = -(2**31)
_EXACT = 2**24  # floats hold all whole numbers up to here


class Window(NamedTuple):
    """The window of a pooling, each for height and width, as C++ ints."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]


def _float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _steps(span: int, stride: int, floor: bool) -> int:
    """Return how many strides fit into a span, rounded as Caffe does: in 32-bit floats."""
    if not stride:
        return _INT_MIN  # what x86 makes of an infinite or undefined float
    if abs(span) < _EXACT and abs(stride) < _EXACT:
        return span // stride if floor else -(-span // stride)
    ratio = _float32(_float32(span) / _float32(stride))
    steps = math.floor(ratio) if floor else math.ceil(ratio)
    return steps if -(2**31) <= steps < 2**31 else _INT_MIN


def _pooled(shape: Shape, window: Window, floor: bool) -> tuple[int, int]:
    """Return height and width after a pooling (``PoolingLayer::Reshape``)."""
    padded = window.pad != (0, 0)
    out = []
    for size, kernel, stride, pad in zip(shape[2:], *window):
        pooled = int32(_steps(int32(size + 2 * pad - kernel), stride, floor) + 1)
        if padded:
            # A last window that would start in the padding is dropped, but no more than one.
            if int32((pooled - 1) * stride) >= int32(size + pad):
                pooled -= 1
            if int32((pooled - 1) * stride) >= int32(size + pad):
                raise Refusal(
                    f"with a pad of {pad} and a stride of {stride} the last window starts behind the {size} "
                    f"of {shown(shape)}",
                    "size",
                    ("pooling_param",),
                    mend="less pad",
                )
        out.append(pooled)
    return out[0], out[1]


def _field(param: Any, plain: str, axis: int) -> tuple[str, ...]:
    """Return where kernel, stride or pad stands for height or width."""
    stem = "kernel" if plain == "kernel_size" else plain
    return ("pooling_param", plain if param.HasField(plain) else f"{stem}_{'hw'[axis]}")


def _check_pad(param: Any, window: Window) -> None:
    """Check the padding (the end of ``PoolingLayer::LayerSetUp``)."""
    if window.pad == (0, 0):
        return
    if param.pool == _STOCHASTIC:
        raise Refusal("STOCHASTIC pooling takes no pad", "value", ("pooling_param", "pool"))
    for axis in range(2):
        if window.pad[axis] >= window.kernel[axis]:
            raise Refusal(
                f"a pad of {window.pad[axis]} is not smaller than the kernel of {window.kernel[axis]}",
                "value",
                _field(param, "pad", axis),
                mend="less pad, or a larger kernel",
            )


def _pair(param: Any, plain: str) -> tuple[int, int]:
    """Return pad or stride for height and width: given once, or as both of a pair."""
    down, across = param.HasField(f"{plain}_h"), param.HasField(f"{plain}_w")
    if not down and not across:
        value = int32(getattr(param, plain))
        return value, value
    if param.HasField(plain):
        raise Refusal(
            f"{plain} and {plain}_h/{plain}_w are both given",
            "contradiction",
            ("pooling_param", plain),
            mend="give one of them",
        )
    if not (down and across):
        given, other = ("h", "w") if down else ("w", "h")
        raise Refusal(
            f"{plain}_{given} is given without {plain}_{other}",
            "missing",
            ("pooling_param", f"{plain}_{given}"),
            mend=f"give both, or {plain}",
        )
    return int32(getattr(param, f"{plain}_h")), int32(getattr(param, f"{plain}_w"))


def _kernel(param: Any) -> tuple[int, int]:
    """Return the kernel that is given: kernel_size, or kernel_h and kernel_w."""
    once, down, across = map(param.HasField, ("kernel_size", "kernel_h", "kernel_w"))
    if once and down and across:
        raise Refusal(
            "kernel_size and kernel_h/kernel_w are both given",
            "contradiction",
            ("pooling_param", "kernel_size"),
            mend="give one of them",
        )
    if once:
        kernel = (int32(param.kernel_size),) * 2
    elif down and across:
        kernel = int32(param.kernel_h), int32(param.kernel_w)
    else:
        given = "kernel_h" if down else "kernel_w"
        one = down or across
        raise Refusal(
            f"{given} is given without {'kernel_w' if down else 'kernel_h'}"
            if one
            else "kernel_size is missing",
            "missing",
            ("pooling_param", given) if one else ("pooling_param",),
            mend="give kernel_size, or kernel_h and kernel_w, or global_pooling: true",
        )
    for axis in range(2):
        if kernel[axis] <= 0:
            raise Refusal(
                f"a kernel is at least 1, came {kernel[axis]}",
                "value",
                _field(param, "kernel_size", axis),
            )
    return kernel[0], kernel[1]


def _global(param: Any, pad: tuple[int, int], stride: tuple[int, int]) -> None:
    """Check what goes with global pooling."""
    for name in ("kernel_size", "kernel_h", "kernel_w"):
        if param.HasField(name):
            raise Refusal(
                "global_pooling takes no kernel: it is the blob's height and width",
                "contradiction",
                ("pooling_param", name),
                mend=f"drop {name}, or global_pooling",
            )
    if pad != (0, 0) or stride != (1, 1):
        raise Refusal(
            f"global_pooling goes with pad 0 and stride 1 alone, came pad {pad[0]} x {pad[1]} and stride "
            f"{stride[0]} x {stride[1]}",
            "contradiction",
            ("pooling_param", "global_pooling"),
            mend="drop pad and stride: the window is the whole picture",
        )


def _needs_picture(shape: Shape, name: str) -> None:
    if len(shape) != 4:
        raise Refusal(f"{name} takes N x C x H x W, came {shown(shape)}", "shape", ("bottom", 0))


def window_of(param: Any, shape: Shape) -> Window:
    """Return the window of a pooling_param that Caffe takes, over N x C x H x W."""
    if param.global_pooling:
        return Window((shape[2], shape[3]), (1, 1), (0, 0))
    return Window(_kernel(param), _pair(param, "stride"), _pair(param, "pad"))


def _pooling(setup: Setup) -> Made:
    """``PoolingLayer``."""
    param = setup.layer.pooling_param
    check_engine(param, "pooling_param", setup.cudnn)
    method = param.pool
    if setup.ntop > 1 and method != _MAX:
        name = "AVE" if method == _AVE else "STOCHASTIC"
        raise Refusal(
            f"{name} pooling has one top; MAX alone can tell where its values come from",
            "count",
            ("top", 1),
        )
    pad, stride = _pair(param, "pad"), _pair(param, "stride")
    (first,) = setup.bottoms
    if param.global_pooling:
        _global(param, pad, stride)
        if first is None:
            return Made((None,) * setup.ntop)
        _needs_picture(first, "Pooling")
        if 0 in first[2:]:
            raise Refusal(f"global_pooling has nothing to pool in {shown(first)}", "shape", ("bottom", 0))
        return Made(((*first[:2], 1, 1),) * setup.ntop)
    window = Window(_kernel(param), stride, pad)
    _check_pad(param, window)
    if 0 in stride:
        raise Refusal(
            "a stride is at least 1, came 0",
            "value",
            _field(param, "stride", stride.index(0)),
        )
    if first is None:
        return Made((None,) * setup.ntop)
    _needs_picture(first, "Pooling")
    # A Caffe older than the field always rounds up.
    out = _pooled(first, window, getattr(param, "round_mode", 0) == _FLOOR)
    for axis in range(2):
        if out[axis] < 0:
            padded = first[2 + axis] + 2 * pad[axis]
            raise Refusal(
                f"a kernel of {window.kernel[axis]} does not fit into {padded} (input {shown(first)}, pad "
                f"{pad[axis]})",
                "size",
                _field(param, "kernel_size", axis),
                mend="a larger input, or a smaller kernel",
            )
    return Made(((*first[:2], *out),) * setup.ntop)


def _lrn(setup: Setup) -> Made:
    """``LRNLayer``: of the layers inside, one that works within a channel has a pooling that could refuse."""
    param = setup.layer.lrn_param
    check_engine(param, "lrn_param", setup.cudnn)
    size = int32(param.local_size)
    if size <= 0 or size % 2 == 0:
        raise Refusal(
            f"local_size is an odd number, came {size}",
            "value",
            ("lrn_param", "local_size"),
            mend="the place itself, and as many on both sides of it",
        )
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    _needs_picture(first, "LRN")
    if param.norm_region == _WITHIN_CHANNEL:
        pad = (size - 1) // 2
        pooled = _pooled(first, Window((size, size), (1, 1), (pad, pad)), floor=False)
        if pooled != first[2:]:
            raise Refusal(
                f"a local_size of {size} is too large for Caffe to count with",
                "size",
                ("lrn_param", "local_size"),
            )
    return Made((first,))


def _level(shape: Shape, level: int, method: int) -> Shape:
    """Return what one level of a pyramid makes (``SPPLayer::GetPoolingParam`` and the pooling with it)."""
    bins = 2**level if level < 31 else _INT_MIN
    kernel, pad = [], []
    for size in shape[2:]:
        kernel.append(math.ceil(size / bins))
        pad.append((kernel[-1] * bins - size + 1) // 2)
    window = Window((kernel[0], kernel[1]), (kernel[0], kernel[1]), (pad[0], pad[1]))
    if window.pad != (0, 0) and method == _STOCHASTIC:
        raise Refusal(
            f"STOCHASTIC pooling takes no pad, and level {level} of the pyramid needs one for {shown(shape)}",
            "shape",
            ("spp_param", "pool"),
            mend=f"height and width that {bins} divides, or another pool",
        )
    if any(kernel[axis] < 1 or (window.pad != (0, 0) and pad[axis] >= kernel[axis]) for axis in range(2)):
        raise Refusal(
            f"level {level} of the pyramid has {bins} x {bins} windows, too many for {shown(shape)}",
            "shape",
            ("spp_param", "pyramid_height"),
            mend="a lower pyramid_height, or a larger input",
        )
    return (*shape[:2], *_pooled(shape, window, floor=False))


def _spp(setup: Setup) -> Made:
    """``SPPLayer``: a pooling for each level; those of two and more are flattened and joined."""
    param = setup.layer.spp_param
    height = int32(param.pyramid_height)
    if height < 1:
        raise Refusal(
            f"pyramid_height is at least 1, came {height}"
            if param.HasField("pyramid_height")
            else "pyramid_height is missing",
            "value" if param.HasField("pyramid_height") else "missing",
            ("spp_param", "pyramid_height") if param.HasField("pyramid_height") else ("spp_param",),
        )
    if height > 1 and setup.in_place[0] == 0:
        raise Refusal(
            "SPP makes N x C of N x C x H x W, and looks at its bottom once more: not in place",
            "in-place",
            ("top", 0),
            mend="give its top a name of its own",
        )
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    _needs_picture(first, "SPP")
    if 0 in first[2:]:
        raise Refusal(f"SPP has nothing to pool in {shown(first)}", "shape", ("bottom", 0))
    if height == 1:
        return Made((_level(first, 0, param.pool),))
    flat = 0
    for level in range(height):
        shape = _level(first, level, param.pool)
        check_size(shape, f"level {level} of the pyramid", ("spp_param", "pyramid_height"))
        flat = int32(flat + count(shape, 1))
    return Made(((first[0], flat),))


TYPES: dict[str, LayerType] = {
    "LRN": LayerType(_lrn, exact_bottoms=1, exact_tops=1),
    "Pooling": LayerType(_pooling, exact_bottoms=1, min_tops=1, max_tops=2),
    "SPP": LayerType(_spp, exact_bottoms=1, exact_tops=1),
}
