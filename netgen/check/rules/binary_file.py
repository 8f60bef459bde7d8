"""A binary file, or text in an encoding that is none of Caffe's.

A caffemodel holds a net in protobuf's binary form, an editor may save text as UTF-16: Caffe's parser wants
plain text.

Fails
-----
    %PDF-1.4

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

CODE = "S124"
NAME = "binary-file"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("binary", "utf-16")


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
