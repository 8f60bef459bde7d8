"""Values of the text format as bytes of protobuf's wire format, driven by descriptors.

A message is built by writing its bytes and having protobuf parse them: that costs a fraction of what setting
each field does, and works for the classes of any descriptor pool.
"""

from __future__ import annotations

import math
import re
import struct
from typing import Any, Optional

from netgen.prototxt.limits import HIDDEN

__all__ = ["BYTES", "GROUP", "Block", "Field", "Packed", "joined", "varint"]

# FieldDescriptor's types, as numbers: its constants would cost an import, and a look-up for each field.
_DOUBLE, _FLOAT, _INT64, _UINT64, _INT32, _FIXED64, _FIXED32, _BOOL, _STRING, GROUP, MESSAGE, BYTES = range(
    1, 13
)
_UINT32, _ENUM, _SFIXED32, _SFIXED64, _SINT32, _SINT64 = range(13, 19)
_REPEATED, _REQUIRED = 3, 2

_WIRE_TYPE = {_DOUBLE: 1, _FIXED64: 1, _SFIXED64: 1, _FLOAT: 5, _FIXED32: 5, _SFIXED32: 5, GROUP: 3}
_WIRE_TYPE.update(dict.fromkeys((_STRING, BYTES, MESSAGE), 2))
_LIMITS = {
    _INT32: (1 << 31) - 1,
    _SINT32: (1 << 31) - 1,
    _SFIXED32: (1 << 31) - 1,
    _INT64: (1 << 63) - 1,
    _SINT64: (1 << 63) - 1,
    _SFIXED64: (1 << 63) - 1,
    _UINT32: (1 << 32) - 1,
    _FIXED32: (1 << 32) - 1,
    _UINT64: (1 << 64) - 1,
    _FIXED64: (1 << 64) - 1,
    _ENUM: (1 << 31) - 1,
    _BOOL: 1,
}
_UNSIGNED = frozenset((_UINT32, _FIXED32, _UINT64, _FIXED64, _BOOL))
_FIXED = {_FIXED32: "<I", _SFIXED32: "<i", _FIXED64: "<Q", _SFIXED64: "<q"}
_SHAPES = {
    _FLOAT: "float",
    _DOUBLE: "float",
    _BOOL: "bool",
    _ENUM: "enum",
    _STRING: "string",
    BYTES: "string",
}
_SHAPES.update({MESSAGE: "message", GROUP: "message"})

_BOOLEANS = {b"true": b"\1", b"True": b"\1", b"t": b"\1", b"false": b"\0", b"False": b"\0", b"f": b"\0"}
_DECIMAL = re.compile(rb"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fF]?\Z")
_DIGITS = re.compile(rb"0[xX][0-9a-fA-F]+\Z|[0-9]+\Z")
_FLOAT_NAMES = {b"inf": math.inf, b"infinity": math.inf, b"nan": math.nan}
# What C++ takes for the largest float32, where rounding alone would give infinity.
_FLOAT_MAX = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
_ROUNDED_FLOAT_MAX = 3.4028235677973366e38


class Packed(bytes):
    """The payload of one element of a packed field, whose elements share one tag and one length."""

    field: Field


class Field:
    """What a reader has to know of one field, taken from its descriptor once."""

    __slots__ = (
        "enum_type",
        "limit",
        "message_type",
        "name",
        "number",
        "oneof",
        "packed",
        "presence",
        "repeated",
        "shape",
        "tag",
        "type",
        "unsigned",
    )

    def __init__(self, descriptor: Any) -> None:
        self.name: str = descriptor.name
        self.number: int = descriptor.number
        self.type: int = descriptor.type
        self.shape = _SHAPES.get(self.type, "integer")
        self.message_type: Any = descriptor.message_type
        if self.type == GROUP:
            self.name = self.message_type.name  # a group goes by the name of its type
        repeated = getattr(descriptor, "is_repeated", None)  # protobuf 3.20 has labels alone
        self.repeated: bool = descriptor.label == _REPEATED if repeated is None else repeated
        self.packed = self.repeated and self.shape not in ("string", "message") and _is_packed(descriptor)
        self.presence: bool = descriptor.has_presence
        self.oneof: Any = descriptor.containing_oneof
        self.limit = _LIMITS.get(self.type, 0)
        self.unsigned = self.type in _UNSIGNED
        self.enum_type: Any = descriptor.enum_type
        self.tag = varint(self.number << 3 | (2 if self.packed else _WIRE_TYPE.get(self.type, 0)))

    def integer(self, digits: bytes, negative: bool) -> Optional[bytes]:
        """Return the payload of an integer as C++ reads it; None where it is out of range.

        ``digits`` is one token of digits, decimal, octal or hexadecimal.
        """
        number = unsigned_integer(digits)
        if number is None or number > self.limit + negative:
            return None
        return self._integer_payload(-number if negative else number)

    def _integer_payload(self, number: int) -> bytes:
        if self.type in _FIXED:
            return struct.pack(_FIXED[self.type], number)
        if self.type in (_SINT32, _SINT64):
            number = number << 1 if number >= 0 else (-number << 1) - 1
        return varint(number)

    def floating(self, number: float) -> bytes:
        """Return the payload of a number for a float or double field, rounded as C++ rounds."""
        if self.type == _DOUBLE:
            return struct.pack("<d", number)
        if not -_FLOAT_MAX <= number <= _FLOAT_MAX and not math.isnan(number):
            beyond = _FLOAT_MAX if abs(number) <= _ROUNDED_FLOAT_MAX else math.inf
            number = math.copysign(beyond, number)
        return struct.pack("<f", number)

    def boolean(self, token: bytes) -> Optional[bytes]:
        """Return the payload of a name or an unsigned integer for a bool field; None if it is none."""
        payload = _BOOLEANS.get(token)
        if payload is None and token[:1].isdigit():
            number = unsigned_integer(token)
            return bytes((number,)) if number in (0, 1) else None
        return payload

    def enumerated(self, token: bytes, negative: bool = False) -> Optional[bytes]:
        """Return the payload of a name or a number for an enum field; None if the enum does not have it."""
        if token[:1].isdigit():
            number = self.enum_number(token, negative)
            known = number in self.enum_type.values_by_number or _is_open(self.enum_type)
            return varint(number) if known and number is not None else None
        value = None if negative else self.enum_type.values_by_name.get(token.decode())
        return None if value is None else varint(value.number)

    def enum_number(self, digits: bytes, negative: bool) -> Optional[int]:
        """Return a number for an enum field; None where it is out of range."""
        number = unsigned_integer(digits)
        if number is None or number > self.limit + negative:
            return None
        return -number if negative else number

    def string(self, data: bytes) -> bytes:
        """Return the payload of a string's bytes: messages of Python hold text, so it is made UTF-8."""
        if self.type != BYTES and not data.isascii():
            from netgen.prototxt.strings import as_readable

            data = as_readable(data)
        return varint(len(data)) + data

    def element(self, payload: bytes) -> bytes:
        """Return one value with its tag; an element of a packed field waits for its companions."""
        if not self.packed:
            return self.tag + payload
        element = Packed(payload)
        element.field = self
        return element

    def message(self, body: bytes) -> bytes:
        """Return a message or group of this field around its body."""
        if self.type == GROUP:
            return self.tag + body + varint(self.number << 3 | 4)
        return self.tag + varint(len(body)) + body


class Block(dict[bytes, Field]):
    """The fields of one message type by name."""

    def __init__(self, descriptor: Any) -> None:
        self.full_name: str = descriptor.full_name
        self.has_packed = False
        self._descriptor = descriptor
        self._reserved: Optional[frozenset[str]] = None
        for of in descriptor.fields:
            if of.number >= HIDDEN:
                continue
            field = Field(of)
            self[field.name.encode()] = field
            self.has_packed = self.has_packed or field.packed

    def reserves(self, name: bytes) -> bool:
        """Tell whether the type has set a name aside: C++ skips such a field."""
        if self._reserved is None:
            from google.protobuf import descriptor_pb2

            described = descriptor_pb2.DescriptorProto()
            self._descriptor.CopyToProto(described)
            self._reserved = frozenset(described.reserved_name)
        return name.decode() in self._reserved


def joined(parts: list[bytes], has_packed: bool) -> bytes:
    """Return a message's bytes from those of its fields; elements of a packed field are put together."""
    if not has_packed:
        return b"".join(parts)
    together: dict[Field, list[bytes]] = {}
    others = []
    for part in parts:
        if type(part) is Packed:
            together.setdefault(part.field, []).append(part)
        else:
            others.append(part)
    for field, payloads in together.items():
        body = b"".join(payloads)
        others += (field.tag, varint(len(body)), body)
    return b"".join(others)


def varint(number: int) -> bytes:
    """Return a number as protobuf's variable-length integer; a negative one takes ten bytes."""
    if 0 <= number < 128:
        return _SMALL[number]
    number &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


_SMALL = [bytes((number,)) for number in range(128)]


def unsigned_integer(token: bytes) -> Optional[int]:
    """Return what a token of digits means: ``0x1F``, ``017``, ``15``. None for ``08``, or beyond 64 bits."""
    if not _DIGITS.match(token):
        return None
    base = 10
    if token[:1] == b"0" and len(token) > 1:
        base = 16 if token[1:2] in b"xX" else 8
    digits = token[2 if base == 16 else 0 :].lstrip(b"0") or b"0"
    if len(digits) > 22:  # more than 64 bits in any base, and Python would take long over a long one
        return None
    try:
        number = int(digits, base)
    except ValueError:
        return None
    return number if number < 1 << 64 else None


def floating_number(token: bytes) -> Optional[float]:
    """Return what a token means to a float field: a decimal number or a name. None if it is neither."""
    if _DECIMAL.match(token):
        return float(token.rstrip(b"fF"))
    return _FLOAT_NAMES.get(token.lower())


def _is_packed(descriptor: Any) -> bool:
    packed = getattr(descriptor, "is_packed", None)
    if packed is not None:
        return bool(packed)
    options = descriptor.GetOptions() if descriptor.has_options else None
    if options is not None and options.HasField("packed"):
        return bool(options.packed)
    return getattr(descriptor.file, "syntax", "proto2") == "proto3"


def _is_open(enum_type: Any) -> bool:
    closed = getattr(enum_type, "is_closed", None)
    if closed is not None:
        return not closed
    return getattr(enum_type.file, "syntax", "proto2") == "proto3"
