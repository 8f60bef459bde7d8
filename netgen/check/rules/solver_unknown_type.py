"""A type of solver that Caffe does not know.

Caffe makes the solver by its ``type``, one of SGD, Nesterov, AdaGrad, RMSProp, AdaDelta and Adam, written
just so. The old field ``solver_type`` says the same in capitals; a solver with both ends Caffe, even where
they say the same.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "ADAM"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "Adam"
    momentum: 0.9

Source
------
Caffe's ``SolverRegistry::CreateSolver`` and ``UpgradeSolverType``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import kind_of, known_types, unknown
from netgen.check.subjects import SolverSubject
from netgen.graph.upgrade import upgrade_solver

CODE = "V106"
NAME = "solver-unknown-type"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    for problem in upgrade_solver(solver).problems:
        yield Report(problem.message, problem.path, problem.mend)
        return
    kind, known = kind_of(solver), known_types(solver)
    if kind not in known:
        said = unknown("type", kind, known)
        yield said._replace(mend=said.mend or "leave it out for SGD")
