"""What the parser refuses for a reason that has no rule of its own.

Each kind of mistake in the text that netgen knows has a code of its own; this one says those that have none.

Fails
-----
No file should.

Passes
------
Any file that Caffe reads.

Source
------
Protobuf's ``TextFormat::Parser``, with which Caffe reads its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report

CODE = "S199"
NAME = "unreadable"
SEVERITY = "error"
SCOPE = "rest-of-faults"


def check(subject: tuple[Any, tuple[str, ...]]) -> Iterator[Report]:
    file, kinds = subject
    for fault in file.faults(*kinds):
        yield Report(fault.message, mend=fault.mend, fault=fault)
