"""The old way to write the type of a solver.

``solver_type`` with a name in capitals was replaced by ``type`` with a string. Caffe upgrades it when it
reads the file and says that future releases may not.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    solver_type: ADAM
    momentum: 0.9

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
Caffe's ``UpgradeSolverAsNeeded``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Rename, Replace
from netgen.check.report import Report
from netgen.check.solver import kind_of
from netgen.check.subjects import SolverSubject
from netgen.graph.upgrade import upgrade_solver

CODE = "V206"
NAME = "solver-old-type"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    for warning in upgrade_solver(subject.message).warnings:
        kind = kind_of(subject.message)
        fix = Fix((Rename(("solver_type",), "type"), Replace(("solver_type",), f'"{kind}"')))
        yield Report(warning.text, warning.path, warning.mend, fix=fix)
