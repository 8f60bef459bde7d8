"""A Python layer has a ``loss_param``, which nobody reads.

``normalization`` and ``ignore_label`` are options of Caffe's own losses. Of the layer's message a Python
layer gets ``python_param.param_str`` alone, so that a ``loss_param`` beside it says something and does
nothing.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
      loss_param { ignore_label: 255 }
    }

Passes
------
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param {
        module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer"
        param_str: '{"ignore_label": 255}'
      }
    }

Source
------
``PythonLayer::LayerSetUp`` hands ``param_str`` and the phase to the Python object.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Remove
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W205"
NAME = "ignored-loss-param"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each ``loss_param`` of a Python layer."""
    for layer in subject.graph.by_type("Python"):
        if layer.message.HasField("loss_param"):
            path = ("layer", layer.source, "loss_param")
            yield Report(
                "a Python layer does not read loss_param: what it says is ignored",
                path,
                "say it in python_param.param_str, in the form that the layer's class reads",
                layer=layer.name,
                fix=Fix([Remove(path)]),
            )
