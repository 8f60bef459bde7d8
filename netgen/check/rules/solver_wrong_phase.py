"""A net that a solver loads in another phase than its own.

A solver loads its train net in phase TRAIN and test nets in TEST, unless a ``state`` in the net or the
solver's ``train_state`` or ``test_state`` names another phase. Then Dropout, BatchNorm and all rules follow
that one.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    train_state { phase: TEST }

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    train_state { stage: "small" }

Source
------
Caffe's ``Solver::InitTrainNet`` and ``Solver::InitTestNets``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import nets_and_uses, state_for
from netgen.check.subjects import SolverSubject

CODE = "V213"
NAME = "solver-wrong-phase"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    seen = set()
    for use, message in nets_and_uses(subject):
        state = state_for(use, message)
        key = (use.field, use.phase, state.phase)
        if state.phase == use.phase or key in seen:
            continue
        seen.add(key)
        role = "train" if use.phase == "TRAIN" else "test"
        by_solver = use.given is not None and use.given.HasField("phase")
        said = f"the solver's {role}_state" if by_solver else "the net's own state"
        yield Report(
            f"{said} names phase {state.phase}, so that Caffe {role}s this net in {state.phase}",
            use.field,
            f"leave phase out of {'it' if by_solver else 'the state in the net'}",
        )
