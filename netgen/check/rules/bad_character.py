"""A character that may not stand there.

Outside of strings and comments a prototxt is plain ASCII. Spaces that do not break, typographic quotes and
byte order marks come with copying from web pages and with some editors.

Fails
-----
    name: “net”
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

CODE = "S113"
NAME = "bad-character"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("bad-character",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
