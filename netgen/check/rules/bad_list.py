"""A list that is not written as one.

The values of a repeated field may stand in square brackets, with commas between them and none behind the
last.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: [1, 3, 8 8] } }
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: [1, 3, 8, 8] } }
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

CODE = "S110"
NAME = "bad-list"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("bad-list",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
