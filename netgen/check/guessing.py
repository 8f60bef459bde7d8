"""Whose Caffe a net is for, where nobody says so and one fork's rules refuse it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

from netgen.check.subjects import FileSubject
from netgen.graph.net import NetGraph
from netgen.graph.parts import Problem
from netgen.graph.setup.registry import layer_types

__all__ = ["mildest", "say_guess"]

# Of what is said by ``Net::Init``, these depend on what other layers of a fork make.
_FROM_SHAPES = frozenset({"shape", "axis", "size"})


def mildest(
    subject: FileSubject, forks: Iterable[str], opened_as: Callable[[str], FileSubject]
) -> FileSubject:
    """Return a net as that fork's which finds least to refuse in it, of those that know all of it.

    Several forks can have a layer of one name, and set it up in different ways. What only one of them
    refuses is no mistake.

    Parameters
    ----------
    subject : FileSubject
        The net as the fork's for which its fields and layer types speak.
    forks : iterable of str
        The others that know all its fields and layer types.
    opened_as : callable
        Opens the net as another fork's.
    """
    own = layer_types(subject.schema.name)
    failing = {kind for _, kind in _failing(subject) if kind in own}
    best, least = subject, _faults(subject)
    for name in forks if failing else ():
        theirs = layer_types(name)
        # A fork whose layers netgen has no rules for refuses nothing, and that says nothing.
        if name == subject.schema.name or not all(kind in theirs for kind in failing):
            continue
        if all(theirs[kind] is own[kind] for kind in failing):
            continue
        other = opened_as(name)
        faults = _faults(other)
        if faults < least:
            best, least = other, faults
    return best


def say_guess(subject: FileSubject) -> None:
    """Say of what a fork's own rules refuse that the fork was guessed, and how to name another."""
    plain, own = layer_types(), layer_types(subject.schema.name)
    note = (
        f"this is checked as {subject.schema.title}, for which the file's fields and layer types speak; "
        "--schema NAME says another"
    )
    for graph in _graphs(subject):
        for place, problem in enumerate(graph.problems):
            kind = _type(graph, problem)
            if kind in own and (own[kind] is not plain.get(kind) or problem.kind in _FROM_SHAPES):
                mend = note if problem.mend is None else f"{problem.mend}; {note}"
                graph.problems[place] = problem._replace(mend=mend)


def _faults(subject: FileSubject) -> tuple[int, int]:
    return len(subject.reading.errors), len(set(_failing(subject)))


def _failing(subject: FileSubject) -> list[tuple[Any, str]]:
    """Return what does not go through, with the types of the layers where that is."""
    return [
        ((problem.source, problem.kind, problem.field), _type(graph, problem))
        for graph in _graphs(subject)
        for problem in graph.problems
    ]


def _type(graph: NetGraph, problem: Problem) -> str:
    return "" if problem.source is None else str(graph.message.layer[problem.source].type)


def _graphs(subject: FileSubject) -> list[NetGraph]:
    return list({id(graph): graph for graph in subject.graphs.values()}.values())
