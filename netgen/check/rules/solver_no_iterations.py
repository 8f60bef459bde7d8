"""A training of no iterations.

Without ``max_iter`` Caffe's own program takes no step, and saves the weights as they were drawn. (A program
that takes steps by itself needs none; netgen says nothing where a solver is plainly for one, with neither
``max_iter`` nor ``snapshot``.)

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
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
Caffe's ``Solver::Solve``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import is_given
from netgen.check.subjects import SolverSubject

CODE = "V202"
NAME = "solver-no-iterations"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if not is_given(solver, "max_iter"):
        if solver.snapshot:
            yield Report(
                "the solver has no max_iter: caffe train takes no step, and saves what has learned nothing",
                (),
                "give max_iter, the number of steps",
            )
    elif solver.max_iter < 0:
        yield Report(f"max_iter is {solver.max_iter}; it has to be 0 or more", ("max_iter",))
