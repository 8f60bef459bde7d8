"""The net holds Split layers that Caffe makes by itself.

Where several layers read a blob Caffe puts a Split in when it loads a net. ``Net::ToProto`` writes them
out, so that a prototxt made from a caffemodel has them. Caffe loads it, and its own Splits get other names;
but converters know no Split layer and stop.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer {
      name: "data_data_0_split" type: "Split" bottom: "data"
      top: "data_data_0_split_0" top: "data_data_0_split_1"
    }
    layer { name: "a" type: "ReLU" bottom: "data_data_0_split_0" top: "a" }
    layer { name: "b" type: "AbsVal" bottom: "data_data_0_split_1" top: "b" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer { name: "a" type: "ReLU" bottom: "data" top: "a" }
    layer { name: "b" type: "AbsVal" bottom: "data" top: "b" }

Source
------
``InsertSplits`` in Caffe's ``insert_splits.cpp``, which makes these names.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W306"
NAME = "generated-splits"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Split",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the first Split that has the name of a generated one."""
    made = [
        layer
        for layer in subject.graph.by_type("Split")
        if layer.top_names and all("_split_" in name for name in layer.top_names)
    ]
    if made:
        count = f"{len(made)} Split layers" if len(made) > 1 else "a Split layer"
        yield Report(
            f"the net holds {count} that Caffe puts in by itself: it was written out of a caffemodel",
            ("layer", made[0].source),
            "let the readers name the blob itself, and take the Splits out",
            layer=made[0].name,
        )
