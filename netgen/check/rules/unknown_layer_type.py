"""A layer type that this Caffe does not have.

Caffe looks the type up in its registry, by its exact name: case counts. Types that only a fork of Caffe has
are unknown to the others; ``--schema`` says whose Caffe is meant.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "relu"
      type: "Relu"
      bottom: "data"
      top: "relu"
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "data"
      top: "relu"
    }

Source
------
Caffe's ``LayerRegistry::CreateLayer`` ("Unknown layer type").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Replace
from netgen.check.forks import known_to
from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports
from netgen.graph.upgrade.v1 import TYPES

CODE = "N103"
NAME = "unknown-layer-type"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("type",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    layers = subject.message.layer
    schema = subject.file.schema
    for report in problem_reports(subject, *KINDS):
        path = report.path
        index = path[1] if len(path) > 1 and path[0] == "layer" else None
        name = layers[index].type if isinstance(index, int) and index < len(layers) else ""
        owners = known_to(schema, layer_type=name) if name else None
        if owners is not None:
            report = report._replace(message=f"{report.message}: {owners[0]}", mend=owners[1])
        meant = [one for one in schema.layer_types if one.lower() == name.lower()]
        if not meant and TYPES.get(name):
            meant = [TYPES[name]]
            report = report._replace(
                mend=f'write type: "{meant[0]}"; {name} is its name in the old form, layers {{ }}'
            )
        if len(meant) == 1 and index is not None:
            # Nothing but the case is wrong, or the form.
            report = report._replace(fix=Fix([Replace(("layer", index, "type"), f'"{meant[0]}"')]))
        yield report
