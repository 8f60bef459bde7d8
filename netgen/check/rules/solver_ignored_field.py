"""A field that the type of solver, or its policy, takes no notice of.

``momentum2`` is read by Adam alone, ``rms_decay`` by RMSProp, and ``delta`` by all but SGD and Nesterov. In a
solver of another type they often mean that ``type`` was forgotten, and SGD is taken. ``lr_policy: "fixed"``
takes no notice of ``gamma``, ``stepsize`` and ``stepvalue``.

Fails
-----
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    momentum: 0.9
    momentum2: 0.999

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    type: "Adam"
    momentum: 0.9
    momentum2: 0.999

Source
------
``ComputeUpdateValue`` of each of Caffe's solvers, and ``SGDSolver::GetLearningRate``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import READ_BY, is_given, kind_of
from netgen.check.subjects import SolverSubject
from netgen.errors import listed
from netgen.graph.upgrade import SOLVER_TYPES

CODE = "V208"
NAME = "solver-ignored-field"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    idle = [name for name in ("gamma", "stepsize", "stepvalue") if is_given(solver, name)]
    if idle and solver.lr_policy == "fixed":
        yield Report(
            f"lr_policy fixed takes no notice of {' and '.join(idle)}: the rate never falls",
            ("lr_policy",),
            'write lr_policy: "step" or "multistep" if it is to fall',
        )
    kind = kind_of(solver)
    if kind not in SOLVER_TYPES.values():
        return
    for name, readers in READ_BY.items():
        if is_given(solver, name) and kind not in readers:
            forgotten = not is_given(solver, "type") and not is_given(solver, "solver_type")
            meant = f'; write type: "{readers[-1]}" if that is meant' if forgotten else ""
            yield Report(
                f"{kind} takes no notice of {name}, which is for {listed(readers)}",
                (name,),
                f"leave {name} out{meant}",
            )
