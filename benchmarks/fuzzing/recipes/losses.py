"""Softmax, losses and accuracy."""

from __future__ import annotations

import random
from typing import Any

from fuzzing.recipes.kit import Recipe, Shape, axis_of, dims, engine, recipe, some


def _scores(draw: random.Random) -> tuple[Shape, Shape, int]:
    """Scores, labels that suit them, and the classes' axis."""
    shape = dims(draw, 2, 5)
    axis = draw.randrange(1, len(shape)) if draw.random() < 0.95 else 0
    labels = shape[:axis] + draw.choice(([], [1])) + shape[axis + 1 :]
    return shape, labels, axis


def _loss(draw: random.Random) -> dict[str, Any]:
    return some(
        draw,
        ignore_label=lambda: draw.choice((0, 255, -1)),
        normalization=lambda: draw.choice(("FULL", "VALID", "BATCH_SIZE", "NONE")),
        normalize=lambda: draw.random() < 0.5,
    )


@recipe("Softmax")
def _softmax(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    return Recipe(
        {"softmax_param": {**some(draw, axis=lambda: axis_of(draw, shape)), **engine(draw)}}, [shape]
    )


@recipe("SoftmaxWithLoss")
def _softmax_loss(draw: random.Random) -> Recipe:
    shape, labels, axis = _scores(draw)
    param = {"axis": draw.choice((axis, axis - len(shape))), **engine(draw)}
    return Recipe({"softmax_param": param, "loss_param": _loss(draw)}, [shape, labels])


@recipe("Accuracy")
def _accuracy(draw: random.Random) -> Recipe:
    shape, labels, axis = _scores(draw)
    param = {
        "axis": draw.choice((axis, axis - len(shape))),
        **some(
            draw, top_k=lambda: draw.randint(1, shape[axis]), ignore_label=lambda: draw.choice((0, -1, 255))
        ),
    }
    return Recipe({"accuracy_param": param}, [shape, labels], draw.choice((1, 1, 2)))


@recipe("InfogainLoss")
def _infogain(draw: random.Random) -> Recipe:
    shape, labels, axis = _scores(draw)
    matrix = [1, 1, shape[axis], shape[axis]]
    param = {"axis": draw.choice((axis, axis - len(shape)))}
    loss = {name: value for name, value in _loss(draw).items() if name != "normalize"}
    return Recipe({"infogain_loss_param": param, "loss_param": loss}, [shape, labels, matrix])


@recipe("EuclideanLoss")
def _euclidean(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    return Recipe({}, [shape, draw.choice((shape, [*shape, 1]))])


@recipe("SigmoidCrossEntropyLoss")
def _sigmoid_loss(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    return Recipe({"loss_param": _loss(draw)}, [shape, shape], draw.choice((1, 1, 2)))


@recipe("HingeLoss")
def _hinge(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    param = some(draw, norm=lambda: draw.choice(("L1", "L2")))
    return Recipe({"hinge_loss_param": param}, [shape, [shape[0]]])


@recipe("MultinomialLogisticLoss")
def _multinomial(draw: random.Random) -> Recipe:
    items = draw.randint(1, 4)
    return Recipe({}, [[items, *dims(draw, 0, 3)], [items] + [1] * draw.randint(0, 3)])


@recipe("ContrastiveLoss")
def _contrastive(draw: random.Random) -> Recipe:
    shape = [draw.randint(1, 4), draw.randint(1, 4)] + [1] * draw.randint(0, 2)
    param = some(draw, margin=0.5, legacy_version=lambda: draw.random() < 0.5)
    return Recipe({"contrastive_loss_param": param}, [shape, shape, [shape[0]] + [1] * draw.randint(0, 3)])


@recipe("CtcLoss")
def _ctc(draw: random.Random) -> Recipe:
    # As many labels as scores, like any loss, and as many as streams: so there are as many steps as streams.
    steps = streams = draw.randint(1, 4)
    letters = draw.randint(2, 5)
    param = {"alphabet_size": letters, "time_step": steps, **some(draw, blank_label=0)}
    return Recipe({"ctc_loss_param": param}, [[steps, streams, letters], [streams, draw.randint(1, 3)]])


@recipe("LabelsequenceAccuracy")
def _sequence_accuracy(draw: random.Random) -> Recipe:
    steps, streams = draw.randint(1, 4), draw.randint(1, 3)
    bottoms = [[steps, streams, draw.randint(2, 5)], [streams, draw.randint(1, 3)]]
    return Recipe({"labelsequence_accuracy_param": some(draw, blank_label=0)}, bottoms)
