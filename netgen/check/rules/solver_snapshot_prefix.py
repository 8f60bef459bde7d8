"""Snapshots without a ``snapshot_prefix``.

Where ``snapshot_prefix`` is not given Caffe takes the solver file's own name without its ending, so that the
snapshots lie beside it. Caffes from before 2017 end there, or write files called ``_iter_1000.caffemodel``.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500

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
Caffe's ``UpgradeSnapshotPrefixProperty``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import is_given
from netgen.check.subjects import SolverSubject

CODE = "V211"
NAME = "solver-snapshot-prefix"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    if solver.snapshot > 0 and not is_given(solver, "snapshot_prefix"):
        name = os.path.splitext(subject.path)[0]
        yield Report(
            f"the solver has no snapshot_prefix: Caffe saves as {name}_iter_{solver.snapshot}.caffemodel",
            ("snapshot",),
            "give snapshot_prefix, the beginning of the snapshots' names",
        )
