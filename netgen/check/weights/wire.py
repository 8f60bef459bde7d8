"""Protobuf's wire format, walked without copying: what is not asked for is stepped over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

__all__ = ["FIXED32", "FIXED64", "LENGTH", "VARINT", "Buffer", "WireError", "fields", "varint", "varints"]

VARINT, FIXED64, LENGTH, START_GROUP, END_GROUP, FIXED32 = range(6)

Buffer = Union[bytes, memoryview]


class WireError(ValueError):
    """The bytes are no protobuf message.

    Parameters
    ----------
    offset : int
        Where they end to be one.
    reason : str
        What is wrong there.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.offset = offset
        self.reason = reason


def varint(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """Return the varint at an offset, as an unsigned 64-bit number, and the offset behind it.

    Raises
    ------
    WireError
        Where it is longer than 10 bytes, or the data end in it.
    """
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise WireError(at, "a number longer than 10 bytes")
    raise WireError(at, "the file ends inside a number")


def varints(data: Buffer, at: int, end: int) -> list[int]:
    """Return packed varints as signed 64-bit numbers."""
    values = []
    while at < end:
        value, at = varint(data, at, end)
        values.append(value - (1 << 64) if value >> 63 else value)
    return values


def fields(data: Buffer, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, wire type, start and end of each field's value between two offsets.

    A varint's value is given as its start and end, too. Fields of a fixed size that repeat without a break,
    as in an unpacked list of floats, come as one, of all their bytes with the tags between them.

    Raises
    ------
    WireError
        Where the bytes are no message.
    """
    while at < end:
        tag_at = at
        tag, at = varint(data, at, end)
        number, kind = tag >> 3, tag & 7
        if not number or number > 0x1FFFFFFF:
            raise WireError(tag_at, "a field without a number")
        if kind == LENGTH:
            size, start = varint(data, at, end)
            at = start + size
        elif kind == VARINT:
            start = at
            _, at = varint(data, at, end)
        elif kind in (FIXED32, FIXED64):
            start = at
            at += 4 if kind == FIXED32 else 8
            at = _behind_run(data, tag_at, start, at, end)
        elif kind == START_GROUP:
            start = at
            at = _behind_group(data, at, end, number)
        else:
            raise WireError(tag_at, f"wire type {kind}, which there is not")
        if at > end:
            raise WireError(tag_at, "a field reaches past the end")
        yield number, kind, start, at


def _behind_run(data: Buffer, tag_at: int, start: int, at: int, end: int) -> int:
    """Return where a run of equal one-byte tags with values of a fixed size ends."""
    if start - tag_at != 1:
        return at
    step = at - tag_at
    tags = bytes(data[tag_at : end - step + 1 : step])
    run = len(tags) - len(tags.lstrip(tags[:1]))
    return tag_at + max(run, 1) * step


def _behind_group(data: Buffer, at: int, end: int, number: int) -> int:
    """Return the offset behind a group's end."""
    open_groups = [number]
    while at < end:
        tag, at = varint(data, at, end)
        inner, kind = tag >> 3, tag & 7
        if kind == LENGTH:
            size, at = varint(data, at, end)
            at += size
        elif kind == VARINT:
            _, at = varint(data, at, end)
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        elif kind == START_GROUP:
            open_groups.append(inner)
        elif kind == END_GROUP and inner == open_groups.pop():
            if not open_groups:
                return at
        else:
            raise WireError(at, f"wire type {kind}, which there is not")
    raise WireError(min(at, end), "the file ends inside a group")
