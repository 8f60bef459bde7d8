"""A test net that shows nothing.

A test shows the mean of each output of the test net: of each blob that no layer reads. Without any it takes
its time and says nothing.

Fails
-----
    net: "silent.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100

Source
------
Caffe's ``Solver::Test``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import built_nets
from netgen.check.subjects import SolverSubject

CODE = "V214"
NAME = "solver-silent-test"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    for net in built_nets(subject):
        graph = net.graph
        if net.use.phase == "TEST" and graph.layers and not graph.problems and not graph.outputs:
            yield Report(
                f"the test net has no output in phase {net.state}: a test shows nothing",
                net.use.field,
                "add a layer such as Accuracy for phase TEST",
            )
