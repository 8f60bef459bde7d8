"""An ``rms_decay`` outside of 0 to 1.

RMSProp keeps a mean of squares in which the past has the share ``rms_decay``. Caffe ends where it is less
than 0, or 1 or more.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "RMSProp"
    rms_decay: 1

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "RMSProp"
    rms_decay: 0.98

Source
------
``constructor_sanity_check`` of Caffe's ``RMSPropSolver``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import kind_of
from netgen.check.subjects import SolverSubject

CODE = "V108"
NAME = "solver-rms-decay"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    decay = solver.rms_decay
    if kind_of(solver) == "RMSProp" and not 0 <= decay < 1:
        what = "0 or more" if decay < 0 else "less than 1"
        yield Report(f"rms_decay is {decay:g}; it has to be {what}", ("rms_decay",), "0.98 is usual")
