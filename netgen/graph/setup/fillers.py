"""What Caffe's fillers check before and while they fill a blob (``GetFiller`` and each ``Filler::Fill``)."""

from __future__ import annotations

import math
from typing import Any, Optional, Union

from netgen.errors import listed, nearest
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["check_filler", "check_filler_type"]

FieldPath = tuple[Union[str, int], ...]

_TYPES = ("constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear")
_LARGEST = (2 - 2**-23) * 2.0**127  # of a 32-bit float


def check_filler(filler: Any, shape: Optional[Shape], what: str, field: FieldPath) -> None:
    """Check a filler against the blob that it fills.

    Call it only where Caffe fills: not for a bias that is left out, nor for weights written in the file.

    Parameters
    ----------
    filler : FillerParameter
        The filler; an empty one is ``constant`` with 0.
    shape : shape or None
        The blob's shape, outputs x inputs x H x W for weights; None where unknown.
    what : str
        What the blob holds, in the plural: ``weights``.
    field : tuple of str and int
        Where the filler stands, from the LayerParameter down: ``("convolution_param", "weight_filler")``.

    Raises
    ------
    Refusal
        Where Caffe knows no such filler, or the filler refuses its values or the blob.
    """
    kind = check_filler_type(filler, field)
    if shape is not None:
        _check_blob(kind, shape, what, field)
    if kind == "gaussian":
        _check_gaussian(filler, shape, field)
        return
    if kind == "uniform":
        _check_uniform(filler, field)
    if filler.sparse != -1:
        raise Refusal(
            f"a {kind} filler cannot be sparse, came sparse: {filler.sparse}",
            "filler",
            (*field, "sparse"),
            mend="gaussian alone can: drop sparse, or take that filler",
        )


def check_filler_type(filler: Any, field: FieldPath) -> str:
    """Check that Caffe knows a filler (``GetFiller``), and return which it is.

    Raises
    ------
    Refusal
        Where it knows none of that name.
    """
    kind: str = filler.type
    if kind not in _TYPES:
        close = nearest(kind, _TYPES)
        raise Refusal(
            f"filler type {kind!r} is unknown",
            "filler",
            (*field, "type"),
            mend=f"did you mean {close!r}?" if close else f"one of {listed(_TYPES)}",
        )
    return kind


def _check_blob(kind: str, shape: Shape, what: str, field: FieldPath) -> None:
    """Check what fillers ask of the blob itself."""
    if 0 in shape:
        raise Refusal(f"the {what} are {shown(shape)}: a filler has nothing to fill", "filler", field)
    if kind == "bilinear":
        if len(shape) != 4:
            raise Refusal(
                f"a bilinear filler takes outputs x inputs x H x W, and the {what} are {shown(shape)}",
                "filler",
                (*field, "type"),
            )
        if shape[2] != shape[3]:
            raise Refusal(
                f"a bilinear filler takes square kernels, and the {what} are {shown(shape)}",
                "filler",
                (*field, "type"),
            )
    elif not shape and kind in ("xavier", "msra", "positive_unitball"):
        raise Refusal(
            f"a {kind} filler counts inputs along axes, and the {what} are a scalar",
            "filler",
            (*field, "type"),
            mend="take constant, uniform or gaussian",
        )


def _check_uniform(filler: Any, field: FieldPath) -> None:
    if not filler.min <= filler.max:
        raise Refusal(
            f"a uniform filler goes from min to max, came {filler.min:g} to {filler.max:g}",
            "filler",
            (*field, "min" if filler.HasField("min") else "max"),
            mend="swap min and max" if filler.HasField("max") else "max is 1 where it is not given",
        )
    if filler.min == -math.inf or filler.min >= _LARGEST:
        raise Refusal(
            f"no number is uniform between {filler.min:g} and {filler.max:g}: Caffe looks for one for ever",
            "crash",
            (*field, "min"),
        )


def _check_gaussian(filler: Any, shape: Optional[Shape], field: FieldPath) -> None:
    if not filler.std > 0:
        raise Refusal(
            f"a gaussian filler's std is above 0, came {filler.std:g}",
            "filler",
            (*field, "std"),
            mend='for all the same value write type: "constant"',
        )
    sparse = filler.sparse
    if sparse < -1:
        raise Refusal(f"sparse is at least 0, or -1 for none, came {sparse}", "filler", (*field, "sparse"))
    if sparse < 0 or shape is None:
        return
    if not shape:
        raise Refusal("a sparse filler counts along an axis, and has a scalar", "filler", (*field, "sparse"))
    if sparse > shape[0]:
        raise Refusal(
            f"sparse: {sparse} is more than the {shape[0]} outputs of {shown(shape)}",
            "filler",
            (*field, "sparse"),
            mend=f"at most {shape[0]}",
        )
