"""Values of ``test_state`` that do not go with the test nets.

A solver without ``test_state`` tests its nets in phase TEST. With it there has to be one for each test net,
in the order ``test_net_param``, ``test_net``, then ``net`` once for each further ``test_iter``.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_iter: 10
    test_interval: 100
    test_state { stage: "val" }
    test_state { stage: "test" }

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
    test_iter: 10
    test_interval: 100
    test_state { stage: "val" }
    test_state { stage: "test" }

Source
------
Caffe's ``Solver::InitTestNets``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import counted, tests_of
from netgen.check.subjects import SolverSubject

CODE = "V104"
NAME = "solver-test-state-count"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    tests, given = tests_of(solver), len(solver.test_state)
    if given and given != tests:
        yield Report(
            f"test_state has {counted(given, 'value')}, and the solver {counted(tests, 'test net')}",
            ("test_state", min(tests, given - 1)),
            "give test_state once for each test net, or leave it out"
            if tests
            else "give test_iter once for each test, or leave test_state out",
        )
