"""What a shape is, and what is wrong with one."""

from __future__ import annotations

from netgen.errors import NetgenError

__all__ = ["Shape", "ShapeError", "canonical", "shown"]

Shape = tuple[int, ...]
"""N x C x H x W for a picture's blob; () for a scalar such as a loss."""


class ShapeError(NetgenError):
    """Caffe would refuse this layer for its bottoms' shapes."""


def canonical(axis: int, shape: Shape, what: str) -> int:
    """Return an axis counted from the front; negative ones count from the back.

    Raises
    ------
    ShapeError
        Where the shape has no such axis.
    """
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"{what} {axis} is outside the {len(shape)} axes of {shown(shape)}")
    return axis % len(shape)


def shown(shape: Shape) -> str:
    """Return a shape as messages show it: ``1 x 3 x 28 x 28``."""
    return " x ".join(map(str, shape)) if shape else "a scalar"
