"""A Python layer with other bottoms or tops than its class takes.

Caffe lets a Python layer have any number of bottoms and tops; the class counts them, or does not. A module
can declare them in a literal ``LAYERS``, as those that come with netgen do.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" top: "loss" loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
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
``PythonLayer`` sets no counts; the classes of netgen's own modules raise ValueError in ``setup``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.python.layers import module_of
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W508"
NAME = "python-blob-count"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers whose blobs are not as many as the module's ``LAYERS`` says."""
    for layer in subject.graph.by_type("Python"):
        module = module_of(subject.file, layer)
        name = layer.message.python_param.layer
        declared = module.declared(name) if module is not None else None
        if declared is None:
            continue
        bottoms, tops = declared.get("bottoms"), declared.get("tops")
        if isinstance(bottoms, list):
            needed = declared.get("bottoms_needed", len(bottoms))
            if not needed <= len(layer.bottoms) <= len(bottoms):
                wanted = f"{needed} to {len(bottoms)}" if needed < len(bottoms) else str(needed)
                yield Report(
                    f"{name} takes {wanted} bottoms, came {len(layer.bottoms)}",
                    ("layer", layer.source),
                    f"its bottoms are {', '.join(bottoms)}" if bottoms else "it makes its data itself",
                    layer=layer.name,
                )
        if isinstance(tops, list) and len(layer.tops) != len(tops):
            yield Report(
                f"{name} gives {len(tops)} tops, came {len(layer.tops)}",
                ("layer", layer.source),
                f"its tops are {', '.join(tops)}",
                layer=layer.name,
            )
