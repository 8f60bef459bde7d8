"""A solver without a train net, or with several.

Caffe makes one net to train, of one of ``net``, ``net_param``, ``train_net`` and ``train_net_param``. With
none of them, or with two, it ends before it has made any.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    train_net: "train.prototxt"

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
Caffe's ``Solver::InitTrainNet``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import NET_SOURCES, is_given
from netgen.check.subjects import SolverSubject

CODE = "V101"
NAME = "solver-train-net"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    sources = [name for name in NET_SOURCES if is_given(solver, name)]
    if not sources:
        yield Report("the solver has no train net; Caffe takes one", mend="give net")
    elif len(sources) > 1:
        yield Report(
            f"the solver has {len(sources)} train nets: {' and '.join(sources)}; Caffe takes one",
            (sources[1],),
            f"leave {' and '.join(sources[1:])} out",
        )
