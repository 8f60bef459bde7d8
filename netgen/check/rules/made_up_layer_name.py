"""Layers with weights have the names that NetSpec makes up.

A script that assigns layers to nothing (``L.Convolution(L.Convolution(net.data, ...), ...)``) leaves their
names to NetSpec, which counts: Convolution1, Convolution2. A layer more or less, or a deploy net written by
other code, shifts the numbers, and a caffemodel's weights then go into other layers than they were trained
in, without a word where the shapes agree. Said once for a net.

Fails
-----
    # train.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "InnerProduct1" type: "InnerProduct" bottom: "data" top: "InnerProduct1"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "InnerProduct1" bottom: "label" top: "loss" }

Passes
------
    # train.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Source
------
``_to_proto`` and ``_get_name`` in pycaffe's ``net_spec.py``; ``Net::CopyTrainedLayersFrom``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training, learns, several
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W323"
NAME = "made-up-layer-name"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the made-up names of a training net's layers that learn, in one go."""
    if subject.role != "train" or not is_training(subject):
        return
    made_up = [
        layer
        for layer in subject.graph.layers
        if layer.name.startswith(layer.type) and layer.name[len(layer.type) :].isdecimal() and learns(layer)
    ]
    if made_up:
        names = several([layer.name for layer in made_up])
        yield Report(
            f"weights are saved and loaded by names, and NetSpec made these up, by counting: {names}",
            ("layer", made_up[0].source, "name"),
            "assign the layer to the net, as net.conv1 = L.Convolution(...), or give name=",
            layer=made_up[0].name,
        )
