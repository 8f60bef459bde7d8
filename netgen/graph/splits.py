"""The Split layers that Caffe puts in where a blob has several readers: Caffe's ``InsertSplits``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from netgen.errors import nearest
from netgen.graph.parts import Problem

__all__ = ["Entry", "insert_splits"]


# Looking for the nearest name takes long: a file with more mistakes than this has others to be told.
_MOST_GUESSES = 20


class Entry(NamedTuple):
    """A layer with the names that its blobs have once Splits are in."""

    source: int
    message: Any
    name: str
    type: str
    bottoms: list[str]
    tops: list[str]
    loss_weights: list[float]
    is_split: bool


def insert_splits(
    layers: list[tuple[int, Any]], split_message: Any, phase: str
) -> tuple[list[Entry], list[Problem]]:
    """Return the layers of a filtered net with Splits among them, and the bottoms that no layer makes.

    Parameters
    ----------
    layers : list of (int, LayerParameter)
        The layers that the net's state keeps, each with its index in the file.
    split_message : LayerParameter
        What stands for a Split's message.
    phase : str
        The net's phase, for what is said.

    Notes
    -----
    A top that is read more than once gets a Split behind its layer, and a loss weight on it counts as a
    reader. Caffe looks all bottoms up here, before it builds the first layer.
    """
    last_top: dict[str, tuple[int, int]] = {}
    readers: dict[tuple[int, int], int] = {}
    weight_of: dict[tuple[int, int], float] = {}
    problems: list[Problem] = []
    makers: Optional[dict[str, str]] = None
    read: list[tuple[str, str, list[str], list[str], list[float], list[Optional[tuple[int, int]]]]] = []
    for i, (source, message) in enumerate(layers):
        name, bottoms, tops = message.name, list(message.bottom), list(message.top)
        sources: list[Optional[tuple[int, int]]] = []
        for j, blob in enumerate(bottoms):
            top = last_top.get(blob)
            sources.append(top)
            if top is None:
                if makers is None:
                    makers = _makers(layers)
                problems.append(
                    _unknown(
                        blob,
                        j,
                        source,
                        message,
                        makers,
                        last_top if len(problems) < _MOST_GUESSES else {},
                        phase,
                    )
                )
            else:
                readers[top] = readers.get(top, 0) + 1
        for j, blob in enumerate(tops):
            last_top[blob] = (i, j)
        weights = list(message.loss_weight) if message.loss_weight else []
        for blob, weight in zip(tops, weights):
            top = last_top[blob]
            weight_of[top] = weight
            if weight:
                readers[top] = readers.get(top, 0) + 1
        read.append((name, message.type, bottoms, tops, weights, sources))
    if not any(count > 1 for count in readers.values()):
        return [
            Entry(source, message, name, layer_type, bottoms, tops, weights, False)
            for (source, message), (name, layer_type, bottoms, tops, weights, _) in zip(layers, read)
        ], problems

    entries: list[Entry] = []
    taken: dict[tuple[int, int], int] = {}
    for i, ((source, message), (name, layer_type, bottoms, tops, weights, sources)) in enumerate(
        zip(layers, read)
    ):
        for j, top in enumerate(sources):
            if top is not None and readers[top] > 1:
                number = taken.get(top, 0)
                taken[top] = number + 1
                bottoms[j] = f"{bottoms[j]}_{read[top[0]][0]}_{top[1]}_split_{number}"
        splits = []
        for j, blob in enumerate(tops):
            count = readers.get((i, j), 0)
            if count < 2:
                continue
            weight = weight_of.get((i, j), 0.0)
            stem = f"{blob}_{name}_{j}_split"
            copies = [f"{stem}_{k}" for k in range(count)]
            split_weights = [weight, *[0.0] * (count - 1)] if weight else []
            splits.append(Entry(source, split_message, stem, "Split", [blob], copies, split_weights, True))
            if weight:
                weights = []  # the first copy carries it, and Caffe forgets those of the other tops
                taken[i, j] = taken.get((i, j), 0) + 1
        entries.append(Entry(source, message, name, layer_type, bottoms, tops, weights, False))
        entries += splits
    return entries, problems


def _makers(layers: list[tuple[int, Any]]) -> dict[str, str]:
    """Return the name of the first layer that makes each blob."""
    makers: dict[str, str] = {}
    for _, message in layers:
        for blob in message.top:
            makers.setdefault(blob, message.name)
    return makers


def _unknown(
    blob: str,
    bottom: int,
    source: int,
    message: Any,
    makers: dict[str, str],
    known: Iterable[str],
    phase: str,
) -> Problem:
    """Say that no layer before this one makes a bottom, and why that may be."""
    mend: Optional[str]
    if blob in message.top:
        mend = "a layer in place works on a blob that a layer before it has made"
    elif blob in makers:
        mend = f"layer {makers[blob]!r} makes it further down: move that up, layers run in the file's order"
    else:
        near = nearest(blob, known)
        mend = f"did you mean {near!r}?" if near else None
    return Problem(
        "bottom",
        f"no layer before it makes the bottom {blob!r}",
        mend,
        source,
        ("bottom", bottom),
        message.name,
        blob,
        phase,
    )
