"""The first place where two messages differ, by the names of their fields, whatever schema each is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from netgen.emit.tree import is_repeated
from netgen.prototxt.write import format_scalar

__all__ = ["Difference", "first_difference"]

# Where a field is: its name, and its place among the repeated ones (None where it is not repeated).
Step = tuple[str, Optional[int]]

_NOTHING = "nothing"

# Of a value, at most this many characters are shown.
_LONGEST = 80


@dataclass(frozen=True)
class Difference:
    """One place where a rendered text is not its message.

    Parameters
    ----------
    steps : list of (str, int or None)
        The way to the field: names, with a place from 0 for repeated ones.
    where : str
        The same for people: ``layer[3] "conv1" convolution_param.num_output``.
    expected, rendered : str
        The values as text, or ``nothing``.
    """

    steps: list[Step]
    where: str
    expected: str
    rendered: str

    def __str__(self) -> str:
        return f"{self.where}: {self.expected} expected, {self.rendered} rendered"


def first_difference(expected: Any, rendered: Any, unknown: set[str]) -> Optional[Difference]:
    """Compare two messages field by field; floats by their bits, enums by their names.

    Parameters
    ----------
    expected, rendered : Message
        Of the same name, but not always of the same schema.
    unknown : set of str
        Receives the full names of expected fields that the schema of ``rendered`` does not have; they don't
        count as a difference.

    Returns
    -------
    Difference or None
        In the order of the fields' numbers.
    """
    if expected.SerializePartialToString(deterministic=True) == rendered.SerializePartialToString(
        deterministic=True
    ):
        return None
    return _compare(expected, rendered, [], "", unknown)


def _compare(
    expected: Any, rendered: Any, steps: list[Step], where: str, unknown: set[str]
) -> Optional[Difference]:
    left: dict[str, tuple[Any, Any]] = {field.name: (field, value) for field, value in expected.ListFields()}
    right: dict[str, tuple[Any, Any]] = {field.name: (field, value) for field, value in rendered.ListFields()}
    for name in [*left, *(name for name in right if name not in left)]:
        field = (left.get(name) or right[name])[0]
        if name not in rendered.DESCRIPTOR.fields_by_name:
            unknown.add(field.full_name)
            continue
        pairs = (_values(left.get(name)), _values(right.get(name)))
        found = _compare_values(field, right.get(name, (field,))[0], pairs, steps, where, unknown)
        if found:
            return found
    return None


def _values(entry: Optional[tuple[Any, Any]]) -> list[Any]:
    if entry is None:
        return []
    field, value = entry
    return list(value) if is_repeated(field) else [value]


def _compare_values(
    field: Any,
    other: Any,
    pairs: tuple[list[Any], list[Any]],
    steps: list[Step],
    where: str,
    unknown: set[str],
) -> Optional[Difference]:
    """Compare all values of one field; ``other`` is the field of the rendered message's schema."""
    left, right = pairs
    for place in range(max(len(left), len(right))):
        step: Step = (field.name, place if is_repeated(field) else None)
        here = [*steps, step]
        if place >= len(left):
            return Difference(
                here, _named(where, step, right[place]), _NOTHING, _text(other, right[place])[:_LONGEST]
            )
        named = _named(where, step, left[place])
        if place >= len(right):
            return Difference(here, named, _text(field, left[place])[:_LONGEST], _NOTHING)
        texts = _text(field, left[place]), _text(other, right[place])
        if field.message_type is None or other.message_type is None:
            found = None if texts[0] == texts[1] else Difference(here, named, *_shown(*texts))
        elif len(left) != len(right) and texts[0] != texts[1]:
            # One came in or fell out: the first of another name tells more than the first field in it.
            found = Difference(here, _named(where, step, None), *texts)
        else:
            found = _compare(left[place], right[place], here, named, unknown)
        if found:
            return found
    return None


def _named(where: str, step: Step, value: Any) -> str:
    name, place = step
    text = name if place is None else f"{name}[{place}]"
    title = _title(value)
    dot = "." if where and not where.endswith('"') else " " if where else ""
    return f"{where}{dot}{text}{f' {title}' if title else ''}"


def _title(value: Any) -> str:
    """Return the quoted name of a message that has one."""
    field = value.DESCRIPTOR.fields_by_name.get("name") if hasattr(value, "DESCRIPTOR") else None
    if field is None or field.cpp_type != field.CPPTYPE_STRING or not value.HasField("name"):
        return ""
    return format_scalar(field, value.name)


def _text(field: Any, value: Any) -> str:
    if field.message_type is None:
        return format_scalar(field, value)
    title = _title(value)
    return f"{field.name} {title}" if title else f"a {field.message_type.name}"


def _shown(left: str, right: str) -> tuple[str, str]:
    """Cut long values down to where they begin to differ."""
    same = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    start = max(0, same - _LONGEST // 2) if max(len(left), len(right)) > _LONGEST else 0

    def cut(text: str) -> str:
        end = "…" if len(text) > start + _LONGEST else ""
        return ("…" if start else "") + text[start : start + _LONGEST] + end

    return cut(left), cut(right)
