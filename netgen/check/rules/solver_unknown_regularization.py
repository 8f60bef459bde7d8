"""A regularization that Caffe does not know.

Caffe knows ``L1`` and ``L2``. It looks at the word when it has the first weight to decay, and ends there;
where ``weight_decay`` is 0 it never looks.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    weight_decay: 0.0005
    regularization_type: "l2"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    weight_decay: 0.0005
    regularization_type: "L2"

Source
------
Caffe's ``SGDSolver::Regularize``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import REGULARIZATIONS, unknown
from netgen.check.subjects import SolverSubject

CODE = "V111"
NAME = "solver-unknown-regularization"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if solver.weight_decay and solver.regularization_type not in REGULARIZATIONS:
        said = unknown("regularization_type", solver.regularization_type, REGULARIZATIONS)
        yield said._replace(mend=said.mend or "leave it out for L2")
