"""The fast way from a text to a message: for what people usually write, without positions.

One regular expression takes a field at a time; a block of plain fields, such as most ``convolution_param``s,
it takes whole, and what such a text means is remembered. Anything out of the ordinary, right or wrong, is
left to the exact parser: the two agree on all that this one takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Optional

from netgen.prototxt.limits import MAX_DEPTH
from netgen.prototxt.wire import BYTES, GROUP, Block, Field, floating_number, joined, varint

__all__ = ["FastReader"]

# No part can match the same text in two ways, and the last alternative always matches: no text is gone
# through more than a few times.
# %(plain)s is a text without braces and comments, whose strings have no escapes.
_PLAIN = rb"""[^{}"'#]*(?:(?:"[^"\\\n\0]*"|'[^'\\\n\0]*')[^{}"'#]*)*"""
_STRING = rb"""(?:"[^"\\\n\0]*(?:\\[^\n\0][^"\\\n\0]*)*"|'[^'\\\n\0]*(?:\\[^\n\0][^'\\\n\0]*)*')"""
_FIELD = rb"""
  \s*(?:\#[^\n\0]*\s*)*                               # comments
  (?:
    ([A-Za-z_]\w*)                                    # 1: a name
    (?:
      \s*:\s*"([^"\\\n\0]+)"(?!\s*["'])\s*[;,]?        # 2: a plain string
    | (                                               # 3: another value
        \s*:(?:
          \s*(?:-\s*)?[\w.]+(?:(?<=[eE])[-+][\w.]+)?
        | (?:\s*%(string)s)+
        | \s*\[[^\[\]{}"'\#]*(?:(?:"[^"\\\n\0]*"|'[^'\\\n\0]*')[^\[\]{}"'\#]*)*\]
        )
      | %(not_deep)s\s*:?\s*\{%(plain)s(?:\{%(plain)s\}%(plain)s)*\}
      )\s*[;,]?
    | \s*:?\s*(\{)                                    # 4: the beginning of a block
    |
    )
  | (\})\s*[;,]?                                      # 5: its end
  | (.|\Z)                                            # 6: none of these
  )
"""

_LITERAL = re.compile(_STRING)
# One value of a list, with the comma behind it.
_ELEMENT = re.compile(rb"""\s*("[^"\\\n\0]*"|'[^'\\\n\0]*'|(?:-\s*)?[-+\w.]+)\s*(?:,|\Z)""")

# Texts go through the expression in pieces that end at a line which closes a block: what it finds takes
# little room.
_PIECE = 1 << 16
# What is remembered: texts up to this length, and this many of them.
_LONGEST, _MOST = 300, 20_000


class Unusual(Exception):  # noqa: N818 (not an error)
    """The text has something that the fast way leaves to the exact parser."""


class FastReader:
    """Reads texts of one message class.

    Parameters
    ----------
    message_class : type
        The class, from any descriptor pool.
    """

    def __init__(self, message_class: Any) -> None:
        self._class = message_class
        self._tables: dict[str, _Table] = {}
        self._remembered = 0
        descriptor = message_class.DESCRIPTOR
        self._root = self._table(descriptor)
        self._has_required = _reaches(descriptor, _is_required, set())
        self._has_bytes = _reaches(descriptor, _is_bytes, set())
        deep = sorted(_deep_fields(descriptor, {}))
        self._findall = re.compile(
            _FIELD.replace(b"%(not_deep)s", b"".join(b"(?<!%s)" % name for name in deep))
            .replace(b"%(plain)s", _PLAIN)
            .replace(b"%(string)s", _STRING),
            re.VERBOSE | re.DOTALL,
        ).findall

    def read(self, data: bytes) -> Optional[Any]:
        """Return the message of a text, None where the exact parser must look at it."""
        if not data.isascii():
            from netgen.prototxt.strings import as_readable

            readable = as_readable(data)
            if readable is not data and self._has_bytes:
                return None
            data = readable
        try:
            wire = self._encoded(self._root, data, MAX_DEPTH)
        except (Unusual, LookupError, ValueError):
            return None
        message = self._class()
        message.ParseFromString(wire)
        if self._has_required and not message.IsInitialized():
            return None
        # A field that stands twice where one may stand makes a message smaller than what it was parsed from.
        if message.ByteSize() != len(wire):
            return None
        return message

    def _table(self, descriptor: Any) -> _Table:
        name = descriptor.full_name
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = _Table(self, Block(descriptor))
        return table

    def _encoded(self, table: _Table, data: bytes, depth: int) -> bytes:
        """Return the fields in ``data`` as bytes of a message of the table's type."""
        parts: list[bytes] = []
        append = parts.append
        strings = table.strings
        open_blocks: list[tuple[_Table, list[bytes], bytes]] = []
        findall = self._findall
        size = len(data)
        start = 0
        while start < size:
            end = size if size - start <= 2 * _PIECE else data.find(b"\n}", start + _PIECE) + 1 or size
            for name, string, other, opening, closing, neither in findall(data, start, end):
                if string:
                    append(strings[name][len(string)])
                    append(string)
                elif other:
                    append(table[name][other])
                elif opening:
                    if len(open_blocks) == depth:
                        raise Unusual
                    open_blocks.append((table, parts, name))
                    table = self._inner(table[name].field)
                    strings = table.strings
                    parts = []
                    append = parts.append
                elif closing:
                    body = joined(parts, table.has_packed)
                    table, parts, name = open_blocks.pop()
                    strings = table.strings
                    append = parts.append
                    append(table[name].field.message(body))
                elif neither or name:
                    raise Unusual
            start = end
        if open_blocks:
            raise Unusual
        return joined(parts, table.has_packed)

    def block(self, field: Field, inner: bytes) -> bytes:
        """Return a whole block, given what is between its braces."""
        return field.message(self._encoded(self._inner(field), inner, MAX_DEPTH - 2))

    def _inner(self, field: Field) -> _Table:
        if field.shape != "message":
            raise Unusual
        return self._table(field.message_type)

    def remembers(self, text: bytes) -> bool:
        """Tell whether to keep what a text means; forget all the others when they are too many."""
        if len(text) > _LONGEST:
            return False
        self._remembered += 1
        if self._remembered > _MOST:
            self._remembered = 0
            for table in self._tables.values():
                for texts in table.values():
                    texts.clear()
        return True


class _Table(dict[bytes, "_Texts"]):
    """What a message type makes of the texts behind its fields' names."""

    def __init__(self, reader: FastReader, block: Block) -> None:
        self.has_packed = block.has_packed
        self.strings = {name: _StringHeads(field) for name, field in block.items() if field.shape == "string"}
        self.update((name, _Texts(reader, field)) for name, field in block.items() if field.type != GROUP)


class _StringHeads(dict[int, bytes]):
    """A string field's tag and length by length."""

    def __init__(self, field: Field) -> None:
        self.tag = field.tag

    def __missing__(self, size: int) -> bytes:
        head = self.tag + varint(size)
        if size < 128:
            self[size] = head
        return head


class _Texts(dict[bytes, bytes]):
    """What stands behind a field's name, and the bytes that it means."""

    def __init__(self, reader: FastReader, field: Field) -> None:
        self.reader = reader
        self.field = field

    def __missing__(self, text: bytes) -> bytes:
        value = text.strip()
        colon = value[:1] == b":"
        if colon:
            value = value[1:].lstrip()
        field = self.field
        if value[:1] == b"{":
            made = self.reader.block(field, value[1:-1])
        elif value[:1] == b"[":
            made = self._listed(value[1:-1])
        else:
            made = field.element(_scalar(field, value))
            if field.shape == "string":
                return made  # seldom said again
        if self.reader.remembers(text):
            self[text] = made
        return made

    def _listed(self, inner: bytes) -> bytes:
        field = self.field
        if not field.repeated:
            raise Unusual
        if not inner.strip():
            return b""
        values = []
        position = 0
        while position < len(inner):
            match = _ELEMENT.match(inner, position)
            if match is None:
                raise Unusual
            values.append(_scalar(field, match[1]))
            position = match.end()
        if inner.rstrip()[-1:] == b",":
            raise Unusual
        return field.element(b"".join(values)) if field.packed else b"".join(map(field.element, values))


def _scalar(field: Field, value: bytes) -> bytes:
    """Return the payload of one value."""
    shape = field.shape
    made: Optional[bytes] = None
    if shape == "string":
        if value[:1] not in (b'"', b"'"):
            raise Unusual
        inner = b"".join([_between_quotes(literal) for literal in _LITERAL.findall(value)])
        return field.string(inner)
    negative = value[:1] == b"-"
    token = value[1:].lstrip() if negative else value
    if shape == "float":
        number = floating_number(token)
        if number is not None:
            return field.floating(-number if negative else number)
    elif shape == "integer":
        if not (negative and field.unsigned):
            made = field.integer(token, negative)
    elif shape == "bool":
        made = None if negative else field.boolean(token)
    elif shape == "enum":
        made = field.enumerated(token, negative)
    if made is None:
        raise Unusual
    return made


def _between_quotes(literal: bytes) -> bytes:
    inner = literal[1:-1]
    if b"\\" in inner:
        from netgen.prototxt.strings import has_bad_escape, unescape

        if has_bad_escape(inner):
            raise Unusual
        return unescape(inner)
    return inner


def _deep_fields(descriptor: Any, heights: dict[str, int]) -> set[bytes]:
    """Return the names of fields whose blocks are seldom the same and seldom plain: three deep and more."""
    _height(descriptor, heights)
    deep = set()
    for name, height in heights.items():
        if height >= 3:
            message = descriptor.file.pool.FindMessageTypeByName(name)
            for field in message.fields:
                if field.message_type is not None and heights.get(field.message_type.full_name, 9) >= 3:
                    deep.add(field.name.encode())
    return deep


def _height(descriptor: Any, heights: dict[str, int]) -> int:
    """Return how many blocks a message has inside each other, itself counted; 9 stands for any number."""
    name = descriptor.full_name
    if name not in heights:
        heights[name] = 9
        types = [field.message_type for field in descriptor.fields if field.message_type is not None]
        heights[name] = min(1 + max((_height(one, heights) for one in types), default=0), 9)
    return heights[name]


def _reaches(descriptor: Any, wanted: Callable[[Any], bool], seen: set[str]) -> bool:
    """Tell whether a message of this type, or one in it, has such a field."""
    seen.add(descriptor.full_name)
    for field in descriptor.fields:
        if wanted(field):
            return True
        type_ = field.message_type
        if type_ is not None and type_.full_name not in seen and _reaches(type_, wanted, seen):
            return True
    return False


def _is_required(field: Any) -> bool:
    required = getattr(field, "is_required", None)  # protobuf 3.20 has labels alone
    return bool(field.label == 2 if required is None else required)


def _is_bytes(field: Any) -> bool:
    return bool(field.type == BYTES)
