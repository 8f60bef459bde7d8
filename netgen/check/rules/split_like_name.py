"""A blob with a name of the kind that Caffe gives to the copies it makes.

Where several layers read a blob, Caffe puts a Split in whose tops are called
``<blob>_<layer>_<top>_split_<n>``. A blob of that name in the file can be taken for one: the two collide,
and one of them is read in the other's place.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "data_data_0_split_1" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }

Source
------
``SplitBlobName`` in Caffe's ``insert_splits.cpp``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W417"
NAME = "split-like-name"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("split-name",)
AFTER_FAULTS = "layer"

_MADE = re.compile(r".*_\d+_split_\d+$", re.DOTALL)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report tops of the file's own layers, Splits left out, that are called like a Split's."""
    for blob in subject.graph.blobs:
        name = blob.name
        if "_split_" not in name or not _MADE.match(name):
            continue
        layer = blob.producer
        if layer is None or layer.type == "Split":
            continue
        yield Report(
            f"{name!r} is a name that Caffe gives to the copies of a blob: it may be taken for one",
            ("layer", layer.source, "top", layer.top_names.index(name)),
            "give the blob another name",
            layer=layer.name,
            blob=name,
        )
