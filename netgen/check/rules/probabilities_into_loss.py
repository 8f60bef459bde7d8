"""A loss that computes its own probabilities gets probabilities.

SoftmaxWithLoss and InfogainLoss take scores and put a softmax on them; SigmoidCrossEntropyLoss puts a
sigmoid on them. After a Softmax or Sigmoid layer they work on numbers between 0 and 1: the loss never gets
small, gradients are flat, and training crawls. MultinomialLogisticLoss is the other way round: it takes the
logarithm of what it gets, which must be probabilities.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "prob" bottom: "label" top: "loss" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Source
------
``SoftmaxWithLossLayer``, ``InfogainLossLayer`` and ``SigmoidCrossEntropyLossLayer`` hold a Softmax or a
Sigmoid layer of their own; ``MultinomialLogisticLossLayer::Forward_cpu`` has the logarithm alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import described, producer
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W206"
NAME = "probabilities-into-loss"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("SoftmaxWithLoss", "InfogainLoss", "SigmoidCrossEntropyLoss", "MultinomialLogisticLoss", "Python")
AFTER_FAULTS = "layer"

_ACTIVATIONS = ("Softmax", "Sigmoid")
_OWN = {
    "InfogainLoss": "softmax",
    "SigmoidCrossEntropyLoss": "sigmoid",
    "SoftmaxWithLoss": "softmax",
}
_SCORES = ("InnerProduct", "Convolution")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report losses of scores that get probabilities, and the one of probabilities that gets scores."""
    graph = subject.graph
    for layer in graph.by_type(*TYPES):
        before = producer(layer, 0)
        if before is None:
            continue
        own = _OWN.get(layer.type, "")
        if layer.type == "Python" and "sigmoidcrossentropy" in described(layer).lower().replace("_", ""):
            own = "sigmoid"
        name = layer.bottoms[0].origin.name
        if own and before.type in _ACTIVATIONS:
            yield Report(
                f"the loss takes scores and puts a {own} on them itself; {name!r} is what the {before.type}"
                f" layer {before.name!r} gives",
                ("layer", layer.source, "bottom", 0),
                f"give it the bottom of {before.name!r}, the scores, instead",
                layer=layer.name,
                blob=name,
            )
        elif layer.type == "MultinomialLogisticLoss" and before.type in _SCORES:
            yield Report(
                f"the loss takes probabilities; {name!r} is the {before.type} layer's scores",
                ("layer", layer.source, "bottom", 0),
                "use SoftmaxWithLoss, which takes scores",
                layer=layer.name,
                blob=name,
            )
