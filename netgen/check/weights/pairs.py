"""Which weights come into which nets: a training net's into its deploy net, a file's into a net."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from netgen.check.weights.match import Match, match, of_graph
from netgen.check.weights.stored import StoredLayer, WeightsFile, read
from netgen.errors import DataError, listed, nearest

__all__ = ["Load", "Pair", "loads", "meant", "pairs", "stored"]

# So many training nets are compared with each deploy net at most.
_MANY = 8


class Pair(NamedTuple):
    """A deploy net, and the training net from which it gets its weights."""

    file: Any
    source: Any
    match: Match


class Load(NamedTuple):
    """A net and a file of weights."""

    file: WeightsFile
    match: Match


def pairs(files: Sequence[Any]) -> Iterator[Pair]:
    """Yield each deploy net of a run with the training net that is most like it.

    Nets that share the names of less than half of the layers with weights are taken for two networks.
    """
    trained = [(file, _graph(file, "TRAIN")) for file in files if file.role == "train"]
    sources = [(file, _digits(file), of_graph(graph)) for file, graph in trained if graph is not None]
    for file in files:
        target = _graph(file, "TEST") if file.role == "deploy" else None
        if target is None:
            continue
        weighted = [layer for layer in target.layers if layer.params]
        found: Optional[Pair] = None
        for source in _candidates(file, sources):
            made = match(source[2], target.layers)
            if len(made.without) * 2 > len(weighted):
                continue
            if found is None or _distance(made) < _distance(found.match):
                found = Pair(file, source[0], made)
        if found is not None:
            yield found


_Source = tuple[Any, list[str], list[StoredLayer]]


def _candidates(file: Any, sources: list[_Source]) -> list[_Source]:
    """Return the training nets to compare with: of many those of the same numbers in their names."""
    if len(sources) <= _MANY:
        return sources
    digits = _digits(file)
    return [source for source in sources if source[1] == digits][:_MANY]


def _digits(file: Any) -> list[str]:
    return re.findall(r"\d+", Path(file.path).name)


def _distance(made: Match) -> int:
    return len(made.without) + len(made.misfits)


def _graph(file: Any, phase: str) -> Optional[Any]:
    """Return a file's net in a phase, the one without stages if there is one."""
    found = [(state, graph) for state, graph in file.graphs.items() if state.phase == phase]
    return min(found, key=lambda one: len(one[0].stages))[1] if found else None


def loads(subject: Any) -> Iterator[Load]:
    """Yield the files of weights that a FileSubject is to load, compared with all its states together."""
    graphs = {id(graph): graph for graph in subject.graphs.values()}.values()
    for path in subject.options.weights:
        file = stored(path)
        if isinstance(file, DataError):
            continue
        made = [match(file.layers, graph.layers, hdf5=file.hdf5) for graph in graphs]
        if made:
            yield Load(file, _joined(made))


def _joined(made: list[Match]) -> Match:
    """Return what holds for the net in all its states: ignored is what every state ignores."""
    without = {layer.source: layer for one in made for layer in one.without}
    misfits = {misfit.layer.source: misfit for one in made for misfit in one.misfits}
    names = set.intersection(*({layer.name for layer in one.ignored} for one in made))
    ignored = [layer for layer in made[0].ignored if layer.name in names]
    return Match(list(without.values()), ignored, list(misfits.values()))


def stored(path: str) -> Union[WeightsFile, DataError]:
    """Return what a file of weights holds, or why it cannot be read; remembered until the file changes."""
    try:
        status = Path(path).stat()
        return _stored(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return _stored(path, 0, 0)


@lru_cache(maxsize=8)
def _stored(path: str, changed: int, size: int) -> Union[WeightsFile, DataError]:
    del changed, size
    try:
        return read(path)
    except DataError as error:
        return error


def meant(name: str, left: Sequence[StoredLayer]) -> str:
    """Return the mend for a layer without weights, from the names on the other side that nothing took."""
    names = [stored.name for stored in left]
    same = [other for other in names if other.lower() == name.lower()]
    if same:
        return f"did you mean {same[0]!r}? names are compared with their case"
    guess = nearest(name, names)
    if guess is not None:
        return f"did you mean {guess!r}? no other layer takes its weights"
    if names:
        return (
            f"give it the name of the layer whose weights it needs; nothing takes those of {listed(names, 5)}"
        )
    return "give it the name of the layer whose weights it needs"
