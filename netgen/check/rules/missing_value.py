"""A field without its value.

A value has to follow the field's colon.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "drop"
      type: "Dropout"
      bottom: "data"
      top: "drop"
      dropout_param { dropout_ratio: }
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "drop"
      type: "Dropout"
      bottom: "data"
      top: "drop"
      dropout_param { dropout_ratio: 0.5 }
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

CODE = "S105"
NAME = "missing-value"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("missing-value",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
