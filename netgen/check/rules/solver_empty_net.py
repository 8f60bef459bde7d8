"""A net of which nothing is left in the state that the solver loads it in.

Rules of ``include`` and ``exclude`` leave layers out by phase, stage and level. A train or test net of which
no layer is left, or a test net that has no output, loads and does nothing.

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
Caffe's ``Net::FilterNet`` and ``Solver::Test``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import built_nets
from netgen.check.subjects import SolverSubject

CODE = "V214"
NAME = "solver-empty-net"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    for net in built_nets(subject):
        if net.graph.problems:
            continue
        role = "train" if net.use.phase == "TRAIN" else "test"
        state = f"phase {net.state}"
        if not net.graph.layers:
            yield Report(
                f"nothing is left of the {role} net in {state}: every layer's rules leave it out",
                net.use.field,
                f"look at the layers' include rules, and the solver's {role}_state",
            )
        elif role == "test" and not net.graph.outputs:
            yield Report(
                f"the test net has no output in {state}: a test shows nothing",
                net.use.field,
                "add a layer such as Accuracy for phase TEST",
            )
