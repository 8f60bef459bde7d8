"""A web page in place of the file.

A link to a page that shows a file, on GitHub for instance, gives that page when it is downloaded, not the
file.

Fails
-----
    <!DOCTYPE html>
    <html>
    <head><title>deploy.prototxt</title></head>
    </html>

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

CODE = "S123"
NAME = "web-page"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("html",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
