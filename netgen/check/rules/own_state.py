"""A ``state`` in the file with a phase or a level of its own.

Who loads a net says in which phase, and a program's word goes: ``caffe.Net(file, caffe.TRAIN)`` writes
phase and level over what the file has. A solver does the opposite: it starts from TRAIN, or from TEST, and
lets the file's ``state`` go before that. With ``state { phase: TEST }`` in the file it trains a net of
phase TEST, without the layers that only TRAIN keeps and with Dropouts that drop nothing. Stages add up and
do no harm.

Fails
-----
    state { phase: TEST }
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }

Passes
------
    state { stage: "deploy" }
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }

Source
------
The constructor ``Net(param_file, phase, level, stages)``; ``Solver::InitTrainNet`` and
``Solver::InitTestNets`` merge the file's state into theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.graph.phases import phase_of

CODE = "W420"
NAME = "own-state"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("own-state",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report a phase and a level in the net's own state."""
    message = subject.message
    if not message.HasField("state"):
        return
    phase = phase_of(message.state)
    if phase:
        other = "training" if phase == "TEST" else "test"
        yield Report(
            f"a solver takes this before its own: its {other} net is then of phase {phase}, too",
            ("state", "phase"),
            "take it out: solvers and programs say the phase by themselves",
        )
    if message.state.HasField("level"):
        yield Report(
            f"solvers take this level, {message.state.level}; programs put theirs over it, which is 0 where"
            " they say nothing",
            ("state", "level"),
            "take it out; give it where the net is loaded",
        )
