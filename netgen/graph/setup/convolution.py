"""Convolution, Deconvolution and Im2col: windows of any number of spatial axes.

Caffe's ``BaseConvolutionLayer`` and ``Im2colLayer``. What is uint32 in the schema becomes ``int`` there, so
that a huge number turns negative. Quotients are cut off towards zero: some windows that do not fit pass.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from netgen.graph.setup.blobs import MOST_AXES, check_size, count, int32, quotient
from netgen.graph.setup.engines import CUDNN, check_engine
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["TYPES", "Window", "window_of"]

_PARAM = "convolution_param"


class Window(NamedTuple):
    """The window's parameters along each spatial axis."""

    kernel: list[int]
    stride: list[int]
    pad: list[int]
    dilation: list[int]


def _per_axis(param: Any, plain: str, axes: int, default: Optional[int]) -> list[int]:
    """Return kernel_size, stride, pad or dilation for each spatial axis."""
    given = getattr(param, plain)
    if plain != "dilation":
        stem = "kernel" if plain == "kernel_size" else plain
        pair = f"{stem}_h", f"{stem}_w"
        if param.HasField(pair[0]) or param.HasField(pair[1]):
            if axes != 2:
                raise Refusal(
                    f"{pair[0]} and {pair[1]} need two spatial axes, and there are {axes}",
                    "shape",
                    (_PARAM, pair[0] if param.HasField(pair[0]) else pair[1]),
                    mend=f"give {plain}, once for all axes or once for each",
                )
            if given:
                raise Refusal(
                    f"{plain} and {pair[0]}/{pair[1]} are both given",
                    "contradiction",
                    (_PARAM, plain, 0),
                    mend="give one of them",
                )
            return [int32(getattr(param, name)) for name in pair]
    if len(given) == axes:
        return [int32(value) for value in given]
    if len(given) == 1:
        return [int32(given[0])] * axes
    if not given and default is not None:
        return [default] * axes
    if not given:
        raise Refusal(
            "kernel_size is missing",
            "missing",
            (_PARAM,),
            mend="give kernel_size, or kernel_h and kernel_w",
        )
    raise Refusal(
        f"{plain} has {len(given)} values for {axes} spatial axes",
        "shape",
        (_PARAM, plain, min(axes, len(given) - 1)),
        mend="give one, or one for each axis",
    )


def _field(param: Any, plain: str, axis: int) -> tuple[Any, ...]:
    """Return where the value for a spatial axis stands."""
    stem = "kernel" if plain == "kernel_size" else plain
    given = len(getattr(param, plain))
    if given:
        return (_PARAM, plain, axis if given > 1 else 0)
    name = f"{stem}_{'hw'[axis]}" if axis < 2 else plain
    return (_PARAM, name) if name != plain and param.HasField(name) else (_PARAM,)


def window_of(param: Any, axes: int) -> Window:
    """Return the window of a convolution_param along a number of spatial axes.

    Raises
    ------
    Refusal
        Where Caffe would refuse it.
    """
    kernel = _per_axis(param, "kernel_size", axes, None)
    for axis, size in enumerate(kernel):
        if size <= 0:
            pair = not param.kernel_size
            missing = pair and not param.HasField(f"kernel_{'hw'[axis]}")
            raise Refusal(
                f"kernel_{'hw'[axis]} is missing" if missing else f"a kernel is at least 1, came {size}",
                "missing" if missing else "value",
                _field(param, "kernel_size", axis),
                mend="give kernel_h and kernel_w, or kernel_size" if missing else None,
            )
    stride = _per_axis(param, "stride", axes, 1)
    if not (param.HasField("stride_h") or param.HasField("stride_w")):
        for axis, size in enumerate(stride):
            if size <= 0:
                raise Refusal(f"a stride is at least 1, came {size}", "value", _field(param, "stride", axis))
    return Window(kernel, stride, _per_axis(param, "pad", axes, 0), _per_axis(param, "dilation", axes, 1))


def _told_axes(param: Any) -> int:
    """Return how many spatial axes there are, as far as the parameters alone tell: 1 where they don't.

    A bottom without any would do without a kernel, and with one of 0; but that is an InnerProduct, which
    nobody writes as a convolution, and a kernel is forgotten all the more often.
    """
    axis: int = param.axis
    if not -MOST_AXES <= axis < MOST_AXES:
        raise Refusal(f"axis {axis} is outside the {MOST_AXES} axes of any blob", "axis", (_PARAM, "axis"))
    if axis < 0:
        return -1 - axis
    for plain, stem in (("kernel_size", "kernel"), ("stride", "stride"), ("pad", "pad"), ("dilation", "")):
        if stem and (param.HasField(f"{stem}_h") or param.HasField(f"{stem}_w")):
            return 2
        given = len(getattr(param, plain))
        if given > 1:
            return given
    return 1


def _convolved(param: Any, window: Window, axis: int, size: int) -> int:
    """Return what a convolution leaves of one spatial axis (its ``compute_output_shape``)."""
    extent = int32(window.dilation[axis] * (window.kernel[axis] - 1) + 1)
    stride = window.stride[axis]
    if not stride:
        name = f"stride_{'hw'[axis]}"
        raise Refusal(
            f"{name} is {'0' if param.HasField(name) else 'missing'}: Caffe divides by it and crashes",
            "crash",
            (_PARAM, name) if param.HasField(name) else (_PARAM,),
            mend="give both of stride_h and stride_w, at least 1 each",
        )
    return int32(quotient(int32(size + 2 * window.pad[axis] - extent), stride) + 1)


def _deconvolved(window: Window, axis: int, size: int) -> int:
    """Return what a deconvolution makes of one spatial axis (its ``compute_output_shape``)."""
    extent = int32(window.dilation[axis] * (window.kernel[axis] - 1) + 1)
    return int32(window.stride[axis] * (size - 1) + extent - 2 * window.pad[axis])


def _too_small(param: Any, window: Window, axis: int, first: Shape, transposed: bool) -> Refusal:
    channels = canonical(param.axis, first, "axis")
    size = first[channels + 1 + axis]
    pad = window.pad[axis]
    extent = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    if transposed:
        wrong = f"a pad of {pad} takes away all that a kernel of {extent} makes of {size}"
        mend = "less pad, or a larger kernel"
        field = _field(param, "pad", axis)
    else:
        wrong = f"a kernel of {extent} does not fit into {size + 2 * pad}"
        mend = "a larger input, a smaller kernel, or more pad"
        field = _field(param, "kernel_size", axis)
    return Refusal(f"{wrong} (input {shown(first)}, pad {pad})", "size", field, mend=mend)


def _channels(param: Any) -> tuple[int, int]:
    """Return num_output and group, checked as far as they go without the bottom."""
    outputs, group = int32(param.num_output), int32(param.group)
    if outputs <= 0:
        given = param.HasField("num_output")
        raise Refusal(
            f"num_output is at least 1, came {outputs}" if given else "num_output is missing",
            "value" if given else "missing",
            (_PARAM, "num_output") if given else (_PARAM,),
            mend="give num_output, the number of channels that it makes",
        )
    if not group:
        raise Refusal(
            "group is 0: Caffe divides by it and crashes",
            "crash",
            (_PARAM, "group"),
            mend="leave group out for an ordinary convolution",
        )
    if outputs % group:
        raise Refusal(
            f"group {group} does not divide num_output {outputs}",
            "value",
            (_PARAM, "group"),
            mend="make num_output a multiple of group",
        )
    return outputs, group


def _check_given(setup: Setup, wanted: list[MaybeShape]) -> None:
    """Check weights that are written in the file against the shapes that the layer wants."""
    if len(setup.blobs) != len(wanted):
        names = "weights and bias" if len(wanted) > 1 else "weights alone"
        raise Refusal(
            f"{len(setup.blobs)} of blobs given, wanted {names}",
            "params",
            ("blobs",),
        )
    for index, (came, shape) in enumerate(zip(setup.blobs, wanted)):
        if shape is not None and came != shape:
            raise Refusal(
                f"{'bias' if index else 'weights'} given: {shown(came)}, wanted: {shown(shape)}",
                "params",
                ("blobs", index),
            )


def _unknown(setup: Setup, param: Any) -> Made:
    """Check what can be checked without knowing any bottom."""
    window_of(param, _told_axes(param))
    outputs, _ = _channels(param)
    bias: list[MaybeShape] = [(outputs,)] if param.bias_term else []
    if setup.blobs:
        _check_given(setup, [None, *bias])
    else:
        check_filler(param.weight_filler, None, "weights", (_PARAM, "weight_filler"))
        if bias:
            check_filler(param.bias_filler, bias[0], "biases", (_PARAM, "bias_filler"))
    return Made((None,) * setup.ntop, [setup.blobs[0] if setup.blobs else None, *bias])


def _weigh(setup: Setup, param: Any, weights: Shape, outputs: int) -> list[MaybeShape]:
    """Make the weights, and the bias if there is one: check those given, or fill them."""
    check_size(weights, "a blob of weights", (_PARAM,))
    params: list[MaybeShape] = [weights, (outputs,)] if param.bias_term else [weights]
    if setup.blobs:
        _check_given(setup, params)
        return params
    check_filler(param.weight_filler, weights, "weights", (_PARAM, "weight_filler"))
    if param.bias_term:
        check_filler(param.bias_filler, (outputs,), "biases", (_PARAM, "bias_filler"))
    return params


def _base(setup: Setup, transposed: bool) -> Made:
    """``BaseConvolutionLayer::LayerSetUp`` and ``Reshape``."""
    param = setup.layer.convolution_param
    check_engine(param, _PARAM, setup.cudnn)
    if param.engine == CUDNN and any(value > 1 for value in param.dilation):
        raise Refusal(
            "cuDNN does not dilate",
            "engine",
            (_PARAM, "engine"),
            mend="leave engine out, or write engine: CAFFE",
        )
    # All bottoms must have one shape, so that any of them tells the first one's.
    first = next((shape for shape in setup.bottoms if shape is not None), None)
    if first is None:
        return _unknown(setup, param)
    axis = canonical(param.axis, first, "axis", (_PARAM, "axis"))
    axes = len(first) - axis - 1
    window = window_of(param, axes)
    channels = first[axis]
    outputs, group = _channels(param)
    if channels % group:
        raise Refusal(
            f"group {group} does not divide the bottom's {channels} channels",
            "shape",
            (_PARAM, "group"),
            mend="make group a divisor of the channels",
        )
    into, out_of = (outputs, channels) if transposed else (channels, outputs)
    weights = (out_of, quotient(into, group), *window.kernel)
    params = _weigh(setup, param, weights, outputs)

    for index, other in enumerate(setup.bottoms):
        if other is not None and other != first:
            raise Refusal(
                f"bottoms of different shapes: {shown(first)} and {shown(other)}", "shape", ("bottom", index)
            )
    spatial = []
    for i in range(axes):
        size = first[axis + 1 + i]
        out = _deconvolved(window, i, size) if transposed else _convolved(param, window, i, size)
        # Caffe takes an empty blob, but fails to make the bias for one.
        if out < 0 or (out == 0 and param.bias_term):
            raise _too_small(param, window, i, first, transposed)
        spatial.append(out)
    top = (*first[:axis], outputs, *spatial)
    check_size(top, "a top", (_PARAM,))
    if param.bias_term and count(top, axis + 1) <= 0:
        raise Refusal(f"the spatial axes of {shown(top)} cannot be counted", "size", (_PARAM,))
    before = top if setup.in_place[0] == 0 else first
    columns = before[axis + 1 :] if transposed else tuple(spatial)
    check_size(
        (int32(count(weights, 1) * group), *columns), "the buffer of columns under the windows", (_PARAM,)
    )
    return Made((top,) * setup.ntop, params)


def _convolution(setup: Setup) -> Made:
    return _base(setup, transposed=False)


def _deconvolution(setup: Setup) -> Made:
    return _base(setup, transposed=True)


def _im2col(setup: Setup) -> Made:
    """``Im2colLayer``: the columns that a convolution multiplies."""
    param = setup.layer.convolution_param
    (first,) = setup.bottoms
    if first is None:
        axes = _told_axes(param)
        if not axes:
            raise Refusal("no axis lies behind the channels, on the last axis", "axis", (_PARAM, "axis"))
        window_of(param, axes)
        return Made((None,))
    axis = canonical(param.axis, first, "axis", (_PARAM, "axis"))
    axes = len(first) - axis - 1
    if not axes:
        raise Refusal(
            f"no axis of {shown(first)} lies behind the channels, axis {axis}", "axis", (_PARAM, "axis")
        )
    window = window_of(param, axes)
    channels, spatial = first[axis], []
    for i in range(axes):
        channels = int32(channels * window.kernel[i])
        size = first[axis + 1 + i]
        out = _convolved(param, window, i, size)
        if out < 0:
            raise _too_small(param, window, i, first, transposed=False)
        spatial.append(out)
    return Made(((*first[:axis], channels, *spatial),))


TYPES: dict[str, LayerType] = {
    "Convolution": LayerType(_convolution, min_bottoms=1, min_tops=1, equal_counts=True),
    "Deconvolution": LayerType(_deconvolution, min_bottoms=1, min_tops=1, equal_counts=True),
    "Im2col": LayerType(_im2col, exact_bottoms=1, exact_tops=1),
}
