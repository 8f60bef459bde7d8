"""Setting up BatchNorm, MVN, Scale and Bias."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.setup.blobs import check_memory, check_size, count, empty, int32
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["TYPES"]


# ---- BatchNorm, MVN ----


def _batch_norm(setup: Setup) -> Made:
    """Caffe's ``BatchNormLayer``: mean and variance of each channel, and a factor for both."""
    bottom = setup.bottoms[0]
    channels: Optional[int] = None
    if bottom is not None:
        if len(bottom) < 2:
            raise Refusal(
                f"BatchNorm takes N x C x ..., came {shown(bottom)}",
                "axis",
                ("bottom", 0),
                mend="give it a blob with an axis of channels",
            )
        channels = bottom[1]
        if not setup.blobs and not channels:
            raise empty(bottom, "it has no channels to count the mean of")
    statistics = None if channels is None else (channels,)
    params: tuple[MaybeShape, ...] = setup.blobs or (statistics, statistics, (1,))
    for index, rate in enumerate(setup.lr_mults[: len(params)]):
        if rate != 0:
            raise Refusal(
                f"BatchNorm's blobs are statistics and are not learnt: lr_mult is 0, came {rate:g}",
                "value",
                ("param", index, "lr_mult"),
                mend="write param { lr_mult: 0 } three times, or no param at all (lr_mult is 1 where it is "
                "not given); what is learnt is the factors of the Scale layer behind",
            )
    if bottom is None:
        return Made((None,), params)
    if 0 in bottom:
        raise Refusal(
            f"BatchNorm divides by the number of elements of a channel, and {shown(bottom)} has none",
            "crash",
            ("bottom", 0),
        )
    return Made((bottom,), params)


def _mvn(setup: Setup) -> Made:
    """Caffe's ``MVNLayer``: always N x C x H x W, missing axes filled up with 1."""
    bottom = setup.bottoms[0]
    if bottom is None:
        return Made((None,))
    if len(bottom) > 4:
        raise Refusal(
            f"MVN takes at most N x C x H x W, came {shown(bottom)}",
            "axis",
            ("bottom", 0),
            mend="join the last axes with a Flatten or Reshape layer first",
        )
    num, channels, height, width = (*bottom, 1, 1, 1, 1)[:4]
    check_size((num, channels, height, width), "the top")
    across = channels if setup.layer.mvn_param.across_channels else 1
    if 0 in (across, height, width):
        raise empty(bottom, "there is nothing to count the mean of")
    return Made(((num, channels, height, width),))


# ---- Scale, Bias ----


def _learnt(
    param: Any, filler: Any, bottom: MaybeShape, what: str, field: str, filler_field: str
) -> MaybeShape:
    """Return the shape of a learnt factor or term, checked as Caffe makes and fills it."""
    along = param.num_axes
    if bottom is None:
        _check_axes(along, field)
        if filler is not None:
            check_filler(filler, None, what, (field, filler_field))
        return None
    axis = canonical(param.axis, bottom, "axis", (field, "axis"))
    _check_axes(along, field)
    if along >= 0 and len(bottom) < axis + along:
        raise Refusal(
            f"{along} axes from axis {axis} on reach past {shown(bottom)}",
            "axis",
            (field, "num_axes" if param.HasField("num_axes") else "axis"),
            mend=f"num_axes of at most {len(bottom) - axis}, or -1 for all that are left",
        )
    shape = bottom[axis:] if along == -1 else bottom[axis : axis + along]
    if filler is None:  # all 1
        check_memory(shape, f"the blob of {what}")
    else:
        check_filler(filler, shape, what, (field, filler_field))
    return shape


def _check_axes(along: int, field: str) -> None:
    if along < -1:
        raise Refusal(
            f"num_axes is at least 0, or -1 for all that are left, came {along}", "value", (field, "num_axes")
        )


def _fitted(given_axis: int, bottom: Shape, factor: Shape, field: str) -> tuple[int, int]:
    """Return how many elements lie before and behind the axes that a factor or term goes along."""
    axis = canonical(given_axis, bottom, "axis", (field, "axis")) if factor else 0
    if len(bottom) < axis + len(factor):
        raise Refusal(
            f"{shown(factor)} from axis {axis} on reaches past {shown(bottom)}",
            "axis",
            (field, "axis"),
            mend=f"axis {len(bottom) - len(factor)} at most" if len(factor) <= len(bottom) else None,
        )
    here = bottom[axis : axis + len(factor)]
    if here != factor:
        raise Refusal(
            f"{shown(factor)} does not fit {shown(bottom)}, which is {shown(here)} from axis {axis} on",
            "shape",
            (field, "axis"),
        )
    return count(bottom, 0, axis), count(bottom, axis + len(factor))


def _add(given_axis: int, bottom: Shape, term: Shape, field: str) -> None:
    """Check what Caffe's ``BiasLayer::Reshape`` checks."""
    _, inner = _fitted(given_axis, bottom, term, field)
    check_size((inner,), "the vector of ones")
    if not inner:
        raise empty(bottom, "there is nothing behind the axes that the terms go along")


def _bias(setup: Setup) -> Made:
    """Caffe's ``BiasLayer``: a term that is learnt, or the second bottom."""
    param = setup.layer.bias_param
    bottom = setup.bottoms[0]
    params: tuple[MaybeShape, ...] = setup.blobs
    if len(setup.bottoms) > 1:
        term = setup.bottoms[1]
    else:
        if not params:
            params = (_learnt(param, param.filler, bottom, "terms", "bias_param", "filler"),)
        term = params[0]
    if bottom is not None and term is not None:
        _add(param.axis, bottom, term, "bias_param")
    return Made((bottom,), params)


def _scale(setup: Setup) -> Made:
    """Caffe's ``ScaleLayer``: a factor that is learnt or the second bottom, and a Bias layer inside."""
    param = setup.layer.scale_param
    bottom = setup.bottoms[0]
    alone = len(setup.bottoms) == 1
    params: tuple[MaybeShape, ...] = setup.blobs
    if alone and not params:
        filler = param.filler if param.HasField("filler") else None
        params = (_learnt(param, filler, bottom, "factors", "scale_param", "filler"),)
    factor = params[0] if alone else setup.bottoms[1]
    term: MaybeShape = None
    if param.bias_term:
        params, term = _with_bias(setup, params, bottom)
    if bottom is None or factor is None:
        return Made((bottom,), params)
    outer, inner = _fitted(param.axis, bottom, factor, "scale_param")
    check_size((int32(outer * count(factor)),), "the blob of sums")
    most = max(outer, inner)
    check_size((most,), "the vector of ones")
    if not most:
        raise empty(bottom, "there is nothing before or behind the axes that the factors go along")
    if term is not None:
        _add(param.axis, bottom, term, "scale_param")
    return Made((bottom,), params)


def _with_bias(
    setup: Setup, params: tuple[MaybeShape, ...], bottom: MaybeShape
) -> tuple[tuple[MaybeShape, ...], MaybeShape]:
    """Set up the Bias layer inside a Scale; return the Scale's parameters and the term that it adds.

    The Bias has one bottom, and it too takes the weights that the file gives for its own: the first of them.
    """
    param = setup.layer.scale_param
    if setup.blobs:
        term: MaybeShape = setup.blobs[0]
    elif len(setup.bottoms) == 1:
        term = _learnt(param, param.bias_filler, bottom, "terms", "scale_param", "bias_filler")
    else:
        term = _term_like(param, setup.bottoms[1], bottom)
    if bottom is not None and term is not None:
        _add(param.axis, bottom, term, "scale_param")
    if len(params) + len(setup.bottoms) < 3:
        return (*params, term), term
    return params, params[-1]


def _term_like(param: Any, factor: MaybeShape, bottom: MaybeShape) -> MaybeShape:
    """Return the shape of a term that goes along as many axes as a factor that is a bottom."""
    field = ("scale_param", "bias_filler")
    if bottom is None or factor is None:
        check_filler(param.bias_filler, None, "terms", field)
        return None
    axis = canonical(param.axis, bottom, "axis", ("scale_param", "axis"))
    if len(bottom) < axis + len(factor):
        raise Refusal(
            f"{shown(factor)} from axis {axis} on reaches past {shown(bottom)}",
            "axis",
            ("scale_param", "axis"),
        )
    term = bottom[axis : axis + len(factor)]
    check_filler(param.bias_filler, term, "terms", field)
    return term


TYPES = {
    "BatchNorm": LayerType(_batch_norm, exact_bottoms=1, exact_tops=1),
    "Bias": LayerType(_bias, min_bottoms=1, max_bottoms=2, exact_tops=1),
    "MVN": LayerType(_mvn, exact_bottoms=1, exact_tops=1),
    "Scale": LayerType(_scale, min_bottoms=1, max_bottoms=2, exact_tops=1),
}
