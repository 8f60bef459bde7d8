"""A net of which nothing is left in the state that the solver loads it in.

Rules of ``include`` and ``exclude`` leave layers out by phase, stage and level. A net of which no layer is
left loads, and ends Caffe when it is run for the first time: the train net at the first iteration, a test net
at the first test.

Fails
-----
    net: "staged.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100
    test_state { stage: "val" }

Passes
------
    net: "staged.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100
    test_state { stage: "test" }

Source
------
Caffe's ``Net::FilterNet`` and ``Net::ForwardFromTo``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import built_nets
from netgen.check.subjects import SolverSubject

CODE = "V116"
NAME = "solver-empty-net"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    for net in built_nets(subject):
        if net.graph.layers or net.graph.problems:
            continue
        role = "train" if net.use.phase == "TRAIN" else "test"
        when = "iteration" if role == "train" else "test"
        if net.graph.message.layer:
            why = (
                f"nothing is left of the {role} net in phase {net.state}, as every layer's rules leave it out"
            )
            mend = f"look at the layers' include rules, and the solver's {role}_state"
        else:
            why, mend = f"the {role} net has no layer", None
        yield Report(f"{why}: Caffe ends at the first {when}", net.use.field, mend)
