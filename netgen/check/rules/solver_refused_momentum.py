"""Momentum for a solver that takes none.

AdaGrad and RMSProp have no momentum in Caffe, which ends over one that is not 0.

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
    rms_decay: 0.98
    momentum: 0.9

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
``constructor_sanity_check`` of Caffe's ``AdaGradSolver`` and ``RMSPropSolver``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import kind_of, without_momentum
from netgen.check.subjects import SolverSubject

CODE = "V107"
NAME = "solver-refused-momentum"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if without_momentum(solver) and solver.momentum:
        yield Report(
            f"momentum is {solver.momentum:g}, and Caffe takes none with {kind_of(solver)}",
            ("momentum",),
            "leave momentum out, or take Adam or SGD",
        )
