"""Setting up the layers that have no bottoms and read no file: Input, DummyData, Parameter and the like."""

from __future__ import annotations

from typing import Any

from netgen.graph.setup.blobs import FieldPath, check_size, int32
from netgen.graph.setup.fillers import check_filler, check_filler_type
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import UNSHAPED, Refusal, Shape

__all__ = ["TYPES"]

_FORMER = ("num", "channels", "height", "width")


def _told(message: Any, field: FieldPath) -> Shape:
    """Return the shape that a BlobShape gives, each number held in 32 bits."""
    shape = tuple([int32(dim) for dim in message.dim])
    check_size(shape, "the top", field)
    return shape


def _input(setup: Setup) -> Made:
    """Caffe's ``InputLayer``: one shape for all tops, one for each, or none at all."""
    shapes = setup.layer.input_param.shape
    ntop = setup.ntop
    if not shapes:
        return Made((UNSHAPED,) * ntop)
    if len(shapes) not in (1, ntop):
        raise Refusal(
            f"{len(shapes)} shapes for {ntop} {'top' if ntop == 1 else 'tops'}",
            "count",
            ("input_param", "shape", ntop if len(shapes) > ntop else len(shapes) - 1),
            mend="give one shape for all tops, or one for each",
        )
    told = [_told(shape, ("input_param", "shape", i, "dim")) for i, shape in enumerate(shapes)]
    return Made(told * ntop if len(told) == 1 else told)


def _parameter(setup: Setup) -> Made:
    """Caffe's ``ParameterLayer``: its top is its one parameter."""
    shape = _told(setup.layer.parameter_param.shape, ("parameter_param", "shape", "dim"))
    return Made((shape,), setup.blobs or (shape,))


def _dummy_data(setup: Setup) -> Made:
    """Caffe's ``DummyDataLayer``: constant tops are filled at once, the others before each forward pass."""
    param = setup.layer.dummy_data_param
    ntop = setup.ntop
    fillers = param.data_filler
    if len(fillers) not in (0, 1, ntop):
        raise Refusal(
            f"{len(fillers)} fillers for {ntop} {'top' if ntop == 1 else 'tops'}",
            "count",
            ("dummy_data_param", "data_filler", min(ntop, len(fillers) - 1)),
            mend="give none, one for all tops, or one for each",
        )
    former = any(len(getattr(param, name)) for name in _FORMER)
    if former:
        _check_former(param, ntop)
    elif len(param.shape) not in (1, ntop):
        raise Refusal(
            f"{len(param.shape)} shapes for {ntop} {'top' if ntop == 1 else 'tops'}",
            "count" if param.shape else "missing",
            ("dummy_data_param",),
            mend="give one shape for all tops, or one for each",
        )
    for index, filler in enumerate(fillers):
        check_filler_type(filler, ("dummy_data_param", "data_filler", index))
    shapes = _former_shapes(param, ntop) if former else _present_shapes(param, ntop)
    for index, shape in enumerate(shapes):
        which = index if len(fillers) > 1 else 0
        if not fillers or fillers[which].type == "constant":
            field = ("dummy_data_param", "data_filler", which) if fillers else ("dummy_data_param",)
            check_filler(fillers[which] if fillers else _CONSTANT, shape, "data", field)
    return Made(shapes)


class _Constant:
    """The filler of a DummyData that gives none."""

    type = "constant"
    sparse = -1


_CONSTANT = _Constant()


def _check_former(param: Any, ntop: int) -> None:
    if param.shape:
        raise Refusal(
            "shape and num, channels, height, width are both given",
            "contradiction",
            ("dummy_data_param", "shape", 0),
            mend="give shape alone",
        )
    for name in _FORMER:
        given = len(getattr(param, name))
        if given not in (1, ntop):
            raise Refusal(
                f"{name} has {given} values for {ntop} {'top' if ntop == 1 else 'tops'}"
                if given
                else f"{name} is missing",
                "count" if given else "missing",
                ("dummy_data_param", name, given - 1) if given else ("dummy_data_param",),
                mend="write shape { dim: N dim: C dim: H dim: W } instead of num, channels, height and width",
            )


def _former_shapes(param: Any, ntop: int) -> list[Shape]:
    columns = []
    for name in _FORMER:
        values = [int32(value) for value in getattr(param, name)]
        columns.append(values * ntop if len(values) == 1 else values)
    shapes: list[Shape] = list(zip(*columns))
    for shape in shapes:
        check_size(shape, "the top", ("dummy_data_param",))
    return shapes


def _present_shapes(param: Any, ntop: int) -> list[Shape]:
    told = [_told(shape, ("dummy_data_param", "shape", i, "dim")) for i, shape in enumerate(param.shape)]
    return told * ntop if len(told) == 1 else told


def _continuation_indicator(setup: Setup) -> Made:
    """Set up kendryte-caffe's ``ContinuationIndicatorLayer``: T x N, 0 in the first row, 1 in the others."""
    param = setup.layer.continuation_indicator_param
    sizes = []
    for name in ("batch_size", "time_step"):
        size = int32(getattr(param, name))
        if size <= 0:
            given = param.HasField(name)
            raise Refusal(
                f"{name} is above 0, came {getattr(param, name)}" if given else f"{name} is missing",
                "value" if given else "missing",
                ("continuation_indicator_param", name) if given else ("continuation_indicator_param",),
                mend=f"write {name}: N",
            )
        sizes.append(size)
    batch, steps = sizes
    return Made(((steps, batch),))


TYPES = {
    "ContinuationIndicator": LayerType(_continuation_indicator, exact_bottoms=0, exact_tops=1),
    "DummyData": LayerType(_dummy_data, exact_bottoms=0, min_tops=1),
    "Input": LayerType(_input, exact_bottoms=0, min_tops=1),
    "Parameter": LayerType(_parameter, exact_bottoms=0, exact_tops=1),
}
