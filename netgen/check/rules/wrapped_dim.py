"""A dimension larger than Caffe can hold, of which it takes a part.

``dim`` has 64 bits in the schema and 32 in a blob: 4294967297 is read as 1, and Caffe goes on with that.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4294967297 dim: 3 } } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }

Source
------
``Blob::Reshape`` copies a BlobShape into a vector of int.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W423"
NAME = "wrapped-dim"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("DummyData", "Input", "Parameter", "Reshape")
AFTER_FAULTS = "layer"

_FIELDS = {
    "DummyData": "dummy_data_param",
    "Input": "input_param",
    "Parameter": "parameter_param",
    "Reshape": "reshape_param",
}


def check(subject: NetSubject) -> Iterator[Report]:
    """Report dimensions of more than 31 bits."""
    for layer in subject.graph.by_type(*TYPES):
        field = _FIELDS[layer.type]
        shapes = getattr(layer.message, field).shape
        single = field in ("reshape_param", "parameter_param")
        for number, shape in enumerate([shapes] if single else shapes):
            for index, dim in enumerate(shape.dim):
                if not -(2**31) <= dim < 2**31:
                    place = ("shape",) if single else ("shape", number)
                    yield Report(
                        f"a dimension of {dim} is {(dim + 2**31) % 2**32 - 2**31} to Caffe",
                        ("layer", layer.source, field, *place, "dim", index),
                        "write the dimension that is meant",
                        layer=layer.name,
                    )
