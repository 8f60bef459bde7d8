"""A Python loss goes backward without its top's diff, which holds the loss weight.

Caffe writes ``loss_weight`` into ``top[0].diff`` before it goes backward, and each of its own losses
multiplies its gradient with it. A backward method that never reads it trains with weight 1, whatever
``loss_weight`` says: with several losses the balance between them is lost.

Fails
-----
    # in layers_of_mine.py:
    #     class PlainLossLayer(caffe.Layer):
    #         def backward(self, top, propagate_down, bottom):
    #             bottom[0].diff[...] = self.diff / bottom[0].num
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "layers_of_mine" layer: "PlainLossLayer" }
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
``Layer::SetLossWeights`` fills the top's diff with the weight; ``EuclideanLossLayer::Backward_cpu`` and the
others read it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Union

from netgen.check.facts import python_losses
from netgen.check.python.layers import class_of
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.errors import Site

CODE = "W506"
NAME = "loss-ignores-diff"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the losses whose backward method writes a gradient and does not read ``top``."""
    for layer in python_losses(subject.graph):
        module, source = class_of(subject.file, layer)
        method = source.methods.get("backward") if source is not None else None
        if module is None or method is None or not _writes_gradient(method) or _reads_top(method):
            continue
        weights = [weight for weight in layer.loss_weights if weight]
        plain = weights == [1.0]
        without = f"makes loss_weight: {weights[0]:g} do nothing"
        effect = "is right for the weight 1 alone" if plain else without
        yield Report(
            f"{Site(module.path, method.lineno)}: {layer.message.python_param.layer}.backward does not read"
            f" top[0].diff, which {effect}",
            ("layer", layer.source, "python_param", "layer"),
            "multiply the gradient with top[0].diff",
            layer=layer.name,
        )


Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def _argument(method: Function, index: int) -> str:
    names = [argument.arg for argument in (*method.args.posonlyargs, *method.args.args)]
    return names[index] if index < len(names) else ""


def _writes_gradient(method: Function) -> bool:
    """Whether the method writes a bottom's diff, or hands the bottoms on to what may."""
    bottom = _argument(method, 3)
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and node.attr in ("diff", "gpu_diff"):
            return True
        if isinstance(node, ast.Call) and any(
            isinstance(argument, ast.Name) and argument.id == bottom for argument in node.args
        ):
            return True
    return False


def _reads_top(method: Function) -> bool:
    """Whether the method uses its first argument for more than its data or its shape."""
    top = _argument(method, 1)
    if not top:
        return True
    harmless: set[int] = set()
    used = False
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Attribute)
            and node.attr not in ("diff", "gpu_diff")
            and isinstance(node.value, ast.Subscript)
            and isinstance(node.value.value, ast.Name)
        ):
            harmless.add(id(node.value.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
            harmless.update(id(argument) for argument in node.args)
        if isinstance(node, ast.Name) and node.id == top and id(node) not in harmless:
            used = True
    return used
