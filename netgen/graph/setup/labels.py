"""What the layers that compare scores with class numbers ask of both."""

from __future__ import annotations

from netgen.graph.setup.blobs import count, int32
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["check_labels"]


def check_labels(score: Shape, label: Shape, axis: int) -> None:
    """Check that there is a label for each place: along all of the scores' axes but that of the classes.

    Parameters
    ----------
    score : shape
        Of the scores, bottom 0: N x C x H x W.
    label : shape
        Of the labels, bottom 1: any shape of as many elements.
    axis : int
        The scores' axis of classes, counted from the front.

    Raises
    ------
    Refusal
        Where there are more labels or fewer.
    """
    wanted = int32(count(score, 0, axis) * count(score, axis + 1))
    if wanted != count(label):
        places = (*score[:axis], 1, *score[axis + 1 :])
        raise Refusal(
            f"scores of {shown(score)} with the classes on axis {axis} take {wanted} labels, {shown(places)}"
            f", came {shown(label)} with {count(label)}",
            "shape",
            ("bottom", 1),
            mend="labels are class numbers, one for each place: as scores, without the axis of classes",
        )
