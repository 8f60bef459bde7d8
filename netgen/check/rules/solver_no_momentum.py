"""Adam or AdaDelta without ``momentum``.

Adam takes ``momentum`` for the share of the past in its mean of gradients (0.9 in its paper), AdaDelta for
that in its means of squares (0.95). Caffe's default is 0: nothing of the past is kept, and the method is
another one.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "Adam"

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
``ComputeUpdateValue`` of Caffe's ``AdamSolver`` and ``AdaDeltaSolver``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import is_given, kind_of
from netgen.check.subjects import SolverSubject

CODE = "V218"
NAME = "solver-no-momentum"
SEVERITY = "warning"
SCOPE = "solver"


_USUAL = {"Adam": "0.9", "AdaDelta": "0.95"}


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    kind = kind_of(solver)
    if kind in _USUAL and not solver.momentum:
        given = is_given(solver, "momentum")
        yield Report(
            f"{kind} has no momentum: it keeps nothing of the past",
            ("momentum",) if given else ("type",) if is_given(solver, "type") else ("solver_type",),
            f"write momentum: {_USUAL[kind]}",
        )
