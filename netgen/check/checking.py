"""One file, or several that belong together: opened, judged by the rules, and what is found put in order."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Optional, Union

from netgen.check.content import NET, SOLVER, net_or_solver
from netgen.check.opening import open_net, open_solver
from netgen.check.ruling import Said, said_of_file, said_of_run, said_of_solver
from netgen.check.settings import Settings
from netgen.check.subjects import FileSubject, RunSubject, SolverSubject
from netgen.graph.phases import State

if TYPE_CHECKING:
    from netgen.check.locating import Placed

__all__ = ["Checked", "check_data", "check_group", "check_subject"]

Subject = Union[FileSubject, SolverSubject]


class Checked:
    """A file that was checked."""

    __slots__ = ("_placed", "said", "subject")

    def __init__(self, subject: Subject, said: list[Said]) -> None:
        self.subject = subject
        self.said = said
        """What the rules say of it, those left out that are switched off."""
        self._placed: Optional[list[Placed]] = None

    @property
    def placed(self) -> list[Placed]:
        """The findings and their reports, in the order of their places."""
        if self._placed is None:
            self._placed = _placed(self.subject, self.said)
        return self._placed


def _placed(subject: Subject, said: list[Said]) -> list[Placed]:
    """Find the places of what was said, and leave out what the file itself wants left out."""
    placed: list[Placed] = []
    if said:
        from netgen.check.locating import located

        placed = located(subject, said)
    if subject.reading is not None and b"netgen" in subject.data:
        from netgen.check.suppression import suppressed

        placed = suppressed(subject, placed)
    return placed


def check_data(
    path: str,
    data: bytes,
    settings: Settings,
    *,
    kind: Optional[str] = None,
    states: Sequence[State] = (),
) -> list[Checked]:
    """Check one file: its own findings, and for a solver those in the nets that it names.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    data : bytes
        What is in it.
    settings : Settings
        What the check is told.
    kind : {"net", "solver"}, optional
        What it is; by its content otherwise.
    states : sequence of State
        The states of a net.
    """
    # A net is many objects that stay until the end: to look for garbage among them again and again takes as
    # long as all else.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _checked(path, data, settings, kind or net_or_solver(data) or NET, states)
    finally:
        if collecting:
            gc.enable()


def _checked(path: str, data: bytes, settings: Settings, kind: str, states: Sequence[State]) -> list[Checked]:
    if kind != SOLVER:
        net = open_net(path, data, settings, states)
        return [check_subject(net)]
    solver = open_solver(path, data, settings)
    checked = [check_subject(solver)]
    for net_of_it in solver.nets:
        if net_of_it.file is not None:
            checked.append(check_subject(net_of_it.file))
    return checked


def check_subject(subject: Subject) -> Checked:
    """Run the rules over a file that was opened."""
    said = said_of_file(subject) if isinstance(subject, FileSubject) else said_of_solver(subject)
    return Checked(subject, _asked(subject, said))


def _asked(subject: Subject, said: list[Said]) -> list[Said]:
    """Return what was said by rules that are not switched off."""
    runs, path = subject.options.runs, subject.path
    return [one for one in said if runs(one.rule.code, one.rule.name, path)]


def check_group(checked: Sequence[Checked]) -> None:
    """Run the rules that look at several files over those that belong together, and add what they say."""
    files = [one.subject for one in checked if isinstance(one.subject, FileSubject) and one.subject.graphs]
    if len(files) < 2:
        return
    for said in said_of_run(RunSubject(files)):
        path = said.report.file or files[0].path
        for one in checked:
            if one.subject.path == path:
                one.said += _asked(one.subject, [said])
                break
