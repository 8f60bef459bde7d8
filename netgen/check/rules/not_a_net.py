"""A file that is neither a net nor a solver.

Label maps and other files are called prototxt as well. Found in a folder they are passed over; given by name
they are refused, as Caffe would.

Fails
-----
    item {
      name: "background"
      label: 0
      display_name: "background"
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Source
------
Protobuf's ``TextFormat::Parser``, with which Caffe reads its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import fault_reports

CODE = "S127"
NAME = "not-a-net"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("label-map", "json")


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
