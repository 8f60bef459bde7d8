"""A field given twice that is taken once.

A field that is not repeated may stand once in its block. The parser refuses the second, even where both say
the same.

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
      dropout_param { dropout_ratio: 0.5 dropout_ratio: 0.5 }
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

CODE = "S109"
NAME = "duplicate-field"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("duplicate-field",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
