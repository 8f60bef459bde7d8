"""A regularization without a weight decay.

``regularization_type`` says how weights decay, and ``weight_decay`` how much. Without that nothing decays.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    regularization_type: "L1"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    regularization_type: "L1"
    weight_decay: 0.0005

Source
------
Caffe's ``SGDSolver::Regularize``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import REGULARIZATIONS, is_given
from netgen.check.subjects import SolverSubject

CODE = "V207"
NAME = "solver-idle-regularization"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if solver.weight_decay or not is_given(solver, "regularization_type"):
        return
    known = solver.regularization_type in REGULARIZATIONS
    yield Report(
        f"regularization_type is {solver.regularization_type!r}, and there is no weight_decay: nothing decays"
        + ("" if known else f"; Caffe knows {' and '.join(REGULARIZATIONS)}"),
        ("regularization_type",),
        "give weight_decay, or leave regularization_type out",
    )
