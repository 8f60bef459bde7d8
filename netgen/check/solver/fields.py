"""Fields of a solver: which are given, and what is said of a word that Caffe does not know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netgen.check.report import Report
from netgen.errors import listed, nearest

__all__ = ["counted", "give", "has", "is_given", "unknown"]


def is_given(solver: Any, name: str) -> bool:
    """Tell whether a field is set, or a repeated one has values."""
    return any(field.name == name for field, _ in solver.ListFields())


def has(solver: Any, name: str) -> bool:
    """Tell whether solvers of this Caffe have a field."""
    return name in solver.DESCRIPTOR.fields_by_name


def give(solver: Any, names: Iterable[str]) -> str:
    """Return a mend that asks for those of some fields that are not given."""
    return f"give {' and '.join(f'{name}: VALUE' for name in names if not is_given(solver, name))}"


def unknown(field: str, value: str, known: Iterable[str]) -> Report:
    """Return what there is to say of a word that Caffe does not know."""
    near = nearest(value, known)
    return Report(
        f"{field} {value!r} is none that Caffe knows; it knows {listed(known)}",
        (field,),
        f"did you mean {near}?" if near else None,
    )


def counted(count: int, what: str) -> str:
    """Return a count with its noun: ``no values``, ``1 value``, ``2 values``."""
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
