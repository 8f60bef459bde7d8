"""Setting up the layers that count right answers: Accuracy and LabelsequenceAccuracy."""

from __future__ import annotations

from netgen.graph.setup.blobs import count, int32, quotient
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.setup.labels import check_labels
from netgen.graph.shape import Refusal, canonical

__all__ = ["TYPES"]


def _accuracy(setup: Setup) -> Made:
    """Caffe's ``AccuracyLayer``: a scalar, and with a second top the accuracy of each class."""
    param = setup.layer.accuracy_param
    score, label = setup.bottoms
    if score is not None and label is not None:
        _check_most(int32(param.top_k), count(score), count(label), param.HasField("top_k"))
    elif label is not None:
        _check_most(None, 0, count(label), False)
    each: MaybeShape = None
    if score is not None:
        axis = canonical(param.axis, score, "axis", ("accuracy_param", "axis"))
        each = (score[axis],)
        if label is not None:
            check_labels(score, label, axis)
    if setup.ntop > 1 and setup.in_place[0] == 0:
        raise Refusal(
            "Accuracy with two tops cannot be in place: the first, a scalar, takes the place of the scores",
            "in-place",
            ("top", 0),
            mend="give the top another name",
        )
    return Made(((), each)[: setup.ntop])


def _check_most(most: object, scores: int, labels: int, given: bool) -> None:
    """Check ``top_k``, which Caffe compares with the number of scores for each label."""
    if not labels:
        raise Refusal("there are no labels, and Caffe divides by their number", "crash", ("bottom", 1))
    if isinstance(most, int) and most > quotient(scores, labels):
        raise Refusal(
            f"top_k is {most}{'' if given else ' where it is not given'}, and there are {scores} scores for "
            f"{labels} labels",
            "value" if given else "shape",
            ("accuracy_param", "top_k") if given else ("bottom", 0),
            mend=f"at most {quotient(scores, labels)}" if given and scores >= labels else None,
        )


def _label_sequence_accuracy(setup: Setup) -> Made:
    """Set up kendryte-caffe's ``LabelsequenceAccuracyLayer``, which looks at its bottoms when it runs."""
    del setup
    return Made(((),))


TYPES = {
    "Accuracy": LayerType(_accuracy, exact_bottoms=2, min_tops=1, max_tops=2),
    "LabelsequenceAccuracy": LayerType(_label_sequence_accuracy, exact_bottoms=2, exact_tops=1),
}
