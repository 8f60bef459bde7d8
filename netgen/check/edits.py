"""The edits that mend a finding for certain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Union

from netgen.check.report import Path

__all__ = ["Edit", "Fix", "Insert", "Remove", "Rename", "Replace"]


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
