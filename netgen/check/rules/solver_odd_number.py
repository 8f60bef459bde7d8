"""A number that no one can mean.

Caffe looks at few numbers. With an ``iter_size`` of 0 it divides by 0 and every weight is lost; a
``momentum`` of 1 never lets anything fade; negative numbers count backwards or climb the loss.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    iter_size: 0

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    iter_size: 2

Source
------
Caffe's ``Solver::Step`` and ``ComputeUpdateValue`` of each of its solvers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import without_momentum
from netgen.check.subjects import SolverSubject

CODE = "V212"
NAME = "solver-odd-number"
SEVERITY = "warning"
SCOPE = "solver"


# The least that a field may be. Those that rules of their own speak of are not here.
_LEAST = {
    "iter_size": 1,
    "display": 0,
    "snapshot": 0,
    "momentum": 0,
    "momentum2": 0,
    "weight_decay": 0,
    "delta": 0,
}
# Shares of the past that are kept: with 1 nothing ever fades, or Adam divides by 0.
_SHARES = ("momentum", "momentum2")
_ELSEWHERE = ("base_lr", "max_iter", "test_interval", "average_loss", "gamma", "rms_decay", "stepsize")


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    for field, value in solver.ListFields():
        name = field.name
        if not isinstance(value, (int, float)) or field.enum_type is not None or name in _ELSEWHERE:
            continue
        if name == "momentum" and without_momentum(solver):
            continue  # Caffe takes none at all
        mend = f"leave {name} out, and Caffe's own default holds"
        if not math.isfinite(value):
            yield Report(f"{name} is {value}; it has to be a finite number", (name,), mend)
        elif name in _LEAST and value < _LEAST[name]:
            yield Report(f"{name} is {value:g}; it has to be {_LEAST[name]} or more", (name,), mend)
        elif name in _SHARES and value >= 1:
            yield Report(f"{name} is {value:g}; it has to be less than 1", (name,), mend)
        elif name == "clip_gradients" and value == 0:
            yield Report("clip_gradients is 0: every gradient is scaled to 0", (name,), mend)
