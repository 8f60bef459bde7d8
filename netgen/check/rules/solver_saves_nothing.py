"""A training that saves nothing, or nothing before its end.

Caffe saves the weights each ``snapshot`` iterations, and once more at the end unless ``snapshot_after_train``
is false. Without ``snapshot`` a training that is killed has lost all; with ``snapshot_after_train: false``
nothing is ever saved.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot_after_train: false

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
Caffe's ``Solver::Step`` and ``Solver::Solve``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import SolverSubject

CODE = "V210"
NAME = "solver-saves-nothing"
SEVERITY = "warning"
SCOPE = "solver"


#: From so many iterations on a training is worth saving before its end.
LONG = 10_000


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if solver.max_iter < 1 or 0 < solver.snapshot <= solver.max_iter:
        return
    snapshot = "snapshot is beyond max_iter" if solver.snapshot else "the solver has no snapshot"
    path = ("snapshot",) if solver.snapshot else ()
    if not solver.snapshot_after_train:
        yield Report(
            f"{snapshot}, and snapshot_after_train is false: what is learned is never saved",
            ("snapshot_after_train",),
            "give snapshot, the iterations from one to the next",
        )
    elif solver.max_iter >= LONG and solver.snapshot >= 0:
        yield Report(
            f"{snapshot}: what is learned in {solver.max_iter} iterations is saved at their end alone",
            path,
            "give snapshot, the iterations from one to the next",
        )
