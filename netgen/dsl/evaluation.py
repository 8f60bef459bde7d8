"""What calling a network once, for one state, gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from netgen.errors import Site
from netgen.graph.phases import State

__all__ = ["Evaluation", "LayerNote"]


@dataclass(frozen=True)
class LayerNote:
    """What is known of a layer beside its message.

    Parameters
    ----------
    site : Site, optional
        Where it was written.
    section : str
        Under which title.
    made_up : bool
        Whether its name is NetSpec's, because nobody gave it one.
    declared : mapping of int to shape
        The shapes of tops that the writer declared, by the tops' places.
    """

    site: Optional[Site] = None
    section: str = ""
    made_up: bool = False
    declared: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """A net as it was written for one state, or the merge of several.

    Parameters
    ----------
    message : NetParameter
        The net, of the message class of ``netgen.interface.caffe_pb2``.
    state : State
        The state that it was written for, the first one of a merge.
    notes : tuple of LayerNote
        One for each layer of the message, in its order.
    states : tuple of State
        The states that a merge holds; empty for a single evaluation.
    deploying : bool
        Whether it is the deploy net.
    """

    message: Any
    state: State
    notes: tuple[LayerNote, ...]
    states: tuple[State, ...] = ()
    deploying: bool = False

    @property
    def sections(self) -> tuple[str, ...]:
        """The section of each layer, '' where there is none."""
        return tuple(note.section for note in self.notes)
