"""Snapshots in a folder that is not there or cannot be written.

Caffe writes snapshots as ``<snapshot_prefix>_iter_<N>.caffemodel``, from the folder that it is started in,
and never makes a folder. With ``snapshot`` it tries at once whether it can, and ends where it cannot.
Without, it finds out when the training is over, and what was learned is lost.

netgen looks from where it found the solver's nets; it says nothing where it found none.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "snapshots/net"

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
Caffe's ``Solver::CheckSnapshotWritePermissions``, ``Solver::Solve`` and ``WriteProtoToBinaryFile``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import run_from
from netgen.check.subjects import SolverSubject

CODE = "V113"
NAME = "solver-snapshot-folder"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if not solver.snapshot and not (solver.snapshot_after_train and solver.max_iter):
        return
    base = run_from(subject)
    if base is None and not os.path.isabs(solver.snapshot_prefix):
        return
    prefix = solver.snapshot_prefix or os.path.splitext(subject.path)[0]
    start = os.path.join(base or "", prefix) if solver.snapshot_prefix else prefix
    folder = start if os.path.isdir(start) else os.path.dirname(start) or "."
    when = "at once" if solver.snapshot else "when the training is over, and what was learned is lost"
    path = ("snapshot_prefix",) if solver.snapshot_prefix else ("snapshot",)
    if not os.path.isdir(folder):
        yield Report(
            f"snapshot_prefix {prefix!r} leads to the folder {os.path.dirname(prefix)!r}, which is not there;"
            f" Caffe ends {when}",
            path,
            f"make it: mkdir -p {os.path.relpath(folder)}",
        )
    elif not os.access(folder, os.W_OK):
        yield Report(
            f"snapshot_prefix {prefix!r} leads to a folder that cannot be written; Caffe ends {when}",
            path,
            f"let it be written: chmod u+w {os.path.relpath(folder)}",
        )
