"""From a file's bytes to what rules look at: read, whose Caffe, upgrade, states, a graph for each state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Optional

from netgen.check.content import FOREIGN, is_blank
from netgen.check.settings import Settings
from netgen.check.states import same_in_all_phases, spoken_of
from netgen.check.subjects import FileSubject, SolverNet, SolverSubject
from netgen.graph.net import NetGraph, Remembered, load
from netgen.graph.parts import Problem
from netgen.graph.phases import State
from netgen.graph.setup.files import Files
from netgen.graph.setup.modules import python_path
from netgen.schema import select

__all__ = ["open_message", "open_net", "open_solver"]

_BVLC = "bvlc"
_DEPLOY = ("deploy", "inference", "predict")
_TRAIN = ("train", "solver")
_SOURCES = ("Data", "HDF5Data", "ImageData", "WindowData", "MemoryData", "DummyData")


@cache
def _remembered(schema: str) -> Remembered:
    """Return what one schema's layers of this process have taught so far."""
    del schema  # the key
    return Remembered.new()


def _forget_when_full(remembered: Remembered, most: int = 50_000) -> Remembered:
    if len(remembered.made) > most:
        remembered.made.clear()
    return remembered


def open_net(path: str, data: bytes, settings: Settings, states: Sequence[State] = ()) -> FileSubject:
    """Read a file as a net and build it in each state that is asked for, or of which it speaks.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    data : bytes
        What is in it.
    settings : Settings
        Whose Caffe, which states.
    states : sequence of State
        The states, where they are not those of the settings.

    Returns
    -------
    FileSubject
        Always: what is wrong with the text is in its ``reading``, with the net in its ``graphs``.
    """
    from netgen.prototxt import read

    subject = FileSubject(path, data, settings)
    subject.schema = select(settings.schema or _BVLC)
    subject.reading = read(data, subject.schema.messages.NetParameter, path)
    if subject.reading.errors:
        subject.foreign = _foreign(subject.reading.errors)
        if subject.foreign is not None:
            return subject
    elif is_blank(data):
        subject.foreign = "empty"
    _build(subject, states)
    return subject if settings.schema is not None else _as_forks(subject, states)


def open_message(
    message: Any, settings: Settings, states: Sequence[State] = (), role: Optional[str] = None
) -> FileSubject:
    """Do for a message what ``open_net`` does for a file: there are no places in it."""
    subject = FileSubject("<message>", b"", settings)
    subject.schema = select(settings.schema or _BVLC)
    subject.message = message
    _build(subject, states)
    subject.role = role or subject.role
    return subject


def _build(subject: FileSubject, states: Sequence[State]) -> None:
    """Upgrade the net and build a graph for each state."""
    from netgen.graph.upgrade import upgrade

    if subject.reading is not None:
        subject.message = subject.reading.message
    subject.upgraded = upgrade(subject.message)
    message = subject.upgraded.message
    subject.graphs = {}
    remembered = _forget_when_full(_remembered(subject.schema.name))
    folders = python_path(subject.options.python_paths, os.path.dirname(subject.path))
    files = Files(subject.options.run_from or "", folders)
    asked = list(states or subject.options.phases)
    if not asked and same_in_all_phases(message):
        train, test = State("TRAIN"), State("TEST")
        subject.graphs[train] = subject.graphs[test] = load(
            message, train, subject.schema, files=files, remembered=remembered
        )
    else:
        for state in asked or spoken_of(message):
            subject.graphs[state] = load(message, state, subject.schema, files=files, remembered=remembered)
        if not asked:
            _leave_out_unmeant(subject.graphs)
    if subject.upgraded.problems:
        _say_first(subject)
    subject.role = _role(subject)


def _say_first(subject: FileSubject) -> None:
    """Put what Caffe dies of in the upgrade before what it would have died of later, each thing once."""
    upgraded = subject.upgraded
    first = [
        Problem(one.kind, one.message, one.mend, None, one.path, one.layer_name or "", one.blob)
        for one in upgraded.problems
    ]
    said = {(one.kind, upgraded.origin(one.path)) for one in upgraded.problems}

    def place(one: Problem) -> Any:
        return one.field if one.source is None else upgraded.origin(("layer", one.source, *one.field))

    for graph in {id(graph): graph for graph in subject.graphs.values()}.values():
        rest = [one for one in graph.problems if (one.kind, place(one)) not in said]
        graph.problems[:] = first + rest


def _leave_out_unmeant(graphs: dict[State, NetGraph]) -> None:
    """Leave a phase without stages out where the file cannot be loaded so, but can be with its stages.

    Such a file is always loaded with a stage; nothing is said of what nobody does.
    """
    for phase in {state.phase for state in graphs}:
        plain = State(phase)
        staged = [graph for state, graph in graphs.items() if state.stages and state.phase == phase]
        if plain in graphs and graphs[plain].problems and any(not graph.problems for graph in staged):
            del graphs[plain]


def _role(subject: FileSubject) -> str:
    """Return what a net is for, by its file's name, else by its layers: train, deploy or unknown."""
    name = os.path.basename(subject.path).lower()
    if any(word in name for word in _DEPLOY):
        return "deploy"
    if any(word in name for word in _TRAIN):
        return "train"
    graphs = list({id(graph): graph for graph in subject.graphs.values()}.values())
    if len(graphs) > 1 or any(graph.by_type(*_SOURCES) for graph in graphs):
        return "train"
    if any(weight for graph in graphs for layer in graph.layers for weight in layer.loss_weights):
        return "unknown"
    if any(graph.by_type("Accuracy") for graph in graphs):
        return "unknown"  # a test net, whose data another program brings
    return "deploy" if any(graph.by_type("Input") for graph in graphs) else "unknown"


def _foreign(faults: Sequence[Any]) -> Optional[str]:
    """Return the kind of the fault that says what a file is instead, None where it may be a prototxt."""
    kind: str = faults[0].kind
    return kind if kind in FOREIGN else None


def _as_forks(subject: FileSubject, states: Sequence[State]) -> FileSubject:
    """Return a net as the fork's for which its fields and layer types speak, where one does."""
    forks = _take_fork(subject)
    if subject.schema.name == _BVLC:
        return subject
    _build(subject, states)
    if not any(graph.problems for graph in subject.graphs.values()):
        return subject
    from netgen.check.guessing import mildest, say_guess

    def opened_as(name: str) -> FileSubject:
        other = FileSubject(subject.path, subject.data, subject.options)
        _read_as(other, name)
        _build(other, states)
        return other

    subject = mildest(subject, forks, opened_as)
    say_guess(subject)
    return subject


def _read_as(subject: FileSubject, name: str) -> None:
    """Read a net as a fork's."""
    from netgen.prototxt import read

    subject.schema = select(name)
    subject.reading = read(subject.data, subject.schema.messages.NetParameter, subject.path)


def _take_fork(subject: FileSubject) -> tuple[str, ...]:
    """Read a net as the fork's for which its fields and layer types speak, where one does.

    What that fork does not know either, inside its own messages or because it is old, can speak for another;
    the one with the fewest faults is taken. Returns all forks that know what is in the file.
    """
    types = {layer.type for graph in subject.graphs.values() for layer in graph.layers if not layer.is_split}
    fields: set[tuple[str, str]] = set()
    tried = {_BVLC: subject.reading}
    forks: tuple[str, ...] = ()
    for _ in range(3):
        faults = subject.reading.errors
        unknown = {(fault.message_type, fault.field) for fault in faults if fault.kind == "unknown-field"}
        if unknown <= fields and types <= subject.schema.layer_types:
            break
        from netgen.schema.owners import candidates, guess, owners_of_field, owners_of_type

        fields |= unknown
        # What is nobody's is a mistake, and speaks against no fork.
        owned = [field for field in fields if owners_of_field(*field)]
        kinds = [kind for kind in types if owners_of_type(kind)]
        forks = candidates(owned, kinds) or forks
        found = guess(owned, kinds)
        if found is None or found in tried:
            break
        _read_as(subject, found)
        tried[found] = subject.reading
    # A later guess knew more of the file.
    best = min(reversed(tried), key=lambda name: len(tried[name].errors))
    subject.schema, subject.reading = select(best), tried[best]
    return forks


# ---- solvers ----


def open_solver(path: str, data: bytes, settings: Settings) -> SolverSubject:
    """Read a file as a solver, and the nets that it names in the states in which it has Caffe load them."""
    from netgen.prototxt import read

    subject = SolverSubject(path, data, settings)
    subject.schema = select(settings.schema or _BVLC)
    subject.reading = read(data, subject.schema.messages.SolverParameter, path)
    subject.message = subject.reading.message
    subject.folder = os.path.dirname(path)
    if subject.reading.errors:
        subject.foreign = _foreign(subject.reading.errors)
        if subject.foreign is not None:
            return subject
    elif is_blank(data):
        subject.foreign = "empty"
    subject.nets = list(_nets(subject))
    return subject


def _nets(subject: SolverSubject) -> Iterable[SolverNet]:
    """Yield the files of a solver's nets, each with the states in which Caffe builds it."""
    from netgen.check.solver import net_uses, state_for

    named: dict[tuple[Any, ...], tuple[str, list[State]]] = {}
    for use in net_uses(subject.message):
        if use.message is None:
            named.setdefault(use.field, (use.name, []))[1].append(state_for(use, None))
    for field, (name, states) in named.items():
        yield _named(subject, field, name, tuple(dict.fromkeys(states)))


def _named(subject: SolverSubject, field: tuple[Any, ...], name: str, states: tuple[State, ...]) -> SolverNet:
    from netgen.check.solver import places

    looked = []
    for folder, words in places(subject.folder, subject.options.run_from):
        path = os.path.join(folder, name)
        looked.append(folder or ".")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            loaded = open_net(path, data, subject.options, states)
            return SolverNet(field, name, states, path, words, tuple(looked), loaded)
    return SolverNet(field, name, states, None, "", tuple(looked), None)
