"""What can be wrong with a text, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from netgen.errors import listed, nearest

__all__ = ["SyntaxFault", "short_type"]


class SyntaxFault(NamedTuple):
    """One thing that is wrong with a text."""

    kind: str
    """A slug: ``unknown-field``, ``missing-brace``, …"""
    message: str
    """What came, and what was expected."""
    mend: Optional[str]
    """What to do about it."""
    line: int
    """As C++ protobuf says it, from 1: of a text's first fault exactly, of others by the same rules."""
    column: int
    """In bytes from 1, where a tab goes on to the next eighth; often of the token behind the culprit."""
    start: int
    """The culprit in the text, in characters."""
    end: int
    message_type: Optional[str] = None
    """The message type in which it stands: ``caffe.LayerParameter``."""
    field: Optional[str] = None
    """The name of the field at fault, as it is written."""


def short_type(full_name: str) -> str:
    """Return a type's name without its package: ``PoolingParameter.PoolMethod``."""
    return full_name.partition(".")[2] or full_name


# What the tokenizer finds wrong, with the mend.
BAD_TOKENS: dict[str, tuple[str, str, str]] = {
    "unclosed-string": (
        "bad-string",
        "a string does not end in its line",
        "close it with the quote that it begins with; strings that stand side by side are joined",
    ),
    "bad-escape": (
        "bad-string",
        "a backslash in a string does not begin an escape that Caffe knows",
        "write a backslash as \\\\",
    ),
    "bad-number": ("bad-number", "a number is not finished or has two points", "write it as 12, 0.5 or 1e-5"),
    "bad-octal": (
        "bad-number",
        "a number that begins with 0 is octal and has no digits 8 and 9",
        "leave out the leading 0",
    ),
    "space-after-number": (
        "bad-number",
        "letters follow a number without a space",
        "put a space or a line's end between them, or quotes around a name",
    ),
    "space-before-point": (
        "bad-number",
        "a number follows a name without a space",
        "put a space between them",
    ),
    "not-ascii": ("bad-character", "{what} stands outside of strings and comments", "{mend}"),
    "control-character": ("bad-character", "the control character {what} is in the text", "remove it"),
}


def meant(name: str, known: Iterable[str]) -> Optional[str]:
    """Return the mend that names the nearest of the known names, None where none is near."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near else None


def unknown_value(enum_type: Any, name: str) -> tuple[str, Optional[str]]:
    """Return what to say of a name that an enum does not have."""
    values = list(enum_type.values_by_name)
    message = f"{short_type(enum_type.full_name)} has no value {name!r}, expected {listed(values, 8)}"
    return message, meant(name, values)
