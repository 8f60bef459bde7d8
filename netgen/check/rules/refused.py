"""What Caffe refuses for a reason that has no rule of its own.

Each kind of mistake that netgen knows has a code of its own; this one says those that have none.

Fails
-----
No file should.

Passes
------
Any file that Caffe takes.

Source
------
The place in Caffe that the message names.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L199"
NAME = "refused"
SEVERITY = "error"
SCOPE = "rest"


def check(subject: tuple[NetSubject, tuple[str, ...]]) -> Iterator[Report]:
    net, kinds = subject
    return problem_reports(net, *kinds)
