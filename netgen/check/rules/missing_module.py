"""The module that a Python layer names is not where Python would look.

Caffe imports the module when it sets the layer up: from the folders in ``PYTHONPATH``, and, in a Python
script, from the script's folder. netgen looks in the python paths that it is given, in ``PYTHONPATH``,
beside the prototxt, and among the layers that come with it. It looks for the file, and never imports it.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "loss_layer_of_mine" layer: "CustomSigmoidCrossEntropyLossLayer" }
    }

Passes
------
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
    }

Source
------
``GetPythonLayer`` in Caffe's ``layer_factory.cpp`` imports the module; what fails there ends Caffe, or
comes back as an exception.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.python.layers import look, mend_of_name, start_folder
from netgen.check.python.search import Missing, from_here, is_installed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W501"
NAME = "missing-module"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each module that is found nowhere, with the PYTHONPATH that would find it."""
    start = start_folder(subject.file)
    if start is None:
        return  # a message, or text from a pipe: there is no place to look from
    for layer in subject.graph.by_type("Python"):
        param = layer.message.python_param
        found = look(subject.file, param.module) if param.module else None
        if not isinstance(found, Missing):
            continue
        if subject.options.python_paths and found.near is None and not is_installed(param.module):
            continue  # then it is certain, and an error: python-layer-fails
        mend = "put its folder into PYTHONPATH, and give it to netgen as a python path"
        if found.near is not None:
            mend = f"it lies near: run Caffe with PYTHONPATH={from_here(found.near)}"
        yield Report(
            f"there is no module {param.module!r} in the python paths, in PYTHONPATH or beside the file",
            ("layer", layer.source, "python_param", "module"),
            mend_of_name(param.module) or mend,
            layer=layer.name,
        )
