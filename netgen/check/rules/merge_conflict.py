"""A merge that was left unfinished.

Git writes both versions into a file where they meet in conflict, between lines of ``<<<<<<<`` and
``>>>>>>>``.

Fails
-----
    name: "net"
    <<<<<<< HEAD
    force_backward: true
    =======
    force_backward: false
    >>>>>>> other

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

CODE = "S125"
NAME = "merge-conflict"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("merge-conflict",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
