"""No layer below a loss has anything to learn.

A loss whose bottoms come from data alone, or from layers whose ``lr_mult`` is 0 throughout, or that is cut
off by ``propagate_down: false``, is computed in each iteration, and changes no weight.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      param { lr_mult: 0 }
      param { lr_mult: 0 }
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
      include { phase: TRAIN }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      param { lr_mult: 1 }
      param { lr_mult: 2 }
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
      include { phase: TRAIN }
    }

Source
------
``Net::Init`` lets a layer need backward where a parameter of it has a learning rate, or where a bottom
needs backward.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W204"
NAME = "loss-trains-nothing"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each layer with a loss weight that hands no gradient down."""
    graph = subject.graph
    if not is_training(subject) or graph.problems or not any(layer.params for layer in graph.layers):
        return
    for layer in graph.layers:
        if any(layer.loss_weights) and layer.bottoms and not any(layer.bottom_need_backward):
            if any(other.params is None for other in graph.layers[: layer.index]):
                return  # whether those learn is not known
            yield Report(
                "nothing below the loss learns: its bottoms come from data or from layers with lr_mult: 0, or"
                " propagate_down cuts it off",
                ("layer", layer.source),
                "give a layer below it a lr_mult above 0, or take the loss out",
                layer=layer.name,
            )
