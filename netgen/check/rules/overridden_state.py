"""A ``state`` in the file whose phase or level is overridden.

Whoever loads a net says its phase, and its level, which is 0 where nothing is said: Caffe writes both over
what the file has. Only the stages of the file's ``state`` stay.

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
The constructor ``Net(param_file, phase, level, stages)``; ``Solver::InitTrainNet`` merges the states of a
solver on top of the file's.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W420"
NAME = "overridden-state"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("own-state",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report a phase and a level in the net's own state."""
    message = subject.message
    if not message.HasField("state"):
        return
    for name in ("phase", "level"):
        if message.state.HasField(name):
            yield Report(
                f"{name} is overridden by whoever loads the net",
                ("state", name),
                "take it out; give it where the net is loaded",
            )
