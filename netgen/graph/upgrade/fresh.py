"""Layers written anew as text, with the comments of the fields that they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, NamedTuple

from netgen.prototxt import format_scalar

__all__ = ["Notes", "layer_lines", "message_lines"]

_INDENT = "  "
# A message of scalars alone stands on one line up to this width, but for a layer.
_WIDTH = 80


class Notes(NamedTuple):
    """The comments of a field."""

    above: Sequence[str] = ()
    """Each with its ``#``; they have lines of their own."""

    behind: Sequence[str] = ()
    """What stands behind the field in its line."""


NotesOf = Callable[[tuple[Any, ...]], Notes]


def message_lines(message: Any, depth: int, notes_of: NotesOf, path: tuple[Any, ...] = ()) -> list[str]:
    """Return the fields of a message as lines.

    Parameters
    ----------
    message : Message
        Of any schema.
    depth : int
        How deep the lines are indented.
    notes_of : callable
        Gives a field's comments by its path.
    path : tuple
        The path of the message itself.
    """
    lines: list[str] = []
    for field, value in message.ListFields():
        is_list = hasattr(value, "MergeFrom") and not hasattr(value, "ListFields")
        for index, one in enumerate(value if is_list else [value]):
            place = (*path, field.name, index) if is_list else (*path, field.name)
            lines += _field_lines(field, one, depth, notes_of, place)
    return lines


def _field_lines(field: Any, value: Any, depth: int, notes_of: NotesOf, path: tuple[Any, ...]) -> list[str]:
    indent = _INDENT * depth
    notes = notes_of(path)
    lines = [indent + comment for comment in notes.above]
    if field.message_type is None:
        body = [f"{indent}{field.name}: {format_scalar(field, value)}"]
    else:
        inner = message_lines(value, depth + 1, notes_of, path)
        words = " ".join(line.strip() for line in inner)
        short = f"{indent}{field.name} {{ {words} }}" if inner else f"{indent}{field.name} {{ }}"
        plain = "#" not in words and all(one.message_type is None for one, _ in value.ListFields())
        fits = plain and depth > 0 and len(short) <= _WIDTH
        body = [short] if fits or not inner else [f"{indent}{field.name} {{", *inner, f"{indent}}}"]
    if notes.behind:
        body[-1] += "  " + " ".join(notes.behind)
    return [*lines, *body]


def layer_lines(layer: Any, notes_of: NotesOf, inside: Sequence[str] = ()) -> list[str]:
    """Return a layer as lines: ``layer {``, its fields with type behind name as people write them, and ``}``.

    Parameters
    ----------
    layer : LayerParameter
        Of any schema.
    notes_of : callable
        Gives a field's comments by its path from the layer down.
    inside : sequence of str
        Comments that belong to no field: they come first.
    """
    return ["layer {", *(_INDENT + comment for comment in inside), *message_lines(layer, 1, notes_of), "}"]
