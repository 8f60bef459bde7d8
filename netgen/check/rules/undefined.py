"""A net on which Caffe reads what is not its own.

Where something is missing that Caffe does not check for, it reads behind the end of an array. What comes then
is luck, and nearly always the end of the process.

Fails
-----
    name: "net"
    input: "data"
    input: "mask"
    input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }

Passes
------
    name: "net"
    input: "data"
    input: "mask"
    input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
    input_shape { dim: 1 dim: 1 dim: 8 dim: 8 }

Source
------
The place in Caffe that the message names, such as ``UpgradeNetInput``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L114"
NAME = "undefined"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("undefined",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
