"""What a shape is, and what is wrong with one."""

from __future__ import annotations

from typing import Optional, Union

from netgen.errors import NetgenError

__all__ = ["UNSHAPED", "Refusal", "Shape", "canonical", "shown"]

Shape = tuple[int, ...]
"""N x C x H x W for a picture's blob; () for a scalar such as a loss."""


class _Unshaped(tuple[int, ...]):
    __slots__ = ()


UNSHAPED: Shape = _Unshaped()
"""The shape of a blob that was never given one, such as the top of an Input without a shape.

It has no axes, as a scalar, and equals ``()``; but a scalar has one element, and it has none, and no memory.
"""


class Refusal(NetgenError):  # noqa: N818 (it is Caffe that refuses)
    """Caffe would refuse this layer, or crash on it.

    Parameters
    ----------
    message : str
        What came and what was expected, in Caffe's terms.
    kind : str
        What sort of mistake it is, one of the kinds that ``netgen.check.rules`` explains.
    field : tuple of str and int
        The field at fault, from the LayerParameter down: ``("convolution_param", "kernel_size", 1)``.
    mend : str, optional
        What to do about it.
    """

    def __init__(
        self,
        message: str,
        kind: str = "shape",
        field: tuple[Union[str, int], ...] = (),
        *,
        mend: Optional[str] = None,
    ) -> None:
        super().__init__(message, mend=mend)
        self.kind = kind
        self.field = field


def canonical(axis: int, shape: Shape, what: str, field: tuple[Union[str, int], ...] = ()) -> int:
    """Return an axis counted from the front; negative ones count from the back.

    Raises
    ------
    Refusal
        Where the shape has no such axis.
    """
    if not -len(shape) <= axis < len(shape):
        raise Refusal(f"{what} {axis} is outside the {len(shape)} axes of {shown(shape)}", "axis", field)
    return axis % len(shape)


def shown(shape: Shape) -> str:
    """Return a shape as messages show it: ``1 x 3 x 28 x 28``."""
    return " x ".join(map(str, shape)) if shape else "a scalar"
