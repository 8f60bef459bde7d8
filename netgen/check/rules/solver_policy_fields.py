"""A policy for the learning rate whose fields are missing or out of order.

Each policy reads other fields, and Caffe takes 0 for what is not given. ``multistep`` without ``stepvalue``
never lowers the rate; ``step``, ``multistep`` and ``exp`` without ``gamma`` make it 0; ``inv`` without
``gamma`` or ``power`` and ``poly`` without ``power`` leave it as it is; ``poly`` without ``max_iter`` makes
it no number at all.

Values of ``stepvalue`` are waited for one after the other: each has to be more than the last. ``gamma``,
``stepsize`` and ``stepvalue`` beside it do nothing.

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
    stepsize: 300

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
from netgen.check.solver import POLICIES, give, is_given
from netgen.check.subjects import SolverSubject

CODE = "V203"
NAME = "solver-policy-fields"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    policy = solver.lr_policy
    wanted = POLICIES.get(policy, ())
    missing = [name for name in wanted if not is_given(solver, name)]
    if "stepsize" in missing:
        return  # Caffe ends over that one
    if missing:
        stray = policy == "multistep" and "stepvalue" in missing and is_given(solver, "stepsize")
        yield Report(
            f"lr_policy {policy} needs {' and '.join(missing)}",
            ("lr_policy",),
            'stepsize goes with lr_policy: "step"' if stray else give(solver, wanted),
        )
    elif policy == "multistep" and _falls_back(list(solver.stepvalue)):
        yield Report(
            f"stepvalue is {', '.join(map(str, solver.stepvalue))}; each has to be more than the last",
            ("stepvalue", _falls_back(list(solver.stepvalue))),
            "put them in order, each once",
        )
    elif policy == "poly" and solver.max_iter < 1:
        yield Report(f"max_iter is {solver.max_iter}; lr_policy poly needs 1 or more", ("max_iter",))


def _falls_back(steps: list[int]) -> int:
    """Return the index of the first step that is not behind the one before it, 0 where there is none."""
    return next((index for index in range(1, len(steps)) if steps[index] <= steps[index - 1]), 0)
