"""What a rule gives: what is wrong, at a path in a message; and, where the mend is certain, the edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional, Union

__all__ = ["Edit", "Fix", "Insert", "Path", "Remove", "Rename", "Replace", "Report"]

Path = tuple[Union[str, int], ...]
"""Field names from the top message down, each followed by an index where the field is repeated."""


class Replace(NamedTuple):
    """Puts another value in the place of a scalar's."""

    path: Path
    text: str
    """The value as it is written: ``"data"`` with its quotes, ``0.5``, ``MAX``."""


class Remove(NamedTuple):
    """Takes a field out."""

    path: Path


class Insert(NamedTuple):
    """Puts a field at the end of a message."""

    path: Path
    """The message; ``()`` is the whole file."""
    text: str
    """The field as it is written: ``bias_term: false``."""


class Rename(NamedTuple):
    """Gives a field another name."""

    path: Path
    name: str


Edit = Union[Replace, Remove, Insert, Rename]


class Fix(NamedTuple):
    """Edits that mend a finding for certain.

    They are made in the file's own text, whose layout and comments stay. Paths are the report's: in the
    upgraded message.
    """

    edits: Sequence[Edit]


class Report(NamedTuple):
    """What a rule says; the framework finds the line and the column."""

    message: str
    """What came and what was expected, in Caffe's terms: lower case at the start, no full stop at the end."""

    path: Path = ()
    """Where, in the upgraded NetParameter or the SolverParameter: ``("layer", 3, "type")``."""

    mend: Optional[str] = None
    """What to do about it."""

    layer: Optional[str] = None
    """The layer's name; found from the path where it is not said."""

    phase: Optional[str] = None
    """The phase, where it is not that of the subject."""

    fix: Optional[Fix] = None
    """The edits, where the mend is certain."""

    blob: Optional[str] = None
    """The blob that it is about."""

    file: Optional[str] = None
    """The path of the file that it is about, for rules that see several."""

    fault: Any = None
    """The ``netgen.prototxt.SyntaxFault`` that it is about: it knows its place by itself."""
