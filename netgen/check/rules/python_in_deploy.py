"""A deploy net holds a Python layer.

It needs a Caffe that was built with Python, and the layer's module on PYTHONPATH, wherever the net goes. Of
the toolchains that take deploy nets none takes a Python layer.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer {
      name: "iou" type: "Python" bottom: "score" bottom: "score" top: "iou"
      python_param { module: "loss_layers" layer: "BinaryIoULayer" }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }

Source
------
``GetPythonLayer`` in Caffe's ``layer_factory.cpp``, which is compiled only ``WITH_PYTHON_LAYER``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import described, is_deployed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W303"
NAME = "python-in-deploy"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
TRAITS = ("deploy",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the Python layers of a deploy net."""
    if not is_deployed(subject):
        return
    for layer in subject.graph.by_type("Python"):
        if any(layer.loss_weights):
            continue  # a loss, of which another rule speaks
        yield Report(
            f"the deploy net needs Python and the module of {described(layer)} wherever it goes",
            ("layer", layer.source, "type"),
            "leave it out of the deploy net, or put Caffe's own layers in its place",
            layer=layer.name,
        )
