"""Layers that fit several blobs together, or cut one: Concat, Slice, Eltwise, Crop."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.setup.blobs import check_memory, check_size, int32
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["TYPES"]

_PROD = 0


def _check_axis(param: Any, name: str, former: str) -> None:
    """Check that the axis is given in one way; an older one is unsigned."""
    if param.HasField(former):
        if param.HasField("axis"):
            raise Refusal(
                f"axis and {former} are both given",
                "contradiction",
                (name, former),
                mend="give axis alone",
            )
        if int32(getattr(param, former)) < 0:
            raise Refusal(
                f"{former} is never negative, came {int32(getattr(param, former))}",
                "axis",
                (name, former),
                mend="give axis instead, which counts negative numbers from the back",
            )


def _axis(param: Any, name: str, former: str, first: Shape) -> int:
    given = former if param.HasField(former) else "axis"
    return canonical(getattr(param, given), first, given, (name, given))


def _concat(setup: Setup) -> Made:
    """``ConcatLayer``."""
    param = setup.layer.concat_param
    _check_axis(param, "concat_param", "concat_dim")
    known = next((index for index, shape in enumerate(setup.bottoms) if shape is not None), None)
    if known is None:
        return Made((None,))
    first = setup.bottoms[known] or ()
    axis = _axis(param, "concat_param", "concat_dim", first)
    total: Optional[int] = 0
    for index, shape in enumerate(setup.bottoms):
        if shape is None:
            total = None
            continue
        if len(shape) != len(first) or shape[:axis] != first[:axis] or shape[axis + 1 :] != first[axis + 1 :]:
            raise Refusal(
                f"bottom {index} is {shown(shape)} and bottom {known} is {shown(first)}: they may differ on "
                f"axis {axis} alone",
                "shape",
                ("bottom", index),
                mend="crop or pad one of them first" if len(shape) == len(first) else None,
            )
        if total is not None:
            total = int32(total + shape[axis])
    if total is None:
        return Made((None,))
    if len(setup.bottoms) == 1:
        check_memory(first, "its only bottom", ("bottom", 0))
    return Made(((*first[:axis], total, *first[axis + 1 :]),))


def _check_points(points: list[int], ntop: int) -> None:
    """Check slice points by themselves: one fewer than tops, above 0 and going up."""
    if len(points) != ntop - 1:
        raise Refusal(
            f"{len(points)} slice points make {len(points) + 1} tops, and there are {ntop}",
            "count",
            ("slice_param", "slice_point", 0),
            mend="one slice_point fewer than tops",
        )
    before = 0
    for index, point in enumerate(points):
        if point <= before:
            raise Refusal(
                f"slice points start above 0 and go up, came {point} after {before}",
                "value",
                ("slice_param", "slice_point", index),
            )
        before = point


def _slice(setup: Setup) -> Made:
    """``SliceLayer``."""
    param = setup.layer.slice_param
    ntop = setup.ntop
    _check_axis(param, "slice_param", "slice_dim")
    points = [int32(point) for point in param.slice_point]
    if points:
        _check_points(points, ntop)
    (first,) = setup.bottoms
    if first is None:
        return Made((None,) * ntop)
    axis = _axis(param, "slice_param", "slice_dim", first)
    size = first[axis]
    if points:
        # Nothing may be left for the last top, but for no other.
        if points[-1] > size or ntop > size:
            raise Refusal(
                f"slice points {points} with {ntop} tops do not fit into the {size} of {shown(first)}",
                "shape",
                ("slice_param", "slice_point", len(points) - 1),
            )
        sizes = [b - a for a, b in zip([0, *points], [*points, size])]
    elif size % ntop:
        raise Refusal(
            f"{size} on axis {axis} cannot be cut into {ntop} equal slices",
            "shape",
            ("top",),
            mend="give slice_point, one fewer than tops",
        )
    else:
        sizes = [size // ntop] * ntop
    tops = [(*first[:axis], part, *first[axis + 1 :]) for part in sizes]
    for top in tops:
        check_size(top, "a top", ("slice_param",))
    if ntop == 1:
        check_memory(first, "its bottom", ("bottom", 0))
    elif setup.in_place[0] == 0 and 0 not in first and sizes[0] != size:
        raise Refusal(
            "Slice shortens a blob that it works on in place, and then misses what its other tops have",
            "in-place",
            ("top", 0),
            mend="give its first top a name of its own",
        )
    return Made(tops)


def _eltwise(setup: Setup) -> Made:
    """``EltwiseLayer``."""
    param = setup.layer.eltwise_param
    if param.coeff:
        if len(param.coeff) != len(setup.bottoms):
            raise Refusal(
                f"{len(param.coeff)} coefficients for {len(setup.bottoms)} bottoms",
                "value",
                ("eltwise_param", "coeff", min(len(setup.bottoms), len(param.coeff) - 1)),
                mend="give coeff once for each bottom, or not at all",
            )
        if param.operation == _PROD:
            raise Refusal(
                "a product takes no coefficients",
                "contradiction",
                ("eltwise_param", "coeff", 0),
                mend="drop coeff, or operation: PROD",
            )
    # All bottoms must have one shape, so that any of them tells the first one's.
    known = next((index for index, shape in enumerate(setup.bottoms) if shape is not None), None)
    if known is None:
        return Made((None,))
    first = setup.bottoms[known] or ()
    for index, shape in enumerate(setup.bottoms):
        if shape is not None and shape != first:
            raise Refusal(
                f"bottom {index} is {shown(shape)} and bottom {known} is {shown(first)}: they must be equal",
                "shape",
                ("bottom", index),
            )
    return Made((first,))


def _crop(setup: Setup) -> Made:
    """``CropLayer``."""
    param = setup.layer.crop_param
    blob, like = setup.bottoms
    if blob is None:
        return Made((None,))
    axis = canonical(param.axis, blob, "axis", ("crop_param", "axis"))
    offsets = [int32(offset) for offset in param.offset]
    if len(offsets) > 1 and axis + len(offsets) != len(blob):
        raise Refusal(
            f"{len(offsets)} offsets for {len(blob) - axis} cropped axes",
            "shape",
            ("crop_param", "offset", min(len(blob) - axis, len(offsets) - 1)),
            mend="give one, or one for each axis",
        )
    if like is None:
        return Made((None,))
    if len(like) < len(blob):
        raise Refusal(
            f"cannot crop {shown(blob)} to the size of {shown(like)}, which has fewer axes",
            "shape",
            ("bottom", 1),
        )
    shape = list(blob)
    for i in range(axis, len(blob)):
        place = i - axis if len(offsets) > 1 else 0
        offset = offsets[place] if offsets else 0
        if int32(blob[i] - offset) < like[i]:
            raise Refusal(
                f"cropping {like[i]} at offset {offset} on axis {i} reaches past the {blob[i]} of "
                f"{shown(blob)}",
                "shape",
                ("crop_param", "offset", place) if offsets else ("bottom", 1),
                mend=f"an offset of at most {blob[i] - like[i]}" if blob[i] >= like[i] else None,
            )
        shape[i] = like[i]
    return Made((tuple(shape),))


TYPES: dict[str, LayerType] = {
    "Concat": LayerType(_concat, min_bottoms=1, exact_tops=1),
    "Crop": LayerType(_crop, exact_bottoms=2, exact_tops=1),
    "Eltwise": LayerType(_eltwise, min_bottoms=2, exact_tops=1),
    "Slice": LayerType(_slice, exact_bottoms=1, min_tops=1),
}
