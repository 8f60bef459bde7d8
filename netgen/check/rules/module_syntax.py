"""The module of a Python layer is not Python.

Caffe imports the module when it sets the layer up, and Python reads all of it before it runs the first
line: a syntax error anywhere in the file ends Caffe, with little said. Code for Python 2, such as a print
without parentheses, is one to Python 3.

Fails
-----
    # in bad_layers.py:
    #     class BadLayer(caffe.Layer)      <- the colon is missing
    layer {
      name: "data" type: "Python" top: "data"
      python_param { module: "bad_layers" layer: "BadLayer" }
    }

Passes
------
    # in good_layers.py:
    #     class GoodLayer(caffe.Layer):
    layer {
      name: "data" type: "Python" top: "data"
      python_param { module: "good_layers" layer: "GoodLayer" }
    }

Source
------
``GetPythonLayer`` in Caffe's ``layer_factory.cpp`` imports the module.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.python.layers import module_of
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.errors import Site

CODE = "W502"
NAME = "module-syntax"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each module that cannot be parsed."""
    for layer in subject.graph.by_type("Python"):
        module = module_of(subject.file, layer)
        if module is not None and module.fault is not None:
            yield Report(
                f"{Site(module.path, module.fault.line)}: {module.fault.message}: Python cannot import the"
                " module",
                ("layer", layer.source, "python_param", "module"),
                "write it for Python 3, as print(...)"
                if "'print'" in module.fault.message
                else f"mend line {module.fault.line} of {module.path}",
                layer=layer.name,
            )
