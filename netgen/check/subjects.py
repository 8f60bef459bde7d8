"""What rules look at: a net in one phase, a file, a solver, the files that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from netgen.check.report import Path, Report
from netgen.check.settings import Settings
from netgen.graph.net import NetGraph
from netgen.graph.parts import Problem
from netgen.graph.phases import State

__all__ = [
    "FileSubject",
    "NetSubject",
    "RunSubject",
    "SolverNet",
    "SolverSubject",
    "fault_reports",
    "problem_reports",
]


class FileSubject:
    """A file that holds a net.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    data : bytes
        What is in it.
    settings : Settings
        What the check is told.
    """

    __slots__ = (
        "data",
        "foreign",
        "graphs",
        "kind",
        "message",
        "options",
        "path",
        "reading",
        "role",
        "schema",
        "upgraded",
    )

    def __init__(self, path: str, data: bytes, settings: Settings) -> None:
        self.path = path
        self.data = data
        self.options = settings
        """What the check is told: python paths, weights."""
        self.kind = "net"
        self.reading: Any = None
        """``netgen.prototxt.Reading``; None for a message that came without a text."""
        self.message: Any = None
        """The NetParameter as it stands in the file."""
        self.upgraded: Any = None
        """``netgen.graph.upgrade.Upgraded``: what the graphs are made of, and Caffe's own warnings."""
        self.schema: Any = None
        """``netgen.schema.Schema``: whose Caffe."""
        self.graphs: dict[State, NetGraph] = {}
        """The net in each state; one object for several where the state changes nothing."""
        self.role = "unknown"
        """``train``, ``deploy`` or ``unknown``."""
        self.foreign: Optional[str] = None
        """What the file is where it is no prototxt of the asked kind: a kind of fault, or ``empty``."""

    def faults(self, *kinds: str) -> Iterator[Any]:
        """Yield the ``netgen.prototxt.SyntaxFault``s of some kinds."""
        for fault in self.reading.errors if self.reading is not None else ():
            if fault.kind in kinds:
                yield fault


class NetSubject:
    """A net in one state, or in several that Caffe builds the same net for."""

    __slots__ = ("file", "graph", "states")

    def __init__(self, file: FileSubject, graph: NetGraph, states: tuple[State, ...]) -> None:
        self.file = file
        """The file; its ``path`` is the path."""
        self.graph = graph
        self.states = states
        """The states that the graph stands for."""

    @property
    def upgraded(self) -> Any:
        """``netgen.graph.upgrade.Upgraded``."""
        return self.file.upgraded

    @property
    def message(self) -> Any:
        """The upgraded NetParameter."""
        return self.graph.message

    @property
    def original(self) -> Any:
        """The NetParameter as it stands in the file."""
        return self.file.message

    @property
    def role(self) -> str:
        """``train``, ``deploy`` or ``unknown``."""
        return self.file.role

    @property
    def options(self) -> Settings:
        """What the check is told."""
        return self.file.options

    @property
    def phases(self) -> frozenset[str]:
        """The phases that the graph stands for: TRAIN, TEST or both."""
        return frozenset(state.phase for state in self.states)

    def problems(self, *kinds: str) -> Iterator[Problem]:
        """Yield the graph's problems of some kinds, in Caffe's order."""
        return (problem for problem in self.graph.problems if problem.kind in kinds)


class SolverNet(NamedTuple):
    """A net that a solver names or holds."""

    field: Path
    """Where the solver says so: ``("net",)``, ``("test_net", 0)``."""
    name: str
    """What is written there; empty for a net that stands in the solver itself."""
    states: tuple[State, ...]
    """The states in which Caffe loads it for this field."""
    found: Optional[str]
    """The path of the file; None where there is none."""
    relative_to: str
    """What the name is relative to, in words: ``the current folder``."""
    looked: tuple[str, ...]
    """The folders that were looked in."""
    file: Optional[FileSubject]
    """The net, loaded in these states; None where there is none."""


class SolverSubject:
    """A file that holds a solver."""

    __slots__ = (
        "data",
        "folder",
        "foreign",
        "kind",
        "message",
        "nets",
        "options",
        "path",
        "reading",
        "schema",
    )

    def __init__(self, path: str, data: bytes, settings: Settings) -> None:
        self.path = path
        self.data = data
        self.options = settings
        self.kind = "solver"
        self.reading: Any = None
        """``netgen.prototxt.Reading``."""
        self.message: Any = None
        """The SolverParameter as it stands in the file."""
        self.schema: Any = None
        self.folder = ""
        """The folder of the file."""
        self.nets: list[SolverNet] = []
        self.foreign: Optional[str] = None
        """What the file is where it is no prototxt of the asked kind: a kind of fault, or ``empty``."""

    def faults(self, *kinds: str) -> Iterator[Any]:
        """Yield the ``netgen.prototxt.SyntaxFault``s of some kinds."""
        for fault in self.reading.errors if self.reading is not None else ():
            if fault.kind in kinds:
                yield fault


class RunSubject:
    """The nets of one run that belong together: ``train.prototxt`` and ``deploy.prototxt`` of one network."""

    __slots__ = ("files",)

    def __init__(self, files: Iterable[FileSubject]) -> None:
        self.files = list(files)


def problem_reports(subject: NetSubject, *kinds: str) -> Iterator[Report]:
    """Yield a report for each of a graph's problems of some kinds: what most rules of errors are."""
    for problem in subject.problems(*kinds):
        path = problem.field if problem.source is None else ("layer", problem.source, *problem.field)
        yield Report(problem.message, path, problem.mend, layer=problem.layer_name or None, blob=problem.blob)


def fault_reports(subject: Any, *kinds: str) -> Iterator[Report]:
    """Yield a report for each of a text's faults of some kinds."""
    for fault in subject.faults(*kinds):
        yield Report(fault.message, mend=fault.mend, fault=fault)
