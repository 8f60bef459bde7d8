"""What a file is that is no prototxt at all, told from its beginning, or not the expected message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from netgen.prototxt.faults import short_type
from netgen.prototxt.wire import Block

__all__ = ["Foreign", "other_message", "recognised"]


class Foreign(NamedTuple):
    """What a file is."""

    kind: str
    """A slug: ``html``, ``lfs-pointer``, ``binary``, …"""
    words: str
    """Such as "a web page"."""
    mend: str


_HEAD = 4096  # bytes; what a file is shows at its start
_HTML = re.compile(rb"(?i)<(?:!doctype html|html|head|body|\?xml)\b")
_CONFLICT = re.compile(rb"(?m)^<<<<<<< ")
_LABEL_MAP = re.compile(rb"\s*item\s*\{[^{}]*\b(?:label|id|display_name)\s*:")
_COMMENT = re.compile(rb"#[^\n]*")
_JSON = re.compile(rb"\{\s*[\"}]|\[\s*[\"{]")
_GET_RAW = "download the file itself; on a code host, by the link Raw"
_UNPACK = "give the prototxt that is in it"
_MAGIC = (
    (b"\x89HDF", "an HDF5 file", "give the prototxt that belongs to it"),
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"\x89PNG", "a PNG picture", "give a prototxt"),
    (b"\xff\xd8\xff", "a JPEG picture", "give a prototxt"),
    (b"%PDF", "a PDF", "give a prototxt"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def recognised(data: bytes) -> Optional[Foreign]:
    """Return what a file that cannot be parsed is; None for what may be meant as a prototxt."""
    head = data[:_HEAD]
    start = head.lstrip()
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        words = "a pointer of Git LFS, not the file that it stands for"
        return Foreign("lfs-pointer", words, "fetch the file: git lfs pull")
    if _HTML.match(start):
        return Foreign("html", "a web page", _GET_RAW)
    if start.startswith((b"404: Not Found", b"400: Invalid request")):
        return Foreign("html", "the answer of a web server that had no such file", _GET_RAW)
    for magic, words, mend in _MAGIC:
        if head.startswith(magic):
            return Foreign("binary", words, mend)
    if head.startswith(_UTF_16) or _looks_like_utf_16(head):
        return Foreign("binary", "text in UTF-16", "save it as UTF-8, without a byte order mark")
    if _is_binary(head):
        return Foreign("binary", _binary(head), "give the prototxt that belongs to it")
    if _CONFLICT.search(data):
        return Foreign("merge-conflict", "a file with merge conflicts in it", "resolve them")
    if _LABEL_MAP.match(_COMMENT.sub(b"", head)):
        return Foreign("label-map", "a map of labels", "give the prototxt of a net")
    if _JSON.match(start):
        return Foreign("json", "JSON", "give a prototxt")
    return None


def _looks_like_utf_16(head: bytes) -> bool:
    """Tell whether each second byte is zero, as it is in UTF-16 of plain letters."""
    pairs = head[: len(head) // 2 * 2]
    return len(pairs) >= 8 and (not any(pairs[::2]) or not any(pairs[1::2])) and any(pairs)


def _is_binary(head: bytes) -> bool:
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return controls >= 4 and controls * 20 > len(head)


def _binary(head: bytes) -> str:
    # A binary net starts with its name (field 1, a string).
    if head[:1] == b"\n":
        return "a binary net (a caffemodel), not a prototxt"
    return "a binary file"


def other_message(names: Iterable[str], descriptor: Any) -> Optional[Any]:
    """Return the descriptor of the message that a text's outermost names belong to, None for the expected."""
    said = frozenset(names)
    best, most = None, sum(name in descriptor.fields_by_name for name in said)
    if not said or most * 2 > len(said):
        return None
    for other in descriptor.file.message_types_by_name.values():
        known = sum(name in other.fields_by_name for name in said)
        if known > most:
            best, most = other, known
    return best if best is not None and most * 4 >= len(said) * 3 else None


def said_of_other(other: Any, descriptor: Any) -> tuple[str, str]:
    """Return message and mend for a text that is another message than the expected."""
    name, expected = short_type(other.full_name), short_type(descriptor.full_name)
    message = f"this reads as a {name}, expected a {expected}"
    places = [
        field
        for field in Block(descriptor).values()
        if field.message_type is not None and field.message_type.full_name == other.full_name
    ]
    if len(places) == 1 and places[0].repeated:
        return message, f"put it in {places[0].name} {{ … }}"
    return message, f"give the file of a {expected}"
