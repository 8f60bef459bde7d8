"""A loss gets scores and labels of different sizes, and Caffe does not look.

Most of Caffe's losses compare the two before they start. HingeLoss compares the number of items alone, and
reads one label an item. A Python layer checks what its author thought of: with NumPy a label of N x 1 x H x
W goes along with scores of N x 2 x H x W by broadcasting, and the loss is computed on something that nobody
meant.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 2 dim: 8 dim: 8 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "my_losses" layer: "MySigmoidLoss" }
    }

Passes
------
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "my_losses" layer: "MySigmoidLoss" }
    }

Source
------
``LossLayer::Reshape`` compares the first axes; ``HingeLossLayer::Forward_cpu`` reads ``num`` labels;
``PythonLayer`` compares nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from netgen.check.facts import described
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.shape import shown

CODE = "W208"
NAME = "score-label-counts"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("HingeLoss", "Python")
AFTER_FAULTS = "layer"

# Classes of these names compare scores and labels element by element.
_ELEMENTWISE = ("sigmoid", "euclidean", "binarycrossentropy", "bceloss", "dice")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report losses whose scores and labels are not as many."""
    for layer in subject.graph.by_type(*TYPES):
        if len(layer.bottom_shapes) < 2:
            continue
        score, label = layer.bottom_shapes[:2]
        if score is None or label is None or layer.problem is not None:
            continue
        if layer.type == "HingeLoss":
            wrong = bool(score) and math.prod(label) != score[0]
            wanted = f"one label an item, {score[0]}" if score else ""
        else:
            name = described(layer).lower().replace("_", "")
            wrong = any(word in name for word in _ELEMENTWISE) and math.prod(score) != math.prod(label)
            wanted = "a label for each score"
        if wrong:
            yield Report(
                f"{layer.message.python_param.layer or layer.type} takes {wanted}; the scores are"
                f" {shown(score)}, the labels {shown(label)}",
                ("layer", layer.source, "bottom", 1),
                "give the two the same shape"
                if layer.type == "Python"
                else "give it a label of one number for each item",
                layer=layer.name,
                blob=layer.bottoms[1].origin.name,
            )
