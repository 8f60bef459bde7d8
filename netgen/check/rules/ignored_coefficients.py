"""An Eltwise with coefficients that it does not read.

``coeff`` weighs the bottoms of a sum. A maximum takes the largest as it is, whatever ``coeff`` says. (With
a product Caffe refuses it.)

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "most" type: "Eltwise" bottom: "data" bottom: "data" top: "most"
      eltwise_param { operation: MAX coeff: 1 coeff: -1 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "sum" type: "Eltwise" bottom: "data" bottom: "data" top: "sum"
      eltwise_param { operation: SUM coeff: 1 coeff: -1 }
    }

Source
------
``EltwiseLayer::Forward_cpu``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W421"
NAME = "ignored-coefficients"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Eltwise",)
AFTER_FAULTS = "layer"

_MAX = 2


def check(subject: NetSubject) -> Iterator[Report]:
    """Report coefficients of maxima."""
    for layer in subject.graph.by_type("Eltwise"):
        param = layer.message.eltwise_param
        if param.operation == _MAX and param.coeff:
            yield Report(
                "a maximum does not read coeff",
                ("layer", layer.source, "eltwise_param", "coeff", 0),
                "take coeff out, or write operation: SUM",
                layer=layer.name,
            )
