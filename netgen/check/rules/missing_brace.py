"""A block that is not closed, or is closed by the wrong brace.

Each ``{`` wants its ``}``, each ``<`` its ``>``. The parser notices a missing one where a field comes that
the open block does not have, or at the end of the file; the message says where the block began.

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
      dropout_param {
        dropout_ratio: 0.5
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

CODE = "S102"
NAME = "missing-brace"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("missing-brace", "mismatched-brace")


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
