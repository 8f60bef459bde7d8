"""Snapshots in a folder that is not there or cannot be written.

Caffe writes snapshots as ``<snapshot_prefix>_iter_<N>.caffemodel``, from the folder that it is started in,
and never makes a folder. With ``snapshot`` it tries at once whether it can, and ends where it cannot.
Without, it finds out when the training is over, and what was learned is lost.

netgen looks from where it found the solver's nets. It says nothing where it found none of them.

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
from netgen.check.solver import base_of, places
from netgen.check.subjects import SolverSubject

CODE = "V113"
NAME = "solver-snapshot-folder"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if not solver.snapshot and not (solver.snapshot_after_train and solver.max_iter):
        return
    prefix = solver.snapshot_prefix
    if prefix and not os.path.isabs(prefix):
        starts = [os.path.join(base, prefix) for base in _bases(subject)]
    else:
        starts = [prefix or os.path.splitext(subject.path)[0]]
    folders = [start if os.path.isdir(start) else os.path.dirname(start) or os.curdir for start in starts]
    there = [folder for folder in folders if os.path.isdir(folder)]
    if not folders or any(os.access(folder, os.W_OK) for folder in there):
        return
    when = "at once" if solver.snapshot else "when the training is over, and what was learned is lost"
    if there:
        folder, what = there[0], "a folder that cannot be written"
    else:
        folder, what = folders[0], f"the folder {os.path.dirname(prefix)!r}, which is not there"
    shown = folder if os.path.isabs(prefix) else os.path.relpath(folder)
    yield Report(
        f"snapshot_prefix {prefix!r} leads to {what}; Caffe ends {when}",
        ("snapshot_prefix",),
        f"let it be written: chmod u+w {shown}" if there else f"make it: mkdir -p {shown}",
    )


def _bases(subject: SolverSubject) -> list[str]:
    """Return the folders that the solver may be run in: one, where a net was found from it."""
    if not subject.nets:
        return [folder for folder, _ in places(subject.folder, subject.options.run_from)]
    base = base_of(subject)
    return [] if base is None else [base]
