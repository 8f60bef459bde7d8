"""An Input layer without a shape.

Caffe takes it: the blob has no axes and holds one number. Most layers refuse such a bottom; where one does
not, a program must reshape the blob and the net before it can put data in.

Fails
-----
    layer { name: "data" type: "Input" top: "data" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }

Source
------
``InputLayer::LayerSetUp`` reshapes a top only where there is a shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W422"
NAME = "shapeless-input"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Input",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report inputs without a shape."""
    for layer in subject.graph.by_type("Input"):
        if layer.tops and not any(shape.dim for shape in layer.message.input_param.shape):
            yield Report(
                f"the input {layer.top_names[0]!r} has no shape: it is a single number",
                ("layer", layer.source),
                "write input_param { shape { dim: ... } }",
                layer=layer.name,
                blob=layer.top_names[0],
            )
