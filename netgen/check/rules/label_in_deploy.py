"""A deploy net asks for labels.

An Input layer for labels, left from the training net, makes the net want what nobody has when it is used.
Programs that feed all inputs fail, and exported models have an input too many.

Fails
-----
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
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
``Net::Init`` takes the tops of Input layers as the net's inputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_deployed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W305"
NAME = "label-in-deploy"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Input",)
TRAITS = ("deploy",)

_LABELS = frozenset({"label", "labels", "target", "targets", "gt", "ground_truth", "groundtruth"})


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the inputs of a deploy net that are called labels."""
    if not is_deployed(subject):
        return
    for layer in subject.graph.by_type("Input"):
        for index, name in enumerate(layer.top_names):
            if name.lower() in _LABELS or name.lower().endswith("_label"):
                yield Report(
                    f"a deploy net has no labels, and its input {name!r} asks for them",
                    ("layer", layer.source, "top", index),
                    "take it out, and what reads it",
                    layer=layer.name,
                    blob=name,
                )
