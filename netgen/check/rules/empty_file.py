"""A file that holds nothing.

Caffe takes an empty file for a net without layers, loads it, and does nothing with it. A file of comments
alone is as empty.

Fails
-----
    # nothing but this

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
Protobuf's ``TextFormat::Parser``: an empty text is a message without fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report

CODE = "S121"
NAME = "empty-file"
SEVERITY = "warning"
SCOPE = "file"
KINDS = ("empty",)


def check(_subject: Any) -> Iterator[Report]:
    yield Report("the file is empty", mend="write a net, or remove the file")
