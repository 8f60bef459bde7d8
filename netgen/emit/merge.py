"""Merging the evaluations of a network, one for each state, into one net with ``include`` rules.

The order of every evaluation is kept: a layer that is the same in several evaluations stands once, the others
stand where their own evaluation has them. Filtering the merge by a state gives that evaluation back.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from netgen.dsl.evaluation import Evaluation, LayerNote
from netgen.errors import NetworkError
from netgen.graph import State

__all__ = ["merge"]


@dataclass
class _Entry:
    layer: Any
    note: LayerNote
    states: frozenset[int]


def _key(layer: Any) -> bytes:
    encoded: bytes = layer.SerializeToString(deterministic=True)
    return encoded


class _Queue:
    """The layers of one evaluation that are still to be merged."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._keys = [_key(layer) for layer in evaluation.message.layer]
        self._next = 0
        self._places: dict[bytes, deque[int]] = defaultdict(deque)
        for place, key in enumerate(self._keys):
            self._places[key].append(place)

    @property
    def head(self) -> Optional[bytes]:
        """The key of the first one, None where there is none left."""
        return self._keys[self._next] if self._next < len(self._keys) else None

    def distance(self, key: bytes) -> int:
        """Return how many layers come before one, -1 where it does not come."""
        places = self._places.get(key)
        return places[0] - self._next if places else -1

    def take(self) -> tuple[Any, LayerNote]:
        """Take the first one out."""
        place = self._next
        self._next += 1
        self._places[self._keys[place]].popleft()
        return self._evaluation.message.layer[place], self._evaluation.notes[place]


def _woven(evaluations: Sequence[Evaluation]) -> list[_Entry]:
    """Weave evaluations into one order that keeps the order of each, with layers that are equal shared.

    A layer comes when it is the next one of every evaluation that still has it. Where there is no such layer,
    since two evaluations have some in opposite orders, the one that another has last is not shared.
    """
    queues = [_Queue(evaluation) for evaluation in evaluations]
    entries: list[_Entry] = []
    while True:
        heads = list(dict.fromkeys(queue.head for queue in queues if queue.head is not None))
        if not heads:
            return entries
        waits = [max(queue.distance(key) for queue in queues) for key in heads]
        chosen = waits.index(0) if 0 in waits else waits.index(max(waits))
        key = heads[chosen]
        sharing = [index for index, queue in enumerate(queues) if queue.head == key]
        taken = [queues[index].take() for index in sharing]
        entries.append(_Entry(*taken[0], frozenset(sharing)))


def _rules(present: frozenset[int], states: Sequence[State]) -> list[dict[str, Any]]:
    """Return the ``include`` rules that are met by just these states, none where all are meant."""
    if len(present) == len(states):
        return []
    rules: list[dict[str, Any]] = []
    for phase in ("TRAIN", "TEST"):
        of_phase = [i for i, state in enumerate(states) if state.phase == phase]
        wanted = [i for i in of_phase if i in present]
        if wanted and wanted == of_phase:
            rules.append({"phase": phase})
            continue
        for i in wanted:
            others = {s for j in of_phase if j != i for s in states[j].stages} - set(states[i].stages)
            rules.append({"phase": phase, "stage": list(states[i].stages), "not_stage": sorted(others)})
    return rules


def _check_distinct(states: Sequence[State]) -> None:
    seen: dict[tuple[str, frozenset[str]], State] = {}
    for state in states:
        if state.level:
            raise NetworkError(f"state {state} has a level; netgen tells states apart by phase and stages")
        key = (state.phase, frozenset(state.stages))
        if key in seen:
            raise NetworkError(f"state {state} is given twice")
        seen[key] = state


def _own_rules(entry: _Entry, rules: list[dict[str, Any]]) -> Any:
    """Return the layer with derived rules joined to those that its writer gave it."""
    layer = type(entry.layer)()
    layer.CopyFrom(entry.layer)
    if not rules:
        return layer
    site = entry.note.site
    if layer.exclude:
        raise NetworkError(
            "stands in some states only and has an exclude rule of its own, and Caffe allows a layer "
            "either include or exclude rules, not both",
            site=site,
            layer=layer.name,
            mend="write the layer under `if net.training:` (or testing, or `'stage' in net.stages`) "
            "and leave the exclude rule out",
        )
    written = list(layer.include)
    del layer.include[:]
    phases = layer.include.add().DESCRIPTOR.fields_by_name["phase"].enum_type.values_by_name
    del layer.include[:]
    for rule in rules:
        for own in written or [None]:
            include = layer.include.add()
            if own is not None:
                include.CopyFrom(own)
            number = phases[rule["phase"]].number
            if include.HasField("phase") and include.phase != number:
                del layer.include[-1]  # a rule of another phase is never met by this state
                continue
            include.phase = number
            include.stage.extend(s for s in rule.get("stage", ()) if s not in include.stage)
            include.not_stage.extend(s for s in rule.get("not_stage", ()) if s not in include.not_stage)
    if not layer.include:
        raise NetworkError(
            "has include rules that no state in which it is written can meet",
            site=site,
            layer=layer.name,
            mend="leave the include out: netgen derives it from the `if` that the layer stands under",
        )
    return layer


def merge(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Merge evaluations of one network into one train net.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        One for each state, the states all different.

    Returns
    -------
    Evaluation
        The merged net; its notes are those of the evaluation that first has each layer.

    Raises
    ------
    NetworkError
        Where two states are the same, where the evaluations differ in a field of the net itself, or where a
        layer's own rules cannot be joined with the derived ones.
    """
    if not evaluations:
        raise NetworkError("there is nothing to merge: no state was evaluated")
    states = [evaluation.state for evaluation in evaluations]
    _check_distinct(states)
    first = evaluations[0].message
    for evaluation in evaluations:
        message = evaluation.message
        bare, bare_first = type(message)(), type(message)()
        bare.CopyFrom(message)
        bare_first.CopyFrom(first)
        del bare.layer[:], bare_first.layer[:]
        if bare != bare_first:
            raise NetworkError(
                f"the states {states[0]} and {evaluation.state} differ in a field of the net itself, and a "
                f"merged file has room for one: {str(bare_first).strip()!r} and {str(bare).strip()!r}",
            )
    entries = _woven(evaluations)
    merged = type(first)()
    merged.CopyFrom(first)
    del merged.layer[:]
    merged.layer.extend(_own_rules(entry, _rules(entry.states, states)) for entry in entries)
    return Evaluation(
        message=merged, state=states[0], states=tuple(states), notes=tuple(entry.note for entry in entries)
    )
