"""A ``dropout_ratio`` that is not from 0 to below 1.

The ratio is the share of values that a Dropout sets to 0; the others are divided by what is left. Caffe
looks at it in debug builds alone. A ratio of 1 drops everything and divides by 0; below 0 or above 1 the
factor has nothing to do with what is kept.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "drop" type: "Dropout" bottom: "data" top: "drop" dropout_param { dropout_ratio: 1 } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "drop" type: "Dropout" bottom: "data" top: "drop" dropout_param { dropout_ratio: 0.5 } }

Source
------
``DropoutLayer::LayerSetUp``, whose checks are DCHECKs.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W406"
NAME = "odd-dropout-ratio"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Dropout",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report ratios outside [0, 1)."""
    for layer in subject.graph.by_type("Dropout"):
        ratio = layer.message.dropout_param.dropout_ratio
        if not 0 <= ratio < 1:
            yield Report(
                f"a dropout_ratio is from 0 to below 1, came {ratio:g}",
                ("layer", layer.source, "dropout_param", "dropout_ratio"),
                "write the share of values to drop, such as 0.5",
                layer=layer.name,
            )
