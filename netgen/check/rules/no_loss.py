"""A net of phase TRAIN has no loss, so that nothing in it is trained.

Caffe goes backward from the tops that have a loss weight. Where no top has one, no layer needs backward:
the solver runs its iterations, prints its lines, and leaves every weight as its filler made it. Losses have
a weight of 1 by themselves; a layer of another type has one only where ``loss_weight`` says so.

Fails
-----
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 2 channels: 3 height: 1 width: 1 }
    }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 2 }
    }
    layer {
      name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy"
      include { phase: TEST }
    }

Passes
------
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 2 channels: 3 height: 1 width: 1 }
    }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 2 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Source
------
``Net::Init`` finds the blobs under the loss from the tops' loss weights, which ``Layer::SetLossWeights``
and ``LossLayer::LayerSetUp`` set.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_fed, is_training, learns
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W201"
NAME = "no-loss"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report a net that a solver would train, and that has no loss."""
    graph = subject.graph
    if subject.role != "train" or not is_training(subject) or graph.problems or not is_fed(subject):
        return
    for layer in graph.layers:
        if any(layer.loss_weights) or layer.params is None or layer.type == "Python":
            return  # a loss; or a layer of which too little is known
    if any(learns(layer) for layer in graph.layers):
        yield Report(
            "the net of phase TRAIN has no loss: a solver would leave every weight as it is",
            mend="add a loss, or rename the file if nothing is to be trained from it",
        )
