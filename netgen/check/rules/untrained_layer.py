"""A layer has weights to learn, and no loss that they change.

Caffe goes backward through the layers between what learns and a loss. A layer off these ways keeps the
weights that its filler made, through all iterations: its branch ends in an accuracy, in nothing, or in a
loss of weight 0, or ``propagate_down: false`` stands between.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "other" type: "InnerProduct" bottom: "data" top: "other"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
    layer { name: "accuracy" type: "Accuracy" bottom: "other" bottom: "label" top: "accuracy" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
    layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy" }

Source
------
``Net::Init``, which takes layers out of backward that do not contribute to a loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training, learns, several
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W213"
NAME = "untrained-layer"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the layers of phase TRAIN that learn and need no backward, in one go."""
    graph = subject.graph
    if not is_training(subject) or graph.problems:
        return
    if not any(weight for layer in graph.layers for weight in layer.loss_weights):
        return  # another rule's
    # Layers in which values reach a loss that trains, but not by a gradient: cut by propagate_down.
    idle = [layer for layer in graph.layers if not layer.need_backward and learns(layer)]
    if not idle or not any(layer.need_backward for layer in graph.layers):
        return
    names = several([layer.name for layer in idle])
    what = "has weights" if len(idle) == 1 else "have weights"
    yield Report(
        f"{names} {what} that no loss changes: they stay as their fillers make them",
        ("layer", idle[0].source),
        "lead its branch to a loss, give it lr_mult: 0, or leave it out of phase TRAIN",
        layer=idle[0].name,
    )
