"""A string that is not closed, or holds an escape that does not exist.

A string ends in the line in which it begins, with the quote it began with. Behind a backslash only certain
letters may stand; a backslash itself is written twice.

Fails
-----
    name: "net

    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Passes
------
    name: "net"

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

CODE = "S111"
NAME = "bad-string"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("bad-string",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
