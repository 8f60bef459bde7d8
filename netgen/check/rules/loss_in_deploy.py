"""A deploy net computes a loss or an accuracy.

A deploy net is fed with data that nobody has labelled. A loss or an accuracy in it wants labels: the net
has an input more than it needs, or cannot be fed at all, and the toolchains that take deploy nets know no
losses.

Fails
-----
    # deploy.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 dim: 1 dim: 6 dim: 6 } } }
    layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy" }

Passes
------
    # deploy.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }

Source
------
Caffe loads such a net as it is; what a deploy net holds is a convention.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_deployed, is_loss
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W301"
NAME = "loss-in-deploy"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("deploy",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the losses and accuracies that a deploy net has in phase TEST."""
    if not is_deployed(subject):
        return
    for layer in subject.graph.layers:
        if layer.type == "Accuracy" or is_loss(layer.type) or any(layer.loss_weights):
            mend = "leave it out: a deploy net gives scores or probabilities"
            if layer.type == "SoftmaxWithLoss":
                mend = "put a Softmax layer in its place"
            elif layer.type == "SigmoidCrossEntropyLoss":
                mend = "put a Sigmoid layer in its place"
            yield Report(
                f"a deploy net has no labels, and {layer.type} wants some",
                ("layer", layer.source),
                mend,
                layer=layer.name,
            )
