"""``netgen check --caffe``: what real Caffe makes of the nets that were checked, and where it disagrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from netgen.check.checking import check_data
from netgen.check.content import SOLVER, net_or_solver
from netgen.check.discovery import STDIN, Target
from netgen.check.finding import Finding
from netgen.check.run import Asked
from netgen.check.settings import Settings, settings_for
from netgen.check.subjects import FileSubject
from netgen.graph.phases import State
from netgen.runner import Caffe, CaffeFault

__all__ = ["Opinion", "opinions"]

# What Caffe cannot do here says nothing about the net.
_ELSEWHERE = ("missing-module", "python-layer", "timeout", "memory", "unsupported", "interrupted")
_FILES = ("No such file", "Failed to open", "could not open", "Could not open", "Unable to open")


class Opinion(NamedTuple):
    """What Caffe made of a net in one state, beside what netgen did."""

    path: str
    state: State
    agrees: Optional[bool]
    """None where Caffe could not judge it here."""
    message: str


def opinions(targets: Sequence[Target], asked: Asked, python: Optional[str] = None) -> Iterator[Opinion]:
    """Load each net in real Caffe, state for state.

    Parameters
    ----------
    targets : sequence of Target
        The files; solvers and standard input are passed over.
    asked : Asked
        What netgen was asked.
    python : str, optional
        The interpreter that has Caffe.

    Raises
    ------
    CaffeNotFoundError
        Where there is no Caffe.
    """
    with Caffe(python, time_limit=120) as caffe:
        for target in targets:
            if target.path == STDIN:
                continue
            data = Path(target.path).read_bytes()
            if (asked.kind or net_or_solver(data)) == SOLVER:
                continue
            settings = asked.over(settings_for(target.path))._replace(
                select=(), ignore=(), per_file_ignores=()
            )
            checked = check_data(target.path, data, settings, kind="net")[0]
            subject = checked.subject
            if not isinstance(subject, FileSubject):
                continue
            errors = [one.finding for one in checked.placed if one.finding.is_error]
            for state in subject.graphs or (State("TRAIN"), State("TEST")):
                opinion = _opinion(caffe, target.path, state, errors, settings.python_paths)
                if opinion.agrees is False and settings.schema is None:
                    opinion = _of_another_caffe(opinion, data, settings, took=bool(_of(errors, state)))
                yield opinion


def _of(errors: Sequence[Finding], state: State) -> list[Finding]:
    """Return the errors that hold in a state."""
    return [one for one in errors if one.phase is None or str(state) in one.phase.split(", ")]


def _of_another_caffe(opinion: Opinion, data: bytes, settings: Settings, *, took: bool) -> Opinion:
    """Return an opinion that is no disagreement where netgen has read the net as another Caffe's.

    ``took`` says whether real Caffe took it. Nobody has said which Caffe is meant: the one that was asked may
    know other layers than BVLC's, or not those of the fork for which the net speaks.
    """
    for name in ("bvlc", "kendryte"):
        checked = check_data(opinion.path, data, settings._replace(schema=name), kind="net")[0]
        errors = [one.finding for one in checked.placed if one.finding.is_error]
        if bool(_of(errors, opinion.state)) != took:
            agreed = f"{opinion.message}; with --schema {name} the two agree"
            return opinion._replace(agrees=None, message=agreed)
    return opinion


def _opinion(
    caffe: Caffe, path: str, state: State, errors: Sequence[Finding], python_paths: Sequence[str]
) -> Opinion:
    mine = _of(errors, state)
    refused = f"netgen refuses it ({mine[0].code} {mine[0].message})" if mine else "netgen takes it"
    try:
        caffe.load(
            Path(path), state.phase, stages=state.stages, level=state.level, python_path=tuple(python_paths)
        ).close()
    except CaffeFault as fault:
        said = fault.caffe_line or fault.message
        if fault.kind in _ELSEWHERE or any(words in said for words in _FILES):
            return Opinion(path, state, None, f"Caffe cannot judge it here: {said}")
        return Opinion(path, state, bool(mine), f"Caffe refuses it ({said}), {refused}")
    return Opinion(path, state, not mine, f"Caffe takes it, {refused}")
