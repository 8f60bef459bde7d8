"""A training that shows nothing.

Caffe shows the loss each ``display`` iterations. Without it there is nothing to see of a training but its
tests.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
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
Caffe's ``Solver::Step``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import tests_of
from netgen.check.subjects import SolverSubject

CODE = "V209"
NAME = "solver-shows-nothing"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if not solver.display and solver.max_iter and not tests_of(solver):
        yield Report(
            "the solver has no display, and no tests: Caffe shows no loss",
            ("display",),
            "give display: 20, the iterations from one line to the next",
        )
