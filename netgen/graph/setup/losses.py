"""Setting up the losses.

``LossLayer::LayerSetUp`` gives a loss the weight 1 where the file gives none. ``LossLayer::Reshape`` looks at
the first axes of scores and labels before it makes the top a scalar. A loss that works in place makes a
scalar of its own scores there, and most of them look at these once more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Optional

from netgen.graph.setup.blobs import FieldPath, check_size, count, empty, int32
from netgen.graph.setup.engines import check_engine
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.setup.labels import check_labels
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["TYPES"]

_SCALAR: Shape = ()


def _check_batch(score: MaybeShape, label: MaybeShape) -> None:
    """Check the first axes of scores and labels (``LossLayer::Reshape``)."""
    for index, shape in enumerate((score, label)):
        if shape is not None and not shape:
            raise Refusal(
                "a loss counts samples along axis 0, and came a scalar",
                "axis",
                ("bottom", index),
                mend="give it a blob of N x ...",
            )
    if score is not None and label is not None and score[0] != label[0]:
        raise Refusal(
            f"{score[0]} samples in {shown(score)} and {label[0]} in {shown(label)}: axis 0 of scores and "
            "labels is the same",
            "shape",
            ("bottom", 1),
        )


def _check_own_blob(setup: Setup) -> None:
    """Refuse a loss in place: with its top its scores have become a scalar when they are looked at again."""
    if setup.in_place[0] == 0:
        raise Refusal(
            f"{setup.layer.type} cannot be in place: its top, a scalar, would take the place of the scores",
            "in-place",
            ("top", 0),
            mend="give the top another name",
        )


def _check_softmax(score: MaybeShape, axis: int, field: FieldPath, weights: Sequence[float]) -> Optional[int]:
    """Check the Softmax layer inside a loss, which has the loss's parameters; return its axis.

    Its one top is weighed with the loss's own weights: it needs memory for them, and has one.
    """
    found = None
    if score is not None:
        found = canonical(axis, score, "axis", field)
        if not score[found]:
            raise empty(score, f"it has no classes on axis {found}")
        check_size((*score[:found], 1, *score[found + 1 :]), "the blob of sums")
    if len(weights) != 1:
        raise Refusal(
            f"{len(weights)} loss weights: the Softmax inside the loss takes them too, and has one top",
            "loss-weight",
            ("loss_weight", 1),
            mend="give one loss_weight",
        )
    if score is not None and weights[0] != 0 and 0 in score:
        raise empty(score, "the probabilities inside the loss have no elements to weigh")
    return found


def _softmax_with_loss(setup: Setup) -> Made:
    """Caffe's ``SoftmaxWithLossLayer``."""
    layer = setup.layer
    score, label = setup.bottoms
    check_engine(layer.softmax_param, "softmax_param", setup.cudnn)
    field = ("softmax_param", "axis")
    if setup.ntop > 1:
        raise Refusal(
            "SoftmaxWithLoss with two tops can never load: two tops want two loss weights, and the Softmax "
            "inside, which is given the same ones, has one top",
            "loss-weight",
            ("top", 1),
            mend="drop the second top; a Softmax layer on the scores gives the probabilities",
        )
    axis = _check_softmax(score, layer.softmax_param.axis, field, setup.loss_weights or (1.0,))
    _check_batch(score, label)
    _check_own_blob(setup)
    if score is not None and label is not None and axis is not None:
        check_labels(score, label, axis)
    return Made((_SCALAR,))


def _sigmoid_cross_entropy(setup: Setup) -> Made:
    """Caffe's ``SigmoidCrossEntropyLossLayer``: its Sigmoid has the loss weights that the file gives."""
    score, label = setup.bottoms
    weights = setup.loss_weights
    if len(weights) == 1 and weights[0] != 0 and score is not None and 0 in score:
        raise empty(score, "the sigmoids inside the loss have no elements to weigh")
    _check_batch(score, label)
    _check_own_blob(setup)
    if score is not None and label is not None and count(score) != count(label):
        classes = len(score) > 1 and count(label) * score[1] == count(score)
        raise Refusal(
            f"scores of {shown(score)} take as many labels, came {shown(label)} with {count(label)} for "
            f"{count(score)}",
            "shape",
            ("bottom", 1),
            mend="for labels that are class numbers take SoftmaxWithLoss" if classes else None,
        )
    return Made((_SCALAR,))


def _euclidean(setup: Setup) -> Made:
    """Caffe's ``EuclideanLossLayer``."""
    first, second = setup.bottoms
    _check_batch(first, second)
    _check_own_blob(setup)
    if first is not None and second is not None and count(first, 1) != count(second, 1):
        raise Refusal(
            f"{count(first, 1)} values a sample in {shown(first)} and {count(second, 1)} in {shown(second)}: "
            "they are as many",
            "shape",
            ("bottom", 1),
        )
    return Made((_SCALAR,))


def _hinge(setup: Setup) -> Made:
    """Caffe's ``HingeLossLayer``."""
    _check_batch(*setup.bottoms)
    return Made((_SCALAR,))


def _infogain(setup: Setup) -> Made:
    """Caffe's ``InfogainLossLayer``: the matrix is a file or the third bottom."""
    layer = setup.layer
    param = layer.infogain_loss_param
    score, label = setup.bottoms[:2]
    check_engine(layer.softmax_param, "softmax_param", setup.cudnn)
    field = ("infogain_loss_param", "axis")
    axis = _check_softmax(score, param.axis, field, (1.0,))
    if layer.loss_param.HasField("normalize"):
        raise Refusal(
            "InfogainLoss does not take normalize",
            "value",
            ("loss_param", "normalize"),
            mend=f"write normalization: {'VALID' if layer.loss_param.normalize else 'BATCH_SIZE'}",
        )
    matrix: MaybeShape = None
    if len(setup.bottoms) > 2:
        matrix = setup.bottoms[2]
    elif not param.HasField("source"):
        raise Refusal(
            "InfogainLoss has neither a source nor a third bottom for its matrix",
            "missing",
            ("infogain_loss_param",),
            mend='write source: "FILE", a BlobProto of K x K for K classes',
        )
    elif setup.files is not None:
        matrix = setup.files.blob(param.source, "infogain matrix", ("infogain_loss_param", "source"))
    _check_batch(score, label)
    _check_own_blob(setup)
    if score is not None and label is not None and axis is not None:
        check_labels(score, label, axis)
    if score is not None and axis is not None and matrix is not None:
        classes = score[axis]
        if count(matrix) != int32(classes * classes):
            raise Refusal(
                f"{shown(score)} has {classes} classes: they take a matrix of {classes} x {classes}, came "
                f"{shown(matrix)}",
                "shape",
                ("bottom", 2) if len(setup.bottoms) > 2 else ("infogain_loss_param", "source"),
            )
    return Made((_SCALAR, score)[: setup.ntop])


def _multinomial_logistic(setup: Setup) -> Made:
    """Caffe's ``MultinomialLogisticLossLayer``: one label a sample."""
    score, label = setup.bottoms
    _check_batch(score, label)
    if label is not None:
        _check_legacy(label, 1)
        if math.prod(label[1:]) != 1:
            raise Refusal(
                f"labels are N, N x 1 or N x 1 x 1 x 1, came {shown(label)}", "shape", ("bottom", 1)
            )
    return Made((_SCALAR,))


def _check_legacy(shape: Shape, bottom: int) -> None:
    """Check that a blob is at most N x C x H x W (``Blob::LegacyShape``)."""
    if len(shape) > 4:
        raise Refusal(f"at most N x C x H x W is taken, came {shown(shape)}", "axis", ("bottom", bottom))


def _contrastive(setup: Setup) -> Made:
    """Caffe's ``ContrastiveLossLayer``: two blobs of features, N x C, and whether each pair is alike, N."""
    for index, shape in enumerate(setup.bottoms):
        if shape is None:
            continue
        _check_legacy(shape, index)
        if math.prod(shape[1 if index == 2 else 2 :]) != 1:
            wanted = "N (whether two samples are alike)" if index == 2 else "N x C"
            raise Refusal(
                f"bottom {index} of ContrastiveLoss is {wanted}, with 1 on axes behind, came {shown(shape)}",
                "shape",
                ("bottom", index),
            )
    first, second = setup.bottoms[:2]
    if first is not None and second is not None and (first + (1, 1))[1:2] != (second + (1, 1))[1:2]:
        raise Refusal(
            f"{shown(first)} and {shown(second)} do not have as many features", "shape", ("bottom", 1)
        )
    _check_batch(first, second)
    return Made((_SCALAR,))


def _ctc(setup: Setup) -> Made:
    """Set up kendryte-caffe's ``CtcLossLayer``: scores of T x N x C, labels of N x L.

    It asks, as every loss, for as many on the first axes, and so for T and N to be the same.
    """
    param = setup.layer.ctc_loss_param
    for name, what in (("alphabet_size", "the number of symbols"), ("time_step", "the length of the input")):
        if int32(getattr(param, name)) <= 0:
            given = param.HasField(name)
            raise Refusal(
                f"{name} is above 0, came {getattr(param, name)}" if given else f"{name} is missing",
                "value" if given else "missing",
                ("ctc_loss_param", name) if given else ("ctc_loss_param",),
                mend=f"write {name}: N, {what}",
            )
    score, label = setup.bottoms
    if score is not None and len(score) < 2:
        raise Refusal(
            f"scores are T x N x C, came {shown(score)}: Caffe reads past its end",
            "undefined",
            ("bottom", 0),
        )
    _check_batch(score, label)
    if score is not None and label is not None and label[0] != score[1]:
        raise Refusal(
            f"labels of {shown(label)} are for {label[0]} sequences, and scores of {shown(score)} (T x N x C)"
            f" for {score[1]}",
            "shape",
            ("bottom", 1),
        )
    return Made((_SCALAR,))


def _loss(rule: object, bottoms: int = 2, no_force_backward: tuple[int, ...] = (1,)) -> LayerType:
    return LayerType(
        rule,  # type: ignore[arg-type]
        exact_bottoms=bottoms,
        exact_tops=1,
        auto_tops=True,
        loss=True,
        no_force_backward=no_force_backward,
    )


TYPES = {
    "ContrastiveLoss": _loss(_contrastive, bottoms=3, no_force_backward=(2,)),
    "CtcLoss": _loss(_ctc),
    "EuclideanLoss": _loss(_euclidean, no_force_backward=()),
    "HingeLoss": _loss(_hinge),
    "InfogainLoss": LayerType(
        _infogain,
        min_bottoms=2,
        max_bottoms=3,
        min_tops=1,
        max_tops=2,
        auto_tops=True,
        loss=True,
        no_force_backward=(1,),
        reads_files=True,
    ),
    "MultinomialLogisticLoss": _loss(_multinomial_logistic),
    "SigmoidCrossEntropyLoss": _loss(_sigmoid_cross_entropy),
    "SoftmaxWithLoss": LayerType(
        _softmax_with_loss,
        exact_bottoms=2,
        min_tops=1,
        max_tops=2,
        auto_tops=True,
        loss=True,
        no_force_backward=(1,),
    ),
}
