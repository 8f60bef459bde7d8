"""A parameter message of another layer type, which this layer does not read.

A LayerParameter has a place for the parameters of every layer type, and each layer reads its own. What is
written into another's is read by nobody: a ``pooling_param`` in a Convolution says something and does
nothing.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "relu" type: "ReLU" bottom: "data" top: "relu"
      prelu_param { channel_shared: true }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "relu" type: "PReLU" bottom: "data" top: "relu"
      prelu_param { channel_shared: true }
    }

Source
------
The layers' ``LayerSetUp``: which part of ``layer_param_`` each of them reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from netgen.check.edits import Fix, Remove
from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W404"
NAME = "foreign-parameter"
SEVERITY = "warning"
SCOPE = "file"

# Read, or taken for read, by more than the layers that own them.
_COMMON = frozenset({"param", "transform_param", "loss_param"})


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the parameter messages that a layer has and does not read."""
    known: dict[str, Optional[frozenset[str]]] = {}
    schema = subject.schema
    for index, layer in enumerate(subject.upgraded.message.layer):
        kind = layer.type
        if kind not in known:
            known[kind] = frozenset(schema.used_fields(kind)) if kind in schema.layer_types else None
        used = known[kind]
        if used is None:
            continue
        for field, _ in layer.ListFields():
            name = field.name
            if name in used or not name.endswith("_param") or name in _COMMON:
                continue
            path = ("layer", index, name)
            yield Report(
                f"{kind} does not read {name}: what it says is ignored",
                path,
                f"{kind} reads {' and '.join(sorted(used))}" if used else f"{kind} has no parameters",
                layer=layer.name,
                fix=Fix([Remove(path)]),
            )
