"""A pointer of Git LFS in place of the file.

Git LFS keeps large files elsewhere and leaves a few lines of text in their place. Where they were not
fetched, Caffe gets those lines.

Fails
-----
    version https://git-lfs.github.com/spec/v1
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
    size 12345

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

CODE = "S122"
NAME = "lfs-pointer"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("lfs-pointer",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
