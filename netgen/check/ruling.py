"""Running the rules over a subject: which of them have something to look at, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from netgen.check.faulty import Faulty, FaultySolver
from netgen.check.loading import Rule, find_rule, rules_of
from netgen.check.report import Report
from netgen.check.subjects import FileSubject, NetSubject, RunSubject, SolverSubject
from netgen.check.traits import traits_of
from netgen.graph.net import NetGraph
from netgen.graph.phases import State

__all__ = ["Said", "said_of_file", "said_of_run", "said_of_solver"]

# These say what no rule explains: a kind of problem, a kind of fault.
_OTHER = "L199"
_OTHER_FAULT = "S199"
_FAILED = "C102"


class Said(NamedTuple):
    """A report, the rule that gave it, and the states in which it holds."""

    rule: Rule
    report: Report
    phase: Optional[str]


def said_of_file(subject: FileSubject) -> list[Said]:
    """Return what the rules say of a net's file, what several states give merged."""
    faulty = Faulty(subject)
    traits = traits_of(subject)
    said: list[Said] = list(_of_faults(subject, traits, faulty))
    if subject.message is not None:
        merged: dict[Any, tuple[Said, list[State]]] = {}
        for net in net_subjects(subject):
            for one in _of_net(net, traits, faulty):
                report = one.report
                key = (one.rule.code, report.message, tuple(report.path), report.layer, report.blob)
                merged.setdefault(key, (one, []))[1].extend(net.states)
        every = len(subject.graphs)
        for one, states in merged.values():
            in_all = len(set(states)) == every
            said.append(one._replace(phase=one.report.phase or (None if in_all else _shown(states))))
    return said


def net_subjects(subject: FileSubject) -> list[NetSubject]:
    """Return one subject for each distinct graph of a file."""
    graphs: dict[int, tuple[NetGraph, list[State]]] = {}
    for state, graph in subject.graphs.items():
        graphs.setdefault(id(graph), (graph, []))[1].append(state)
    return [NetSubject(subject, graph, tuple(states)) for graph, states in graphs.values()]


def said_of_solver(subject: SolverSubject) -> list[Said]:
    """Return what the rules say of a solver's file; its nets are files of their own."""
    return list(_of_faults(subject, frozenset(), None))


def said_of_run(subject: RunSubject) -> list[Said]:
    """Return what the rules say of files that belong together."""
    return [one for rule in rules_of("run") for one in _run(rule, subject)]


def _of_faults(subject: Any, traits: frozenset[str], faulty: Optional[Faulty]) -> Iterator[Said]:
    """Run the rules that look at the whole file: those of faults where there are such faults."""
    kinds = {fault.kind for fault in subject.reading.errors} if subject.reading is not None else set()
    if subject.foreign is not None:
        kinds = {subject.foreign}
    explained: set[str] = set()
    if subject.kind == "solver" and subject.message is not None and subject.foreign is None:
        holes = FaultySolver(subject) if kinds else None
        for rule in rules_of("solver"):
            yield from (one for one in _run(rule, subject) if holes is None or holes.leaves(one.report))
    for rule in rules_of("file"):
        if rule.kinds:
            explained.update(rule.kinds)
            if kinds.isdisjoint(rule.kinds):
                continue
        elif subject.kind == "solver" or subject.message is None or not traits.issuperset(rule.traits):
            continue  # these look at graphs
        for one in _run(rule, subject):
            if rule.kinds or not faulty or faulty.leaves(one.rule, one.report):
                yield one
    rest = tuple(kinds - explained)
    if rest:
        yield from _run(find_rule(_OTHER_FAULT), (subject, rest))


def _of_net(subject: NetSubject, traits: frozenset[str], faulty: Faulty) -> Iterator[Said]:
    """Run the rules that look at a net in one state."""
    graph = subject.graph
    kinds = {problem.kind for problem in graph.problems}
    explained: set[str] = set()
    for rule in rules_of("net"):
        if rule.kinds:
            explained.update(rule.kinds)
            if kinds.isdisjoint(rule.kinds):
                continue
        if rule.types and not any(graph.by_type(one) for one in rule.types):
            continue
        if not traits.issuperset(rule.traits):
            continue
        for one in _run(rule, subject):
            if not faulty or faulty.leaves(one.rule, one.report):
                yield one
    rest = tuple(kinds - explained)
    if rest:
        for one in _run(find_rule(_OTHER), (subject, rest)):
            if not faulty or faulty.leaves(one.rule, one.report):
                yield one


def _run(rule: Rule, subject: Any) -> Iterator[Said]:
    """Yield what a rule says; that it failed, where it did."""
    try:
        for report in rule.check(subject):
            yield Said(rule, report, None)
    except Exception as error:
        # What an error's rule would have said is not known; a warning's says nothing about Caffe.
        failed = find_rule(_FAILED)._replace(severity=rule.severity)
        for report in failed.check((rule, error)):
            yield Said(failed, report, None)


def _shown(states: Iterable[State]) -> str:
    return ", ".join(
        f"{state} (level {state.level})" if state.level else str(state) for state in dict.fromkeys(states)
    )
