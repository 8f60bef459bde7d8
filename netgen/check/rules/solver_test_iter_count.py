"""Values of ``test_iter`` that do not go with the test nets.

``test_iter`` says for each test net of how many batches a test is. Each ``test_net`` and ``test_net_param``
wants one; where ``net`` serves for training and testing, each further one makes another test net of it. A
solver with ``train_net`` alone tests nothing and takes no ``test_iter``.

Fails
-----
    train_net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_net: "test.prototxt"
    test_iter: 10
    test_iter: 10
    test_interval: 100

Passes
------
    train_net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_net: "test.prototxt"
    test_iter: 10
    test_interval: 100

Source
------
Caffe's ``Solver::InitTestNets``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import NET_SOURCES, counted, is_given
from netgen.check.subjects import SolverSubject

CODE = "V103"
NAME = "solver-test-iter-count"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    own = len(solver.test_net) + len(solver.test_net_param)
    given = len(solver.test_iter)
    shared = [name for name in ("net", "net_param") if is_given(solver, name)]
    if given == own or (shared and given > own):
        return
    path = ("test_iter", own) if given > own else ("test_iter",)
    if not own:
        train = next((name for name in NET_SOURCES if is_given(solver, name)), None)
        if train is None:
            return
        yield Report(
            f"test_iter has {counted(given, 'value')}, and the solver no test nets",
            path,
            f"{train} is a net for training alone: give net instead, or test_net beside it",
        )
        return
    yield Report(
        f"test_iter has {counted(given, 'value')}, and the solver {counted(own, 'test net')}",
        path if given else ("test_net", 0) if solver.test_net else ("test_net_param", 0),
        "give test_iter once for each test net",
    )
