"""The module of a Python layer has no class of the name that the layer gives.

Caffe takes the attribute ``layer`` of the module ``module``, by its exact name. A class that has been
renamed, or is spelled in another case, ends Caffe with an AttributeError that names neither the file nor
the layer.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLoss" }
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
``GetPythonLayer`` in Caffe's ``layer_factory.cpp`` takes ``module.attr(layer)`` and calls it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Replace
from netgen.check.python.layers import module_of
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.errors import listed, nearest

CODE = "W503"
NAME = "missing-class"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each class that its module neither defines nor takes from elsewhere."""
    if subject.options.python_paths:
        return  # then it is certain, and an error: python-layer-fails
    for layer in subject.graph.by_type("Python"):
        module = module_of(subject.file, layer)
        wanted = layer.message.python_param.layer
        if module is None or module.fault is not None or module.open or wanted in module.bound:
            continue
        meant = nearest(wanted, module.class_names)
        path = ("layer", layer.source, "python_param", "layer")
        if meant is not None:
            mend = f"did you mean {meant!r}?"
        elif module.class_names:
            mend = f"the classes there are {listed(module.class_names)}"
        else:
            mend = "it has no class at all: is it the right module?"
        same = meant is not None and meant.lower() == wanted.lower()
        yield Report(
            f"{module.path} has no class {wanted!r}",
            path,
            mend,
            layer=layer.name,
            fix=Fix([Replace(path, f'"{meant}"')]) if same else None,
        )
