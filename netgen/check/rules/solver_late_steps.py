"""Steps of the learning rate that are never taken.

A value of ``stepvalue`` behind ``max_iter`` is never reached, and with a ``stepsize`` of more than
``max_iter`` the rate never falls: the training ends first.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "multistep"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    gamma: 0.1
    stepvalue: 500
    stepvalue: 8000

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "multistep"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    gamma: 0.1
    stepvalue: 500
    stepvalue: 800

Source
------
Caffe's ``SGDSolver::GetLearningRate``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import SolverSubject

CODE = "V204"
NAME = "solver-late-steps"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    policy, last = solver.lr_policy, solver.max_iter
    if last < 1:
        return
    late = next((index for index, step in enumerate(solver.stepvalue) if step > last), None)
    if policy == "multistep" and late is not None:
        yield Report(
            f"stepvalue {solver.stepvalue[late]} is beyond max_iter {last}: the rate never falls there",
            ("stepvalue", late),
            "give steps before max_iter, or train for longer",
        )
    elif policy == "step" and solver.stepsize > last:
        yield Report(
            f"stepsize {solver.stepsize} is more than max_iter {last}: the rate never falls",
            ("stepsize",),
            "give a smaller stepsize, or train for longer",
        )
