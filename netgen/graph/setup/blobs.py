"""What Caffe's ``Blob`` does with a shape: counts that wrap around, sizes it refuses, memory it lacks."""

from __future__ import annotations

from typing import Optional, Union

from netgen.graph.shape import UNSHAPED, Refusal, Shape, shown

__all__ = ["MOST_AXES", "check_memory", "check_size", "count", "empty", "int32", "quotient"]

FieldPath = tuple[Union[str, int], ...]

MOST_AXES = 32
_INT_MAX = 2**31 - 1
_INT_MIN = -(2**31)


def int32(value: int) -> int:
    """Return a number as C++ holds it in an ``int``: what is too large wraps around."""
    if _INT_MIN <= value <= _INT_MAX:
        return value
    return (value + 2**31) % 2**32 - 2**31


def quotient(dividend: int, divisor: int) -> int:
    """Return what C++ gets from dividing integers: cut off towards zero."""
    result = abs(dividend) // abs(divisor)
    return result if (dividend < 0) == (divisor < 0) else -result


def count(shape: Shape, start: Optional[int] = None, stop: Optional[int] = None) -> int:
    """Return the number of elements, of all or some axes (``Blob::count``), which wraps around."""
    if start is None and shape is UNSHAPED:
        return 0
    result = 1
    for dim in shape[start:stop]:
        result *= dim
    return int32(result)


def check_size(shape: Shape, what: str, field: FieldPath = ()) -> None:
    """Check a shape as ``Blob::Reshape`` does: at most 32 axes, none below 0, at most 2^31 - 1 elements.

    Parameters
    ----------
    shape : shape
        The shape, N x C x H x W.
    what : str
        What has it, with an article: ``a top``, ``the buffer of columns``.
    field : tuple of str and int
        The field that it comes from, from the LayerParameter down.

    Raises
    ------
    Refusal
        Where Caffe would not make such a blob.
    """
    if len(shape) > MOST_AXES:
        raise Refusal(f"{what} has {len(shape)} axes, and a blob has at most {MOST_AXES}", "size", field)
    elements = 1
    for dim in shape:
        if dim < 0:
            raise Refusal(f"{what} would be {shown(shape)}: no axis has a negative size", "size", field)
        # As Caffe does it: behind an axis of size 0 nothing is too large.
        if elements and dim > _INT_MAX // elements:
            raise Refusal(
                f"{what} of {shown(shape)} has more elements than Caffe can count (2^31 - 1)", "size", field
            )
        elements *= dim


def check_memory(shape: Shape, what: str, field: FieldPath = ()) -> None:
    """Check that a blob has any memory: Caffe gives none to an empty one, and fails where it is touched.

    Raises
    ------
    Refusal
        Where the shape has no elements.
    """
    if 0 in shape or shape is UNSHAPED:
        raise Refusal(f"{what} of {shown(shape)} has no elements, and Caffe has to touch them", "size", field)


def empty(shape: Shape, why: str, bottom: int = 0) -> Refusal:
    """Return what Caffe dies of where a bottom has too few elements for a layer to work on.

    Parameters
    ----------
    shape : shape
        The bottom's.
    why : str
        What the layer needs elements for.
    bottom : int
        Which bottom it is.
    """
    came = shown(shape) if shape is not UNSHAPED else "a blob without a shape"
    return Refusal(f"{came} is empty: {why}", "size", ("bottom", bottom))
