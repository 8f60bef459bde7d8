"""A Python layer is meant as a loss and has no loss weight.

Caffe's own losses weigh 1 by themselves. A Python layer does not, whatever its class is called: its top is
a number like any other, printed with the outputs, and no gradient starts from it. The backward method is
never called, and nothing below is trained by this layer.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss"
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
      include { phase: TRAIN }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss"
      loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
      include { phase: TRAIN }
    }

Source
------
``Layer::SetLossWeights`` sets weights from ``loss_weight`` alone; the default of 1 is in
``LossLayer::LayerSetUp``, which ``PythonLayer`` does not have.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import described, is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W202"
NAME = "python-loss-without-weight"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
TRAITS = ("train",)
AFTER_FAULTS = "structure"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each Python layer of phase TRAIN that ends in the air, is called a loss, and weighs nothing."""
    if not is_training(subject):
        return
    graph = subject.graph
    alone = not any(weight for layer in graph.layers for weight in layer.loss_weights)
    for layer in graph.by_type("Python"):
        message = layer.message
        if message.loss_weight or any(blob.consumers for blob in layer.tops) or not layer.bottoms:
            continue
        names = (described(layer), layer.name, *layer.top_names)
        called = any("loss" in name.lower() for name in names)
        # Without a name that says so it may measure something; it is the loss where there is no other.
        if not called and not (alone and layer.tops):
            continue
        if not layer.tops:
            what = f"{described(layer)} has no top, so it has no loss weight either: nothing is trained by it"
            mend = 'give it a top and a weight: top: "loss" and loss_weight: 1'
        else:
            what = f"{described(layer)} has no loss_weight, and a Python layer weighs 0 without it"
            mend = "write loss_weight: 1 into the layer"
        yield Report(what, ("layer", layer.source), mend, layer=layer.name)
