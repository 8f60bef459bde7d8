"""A loss has the weight 0, so that it trains nothing.

With ``loss_weight: 0`` Caffe computes and prints the loss, and goes no step backward from it. That is a way
to watch a loss; where it was switched off for a test, nothing else says that it still is.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
      loss_weight: 0
      include { phase: TRAIN }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
      loss_weight: 0.4
      include { phase: TRAIN }
    }

Source
------
``Layer::SetLossWeights`` passes over tops whose weight is 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import described, is_loss, is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W203"
NAME = "zero-loss-weight"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each loss of phase TRAIN whose weights are all written, and all 0."""
    if not is_training(subject):
        return
    for layer in subject.graph.layers:
        if any(layer.loss_weights) or not layer.tops:
            continue
        called = is_loss(described(layer) if layer.type == "Python" else layer.type)
        # A top that others read has its weight elsewhere: in what is made of it.
        if not called or not layer.message.loss_weight or any(blob.consumers for blob in layer.tops):
            continue
        yield Report(
            "the loss has the weight 0: it is computed and printed, and trains nothing",
            ("layer", layer.source, "loss_weight", 0),
            "give it a weight, or leave the layer out of phase TRAIN",
            layer=layer.name,
        )
