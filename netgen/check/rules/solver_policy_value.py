"""A number with which Caffe cannot work out the learning rate.

The policies ``step`` and ``sigmoid`` want a ``stepsize`` of more than 0, and all that read ``gamma`` want one
that is not negative. Caffe looks at the first step, and ends there. A number that is not given is 0.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "step"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    gamma: 0.1

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "step"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    gamma: 0.1
    stepsize: 300

Source
------
Caffe's ``SGDSolver::GetLearningRate``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import POLICIES, give, is_given
from netgen.check.subjects import SolverSubject

CODE = "V110"
NAME = "solver-policy-value"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    policy = solver.lr_policy
    wanted = POLICIES.get(policy, ())
    if "stepsize" in wanted and solver.stepsize < 1:
        if is_given(solver, "stepsize"):
            yield Report(
                f"stepsize is {solver.stepsize}; lr_policy {policy} needs 1 or more",
                ("stepsize",),
                "give the iterations after which the rate is to fall",
            )
        else:
            missing = " and ".join(name for name in wanted if not is_given(solver, name))
            steps = policy == "step" and bool(solver.stepvalue)
            yield Report(
                f"lr_policy {policy} needs {missing}",
                ("lr_policy",),
                'stepvalue goes with lr_policy: "multistep"' if steps else give(solver, wanted),
            )
    if "gamma" in wanted and solver.gamma < 0:
        yield Report(
            f"gamma is {solver.gamma:g}; it has to be 0 or more",
            ("gamma",),
            "0.1 is usual, what the rate is times",
        )
