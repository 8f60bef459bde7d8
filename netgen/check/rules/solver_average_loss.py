"""An ``average_loss`` of less than 1.

The loss that Caffe shows is a mean of the last ``average_loss`` ones. Caffe ends where that is less than 1.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    average_loss: 0

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    average_loss: 20

Source
------
Caffe's ``Solver::Init``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import SolverSubject

CODE = "V112"
NAME = "solver-average-loss"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    value = subject.message.average_loss
    if value < 1:
        yield Report(
            f"average_loss is {value}; it has to be 1 or more",
            ("average_loss",),
            "leave it out to see each loss by itself",
        )
