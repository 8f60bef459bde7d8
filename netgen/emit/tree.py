"""A message as the plain tree that templates lay out: named fields with a text or fields of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from netgen.prototxt.write import format_scalar

__all__ = ["Field", "Layer", "arranged", "fields_of", "is_repeated", "named"]


class Field:
    """One field of a message, as a template sees it. A repeated field is as many of these.

    Attributes
    ----------
    name : str
        The field's name.
    text : str
        The value of a scalar, written as the text format wants it; empty for a message.
    fields : list of Field or None
        The fields of a message, None for a scalar.
    count : int
        How many scalars are in it, at any depth.
    width : int
        How many characters it takes when it is written on one line.
    """

    __slots__ = ("count", "fields", "name", "text", "width")

    def __init__(self, name: str, text: str, fields: Optional[list[Field]]) -> None:
        self.name = name
        self.text = text
        self.fields = fields
        if fields is None:
            self.count = 1
            self.width = len(name) + 2 + len(text)
        else:
            self.count = sum(field.count for field in fields)
            self.width = len(name) + 4 + sum(field.width + 1 for field in fields)


class Layer:
    """One layer of a net, as a template sees it.

    Attributes
    ----------
    name, type : str
        As the message has them.
    title : str
        The section's title where a section begins at this layer, else empty.
    module : str
        The module that a Python layer names, else empty.
    fields : list of Field
        Every field that is set.
    """

    __slots__ = ("fields", "module", "name", "title", "type")

    def __init__(self, message: Any, title: str) -> None:
        self.name: str = message.name
        self.type: str = message.type
        self.title = title
        self.module: str = message.python_param.module if message.type == "Python" else ""
        self.fields = fields_of(message)


def fields_of(message: Any, without: str = "") -> list[Field]:
    """Return the fields that are set in a message, in the order of their numbers.

    Parameters
    ----------
    message : Message
        Of any class.
    without : str
        The name of a field to leave out.
    """
    fields: list[Field] = []
    for descriptor, value in message.ListFields():
        name = descriptor.name
        if name == without:
            continue
        # A repeated field is a container of another class; strings, bytes and messages are not.
        values = value if is_repeated(descriptor) else (value,)
        if descriptor.cpp_type == descriptor.CPPTYPE_MESSAGE:
            fields.extend(Field(name, "", fields_of(item)) for item in values)
        else:
            fields.extend(Field(name, format_scalar(descriptor, item), None) for item in values)
    return fields


def is_repeated(descriptor: Any) -> bool:
    """Tell whether a field is repeated, on every protobuf."""
    # FieldDescriptor.label went in protobuf 7, is_repeated came in 6.
    repeated = getattr(descriptor, "is_repeated", None)
    return bool(descriptor.label == descriptor.LABEL_REPEATED if repeated is None else repeated)


def arranged(fields: Iterable[Field], first: str, last: str = "") -> list[Field]:
    """Return fields in the order that people write them: a template's filter.

    Parameters
    ----------
    fields : iterable of Field
        The fields of one message.
    first, last : str
        Names of fields, with spaces between, that come first and last, in that order. All others keep theirs.
    """
    order = {name: place for place, name in enumerate(first.split(), -len(first.split()))}
    order.update({name: place for place, name in enumerate(last.split(), 1)})
    return sorted(fields, key=lambda field: order.get(field.name, 0))


def named(fields: Iterable[Field], names: str) -> list[Field]:
    """Return the fields of certain names, given with spaces between: a template's filter."""
    wanted = frozenset(names.split())
    return [field for field in fields if field.name in wanted]
