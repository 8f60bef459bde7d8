"""The nets of a solver, each built in the state in which Caffe builds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from netgen.check.solver.nets import NetUse, net_uses, state_for
from netgen.graph.net import NetGraph, load
from netgen.graph.phases import State

__all__ = ["BuiltNet", "built_nets", "nets_and_uses"]


class BuiltNet(NamedTuple):
    """A net as Caffe builds it for a solver."""

    use: NetUse
    state: State
    graph: NetGraph


def nets_and_uses(subject: Any) -> Iterator[tuple[NetUse, Optional[Any]]]:
    """Yield each use that a solver makes of a net, with the NetParameter; None where it could not be read.

    Parameters
    ----------
    subject : SolverSubject
        The solver. What stands in it is taken as it is: Caffe upgrades nets in files alone.
    """
    for use in net_uses(subject.message):
        file = _file(subject, use)
        yield use, use.message if file is None else file.upgraded.message


def built_nets(subject: Any) -> list[BuiltNet]:
    """Return the nets that a solver makes and that could be read, in Caffe's order.

    Parameters
    ----------
    subject : SolverSubject
        The solver.
    """
    built = []
    for use, message in nets_and_uses(subject):
        if message is None:
            continue
        state = state_for(use, message)
        file = _file(subject, use)
        graph = None if file is None else file.graphs.get(state)
        if graph is None:
            graph = load(message, state, subject.schema)
        built.append(BuiltNet(use, state, graph))
    return built


def _file(subject: Any, use: NetUse) -> Optional[Any]:
    """Return the FileSubject of a net that was found and could be read without a fault."""
    for net in subject.nets:
        if net.field == use.field and net.file is not None:
            good = net.file.foreign is None and not net.file.reading.errors
            return net.file if good else None
    return None
