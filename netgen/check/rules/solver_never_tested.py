"""Tests that are never made, or measure nothing.

Caffe tests each ``test_interval`` iterations with ``test_iter`` batches. An interval without ``test_iter``
tests nothing; a ``test_iter`` of 0 tests with no batch.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_interval: 100

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
Caffe's ``Solver::InitTestNets`` and ``Solver::Test``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import is_given, tests_of
from netgen.check.subjects import SolverSubject

CODE = "V205"
NAME = "solver-never-tested"
SEVERITY = "warning"
SCOPE = "solver"

_BATCHES = "give as many batches as hold the test data once"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    for index, batches in enumerate(solver.test_iter):
        if batches < 1:
            yield Report(
                f"test_iter is {batches}; a test takes 1 batch or more", ("test_iter", index), _BATCHES
            )
    if tests_of(solver):
        return
    if solver.test_interval < 0:
        yield Report(f"test_interval is {solver.test_interval}; it has to be 0 or more", ("test_interval",))
    elif solver.test_interval:
        shared = is_given(solver, "net") or is_given(solver, "net_param")
        yield Report(
            f"test_interval is {solver.test_interval}, and the solver has no test net: nothing is tested",
            ("test_interval",),
            "give test_iter, the batches of a test" if shared else "give test_net, and test_iter for it",
        )
