"""A layer gives a blob without a single value.

Caffe takes dimensions of 0: from a pooling that leaves nothing, a slice at the end of an axis, an Input of
that shape. What is computed from such a blob is empty or undefined, and an accuracy or loss on it divides
by 0.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "slice" type: "Slice" bottom: "data" top: "a" top: "b"
      slice_param { axis: 1 slice_point: 3 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "slice" type: "Slice" bottom: "data" top: "a" top: "b"
      slice_param { axis: 1 slice_point: 2 }
    }

Source
------
``Blob::Reshape`` takes any dimension that is not negative.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.shape import shown

CODE = "W408"
NAME = "empty-blob"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("empty-blob",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the layers that make an empty blob of bottoms that are not."""
    for layer in subject.graph.layers:
        for index, shape in enumerate(layer.top_shapes):
            if shape and 0 in shape:
                if any(bottom and 0 in bottom for bottom in layer.bottom_shapes):
                    break
                yield Report(
                    f"{layer.top_names[index]!r} is {shown(shape)}: it has no values",
                    ("layer", layer.source, "top", index),
                    "look at the sizes that lead here",
                    layer=layer.name,
                    blob=layer.top_names[index],
                )
                break
