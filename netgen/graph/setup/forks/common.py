"""What the rules for forks' layers share."""

from __future__ import annotations

from typing import Any

from netgen.graph.setup.kinds import Made, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = [
    "as_four",
    "check_alike",
    "check_batch",
    "check_positive",
    "needs_axes",
    "not_in_place",
    "required",
    "same",
]

_NAMES = ("samples", "channels", "height", "width")


def same(setup: Setup) -> Made:
    """Make tops like the first bottom, with no checks and no parameters."""
    return Made((setup.bottoms[0],) * setup.ntop)


def as_four(shape: Shape, bottom: int = 0) -> Shape:
    """Return N x C x H x W, missing axes filled up with 1 (``Blob::num`` ... ``Blob::width``).

    Raises
    ------
    Refusal
        Where there are more axes.
    """
    if len(shape) > 4:
        raise Refusal(
            f"it takes at most N x C x H x W, came {shown(shape)}",
            "axis",
            ("bottom", bottom),
            mend="join the last axes with a Flatten or Reshape layer first",
        )
    return (*shape, 1, 1, 1, 1)[:4]


def needs_axes(shape: Shape, axes: int, bottom: int = 0, *, exact: bool = False) -> None:
    """Check that a bottom has so many axes, or at least so many.

    Raises
    ------
    Refusal
        Where it has not.
    """
    if len(shape) < axes or (exact and len(shape) > axes):
        wanted = " x ".join("NCHW"[:axes]) + ("" if exact else " ...")
        raise Refusal(f"it takes {wanted}, came {shown(shape)}", "axis", ("bottom", bottom))


def check_alike(setup: Setup, first: int, second: int, axes: tuple[int, ...]) -> None:
    """Check that two bottoms agree in some of samples, channels, height and width.

    Raises
    ------
    Refusal
        Where they do not; shapes are N x C x H x W, shorter ones with ones behind.
    """
    one, other = setup.bottoms[first], setup.bottoms[second]
    if one is None or other is None:
        return
    left, right = as_four(one, first), as_four(other, second)
    for axis in axes:
        if left[axis] != right[axis]:
            raise Refusal(
                f"bottom {first} is {shown(one)} and bottom {second} is {shown(other)}: both have the same "
                f"{_NAMES[axis]}",
                "shape",
                ("bottom", second),
            )


def check_batch(setup: Setup) -> None:
    """Check that scores and labels have as many samples (``LossLayer::Reshape``).

    Raises
    ------
    Refusal
        Where they have not.
    """
    for index, shape in enumerate(setup.bottoms[:2]):
        if shape == ():
            raise Refusal("a loss counts samples along axis 0, and came a scalar", "axis", ("bottom", index))
    score, label = setup.bottoms[:2]
    if score is not None and label is not None and score[0] != label[0]:
        raise Refusal(
            f"{score[0]} samples in {shown(score)} and {label[0]} in {shown(label)}: they are as many",
            "shape",
            ("bottom", 1),
        )


def required(param: Any, message: str, field: str) -> None:
    """Check that a field is given that Caffe asks for.

    Raises
    ------
    Refusal
        Where it is not.
    """
    if not param.HasField(field):
        raise Refusal(f"{field} is missing", "missing", (message,), mend=f"write {field}: N")


def check_positive(param: Any, message: str, field: str, least: float = 1) -> None:
    """Check that a field is at least some number, 1 unless said.

    Raises
    ------
    Refusal
        Where it is less.
    """
    value = getattr(param, field)
    if value < least:
        given = param.HasField(field)
        raise Refusal(
            f"{field} is at least {least:g}, came {value:g}" if given else f"{field} is missing",
            "value" if given else "missing",
            (message, field) if given else (message,),
        )


def not_in_place(setup: Setup) -> None:
    """Check that the top is a blob of its own.

    Raises
    ------
    Refusal
        Where it is the bottom.
    """
    if setup.in_place[0] == 0:
        raise Refusal(
            "it does not work in place", "in-place", ("top", 0), mend="give its top a name of its own"
        )
