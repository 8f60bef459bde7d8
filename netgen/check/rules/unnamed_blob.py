"""A blob without a name.

Caffe takes the empty name like any other: the blob can be read by a bottom that is empty, too, and collides
with the next one. Programs that ask for a net's blobs by name find it under "".

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }

Source
------
``Net::AppendTop`` looks names up and does not look at them.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W418"
NAME = "unnamed-blob"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("unnamed",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the blob of the empty name."""
    blob = subject.graph.blob("")
    if blob is not None and blob.producer is not None and not blob.producer.is_split:
        layer = blob.producer
        yield Report(
            "a top has an empty name",
            ("layer", layer.source, "top", layer.top_names.index("")),
            'give it a name: top: "..."',
            layer=layer.name,
        )
