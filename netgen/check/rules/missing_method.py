"""A Python layer lacks a method that Caffe calls, or takes other arguments than Caffe gives.

Caffe calls ``setup(bottom, top)`` and ``reshape(bottom, top)`` when it sets the layer up, ``forward(bottom,
top)`` in each pass, and ``backward(top, propagate_down, bottom)`` where a gradient goes through the layer.
``caffe.Layer`` has none of the four: one that is missing ends Caffe with an AttributeError when it is
called, which for backward is at the first training step. A class that is not made of ``caffe.Layer`` at all
cannot be used.

Fails
-----
    # in layers_of_mine.py, without reshape:
    #     class NoReshape(caffe.Layer):
    #         def setup(self, bottom, top): ...
    #         def forward(self, bottom, top): ...
    #         def backward(self, top, propagate_down, bottom): ...
    layer {
      name: "data" type: "Python" top: "data"
      python_param { module: "layers_of_mine" layer: "NoReshape" }
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
``PythonLayer`` in Caffe's ``python_layer.hpp``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Union

from netgen.check.facts import is_loss
from netgen.check.python.layers import class_of
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W504"
NAME = "missing-method"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"

_METHODS = {
    "setup": ("bottom", "top"),
    "reshape": ("bottom", "top"),
    "forward": ("bottom", "top"),
    "backward": ("top", "propagate_down", "bottom"),
}


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the methods that a class lacks, and those that cannot be called as Caffe does."""
    for layer in subject.graph.by_type("Python"):
        module, source = class_of(subject.file, layer)
        if module is None or source is None or not source.whole:
            continue
        if not source.is_layer:
            yield Report(
                f"class {source.name} in {module.path} is not made of caffe.Layer: Caffe cannot use it",
                ("layer", layer.source, "python_param", "layer"),
                f"write: class {source.name}(caffe.Layer)",
                layer=layer.name,
            )
        learns = layer.need_backward or is_loss(source.name)
        missing = [
            f"{name}({', '.join(('self', *arguments))})"
            for name, arguments in _METHODS.items()
            if name not in source.methods and name not in source.assigned and (name != "backward" or learns)
        ]
        path = ("layer", layer.source, "python_param", "layer")
        if missing:
            them = "it" if len(missing) == 1 else "them"
            yield Report(
                f"class {source.name} in {module.path} has no {' and no '.join(missing)}",
                path,
                f"define {them}; where there is nothing to do: pass",
                layer=layer.name,
            )
        for name, arguments in _METHODS.items():
            method = source.methods.get(name)
            if method is not None and not _takes(method, len(arguments) + 1):
                yield Report(
                    f"{module.path}:{method.lineno}: {source.name}.{name} cannot be called with"
                    f" ({', '.join(arguments)}), as Caffe does",
                    path,
                    f"write: def {name}({', '.join(('self', *arguments))})",
                    layer=layer.name,
                )


def _takes(method: Union[ast.FunctionDef, ast.AsyncFunctionDef], count: int) -> bool:
    """Whether a method can be called with so many arguments, self counted."""
    if method.decorator_list:
        return True
    named = len(method.args.posonlyargs) + len(method.args.args)
    needed = named - len(method.args.defaults)
    return needed <= count and (method.args.vararg is not None or count <= named)
