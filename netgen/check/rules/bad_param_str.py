"""A ``param_str`` that the layer's class does not take.

``param_str`` is text that only the class reads. A module can declare what its classes take in a literal
``LAYERS``, as those that come with netgen do: the keys, which of them are required, and the kinds of their
values. Where it does, a mistake shows before Caffe runs; otherwise it shows as an exception of the class's
own, or never.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param {
        module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer"
        param_str: '{"ignore_lable": 255}'
      }
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
``PythonLayer::LayerSetUp`` hands ``param_str`` to the object as it is; what it may hold is the module's to
say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.python.layers import module_of
from netgen.check.python.options import faults
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W507"
NAME = "bad-param-str"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report what the module's ``LAYERS`` does not allow in a layer's ``param_str``."""
    for layer in subject.graph.by_type("Python"):
        module = module_of(subject.file, layer)
        param = layer.message.python_param
        declared = module.declared(param.layer) if module is not None else None
        if declared is None:
            continue
        path: tuple[Any, ...] = ("layer", layer.source, "python_param")
        path = (*path, "param_str") if param.param_str else path
        for fault in faults(param.param_str, declared.get("parameters")):
            yield Report(f"{param.layer}: {fault.message}", path, fault.mend, layer=layer.name)
