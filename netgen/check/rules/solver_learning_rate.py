"""A learning rate that teaches nothing.

``base_lr`` times what the policy makes of it is how far each step goes. Caffe takes 0 where it is not given,
and nothing is learned; a negative one climbs the loss, and one that is not a number spoils every weight at
the first step.

Fails
-----
    net: "train.prototxt"
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"

Source
------
Caffe's ``SGDSolver::GetLearningRate``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import POLICIES, is_given
from netgen.check.subjects import SolverSubject

CODE = "V201"
NAME = "solver-learning-rate"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    rate = solver.base_lr
    if solver.lr_policy not in POLICIES:
        return  # a fork's policy may have rates of its own
    if not is_given(solver, "base_lr"):
        yield Report(
            "the solver has no base_lr: nothing is learned", (), "give base_lr: 0.01, or what suits the net"
        )
    elif not math.isfinite(rate):
        yield Report(
            f"base_lr is {rate}; it has to be a finite number", ("base_lr",), "0.01 is a usual start"
        )
    elif rate < 0:
        yield Report(
            f"base_lr is {rate:g}; it has to be 0 or more", ("base_lr",), "a negative one climbs the loss"
        )
