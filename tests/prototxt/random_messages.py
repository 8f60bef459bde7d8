"""Random messages of any class, and texts of them in any layout, with the place of each value."""

from __future__ import annotations

import random
import struct
from typing import Any, Union

from netgen.prototxt import format_scalar

_TEXTS = [
    "",
    "a",
    "conv1/3x3",
    "it's",
    'a "b"',
    "\\",
    "a\nb",
    "\t",
    "{",
    "}",
    "# no comment",
    "é日🎉",
    "\0",
    "x" * 200,
]
_INTEGERS = [0, 1, 2, 7, 127, 128, 300, 2**31 - 1]
_FLOATS = [
    0.0,
    -0.0,
    1.0,
    0.1,
    -2.5,
    1e-45,
    3.4028234663852886e38,
    1e30,
    float("inf"),
    float("-inf"),
    float("nan"),
]
_LIMITS = {"INT32": 2**31, "INT64": 2**63, "UINT32": 2**32, "UINT64": 2**64}
Path = tuple[Union[str, int], ...]


def is_repeated(field: Any) -> bool:
    repeated = getattr(field, "is_repeated", None)
    return field.label == field.LABEL_REPEATED if repeated is None else repeated


def fill(message: Any, source: random.Random, depth: int = 4) -> Any:
    """Set random fields of a message, and return it."""
    fields = [field for field in message.DESCRIPTOR.fields if depth or field.message_type is None]
    for field in source.sample(fields, min(len(fields), source.randint(0, 5))):
        count = source.choice([1, 1, 2, 3]) if is_repeated(field) else 1
        for _ in range(count):
            if field.message_type is not None:
                inner = getattr(message, field.name)
                if is_repeated(field):
                    inner = inner.add()
                else:
                    inner.SetInParent()
                fill(inner, source, depth - 1)
            elif is_repeated(field):
                getattr(message, field.name).append(scalar(field, source))
            else:
                setattr(message, field.name, scalar(field, source))
    for field in message.DESCRIPTOR.fields:
        required = getattr(field, "is_required", None)
        if (field.label == 2 if required is None else required) and not message.HasField(field.name):
            setattr(message, field.name, scalar(field, source))
    return message


def scalar(field: Any, source: random.Random) -> Any:
    if field.enum_type is not None:
        return source.choice([value.number for value in field.enum_type.values])
    if field.cpp_type == field.CPPTYPE_BOOL:
        return source.random() < 0.5
    if field.cpp_type == field.CPPTYPE_STRING:
        text = source.choice(_TEXTS)
        return text.encode() + b"\xff\x80" if field.type == field.TYPE_BYTES else text
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        if source.random() < 0.3:
            number = struct.unpack("<f", source.getrandbits(32).to_bytes(4, "little"))[0]
            return number if number == number else float("nan")  # its bits cannot be written
        return source.choice(_FLOATS)
    kind = next(name for name in _LIMITS if field.cpp_type == getattr(field, f"CPPTYPE_{name}"))
    number = source.choice([*_INTEGERS, _LIMITS[kind] - 1])
    if kind.startswith("U"):
        return number
    return min(source.choice([number, -number]), _LIMITS[kind] - 1)


class Layout:
    """Writes messages as no two people would."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.text = ""
        self.places: dict[Path, tuple[int, int]] = {}
        self.comments: list[str] = []

    def _pick(self, *choices: str) -> str:
        return self.source.choice(choices)

    def _space(self, least: str = "") -> None:
        self.text += self._pick(least, " ", "  ", "\t", "\n", "\r\n  ", "\n\n") or least
        if self.source.random() < 0.1:
            comment = self._pick("#", "# a comment", '# "quoted" { }', "# é")
            self.text += comment + "\n"
            self.comments.append(comment)

    def write(self, message: Any, path: Path = ()) -> str:
        for field, value in message.ListFields():
            name = field.message_type.name if field.type == field.TYPE_GROUP else field.name
            here = (*path, name)
            values = list(value) if is_repeated(field) else [value]
            if is_repeated(field) and self.source.random() < 0.3:
                self._list(field, name, values, here)
                continue
            for index, item in enumerate(values):
                self._space(" ")
                start = len(self.text)
                self.text += name
                place = (*here, index) if is_repeated(field) else here
                self._value(field, item, place)
                self.places[place] = (start, len(self.text))
                self.text += self._pick("", "", "", ",", ";")
        return self.text

    def _list(self, field: Any, name: str, values: list[Any], here: Path) -> None:
        self._space(" ")
        self.text += f"{name}: ["
        for index, item in enumerate(values):
            self.text += ", " if index else ""
            self._space()
            start = len(self.text)
            self._bare(field, item, (*here, index))
            self.places[(*here, index)] = (start, len(self.text))
        self.text += " ]"

    def _value(self, field: Any, value: Any, path: Path) -> None:
        if field.message_type is None or self.source.random() < 0.3:
            self._space()
            self.text += ":"
        self._space()
        self._bare(field, value, path)

    def _bare(self, field: Any, value: Any, path: Path) -> None:
        if field.message_type is None:
            self.text += format_scalar(field, value)
            return
        opener, closer = ("<", ">") if self.source.random() < 0.05 else ("{", "}")
        self.text += opener
        self.write(value, path)
        self._space()
        self.text += closer
