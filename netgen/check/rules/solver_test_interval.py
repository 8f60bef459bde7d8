"""Test nets, and no ``test_interval``.

A solver with test nets wants to know after how many iterations to test: Caffe ends where ``test_interval`` is
not more than 0, which it is where it is not given.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100

Source
------
Caffe's ``Solver::InitTestNets``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import is_given, tests_of
from netgen.check.subjects import SolverSubject

CODE = "V105"
NAME = "solver-test-interval"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if tests_of(solver) and solver.test_interval < 1:
        given = is_given(solver, "test_interval")
        yield Report(
            f"test_interval is {solver.test_interval}, and Caffe wants more than 0 with test nets",
            ("test_interval",) if given else ("test_iter", 0) if solver.test_iter else (),
            "give test_interval, the iterations from one test to the next; or leave the test nets out",
        )
