"""A layer with weights has no name.

Weights are saved and loaded by their layer's name. Caffe gives what a file has for the name "" to the first
layer without a name; where there are several, the others keep what their fillers made.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer { type: "InnerProduct" bottom: "data" top: "score" inner_product_param { num_output: 2 } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 2 }
    }

Source
------
``Net::CopyTrainedLayersFrom``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W321"
NAME = "unnamed-layer"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("unnamed",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers with parameters and without a name."""
    for layer in subject.graph.layers:
        if not layer.name and layer.params and not layer.is_split:
            yield Report(
                "a layer with weights has no name: they are saved and loaded by it",
                ("layer", layer.source),
                'give it a name of its own: name: "..."',
            )
