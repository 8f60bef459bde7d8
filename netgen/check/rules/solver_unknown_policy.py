"""A policy for the learning rate that Caffe does not know.

Caffe looks at ``lr_policy`` when it takes its first step, and ends there where it is missing or unknown:
after the nets are made, and after the first test.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "multi_step"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "multistep"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    stepvalue: 500
    stepvalue: 800
    gamma: 0.1

Source
------
Caffe's ``SGDSolver::GetLearningRate``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import known_policies, unknown
from netgen.check.subjects import SolverSubject
from netgen.errors import listed

CODE = "V109"
NAME = "solver-unknown-policy"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    policy, known = subject.message.lr_policy, known_policies(subject.message)
    if policy in known:
        return
    if policy:
        yield unknown("lr_policy", policy, known)
    else:
        yield Report("the solver has no lr_policy", ("lr_policy",), f"give one of {listed(known)}")
