"""What strings of the text format stand for, as C++ resolves their escapes, and as text."""

from __future__ import annotations

import codecs
import re
from typing import Any

__all__ = ["LATIN_1", "SURROGATES", "as_readable", "has_bad_escape", "unescape"]

LATIN_1 = "netgen-latin-1"
"""An error handler for decoding: bytes that are not UTF-8 are Latin-1."""

SURROGATES = "netgen-surrogates"
"""An error handler for encoding: a lone surrogate is the byte that it was made of, or its own three."""

_BAD_ESCAPE = re.compile(
    rb"\\(?![abfnrtv\\?'\"0-7]|x[0-9a-fA-F]|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|U0010[0-9a-fA-F]{4})"
)
_ESCAPED_BACKSLASH = re.compile(rb"\\\\")
_ESCAPE = re.compile(
    rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_SIMPLE = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"\\": b"\\",
    b"?": b"?",
    b"'": b"'",
    b'"': b'"',
}


def has_bad_escape(inner: bytes) -> bool:
    """Tell whether a string may have an escape that C++ refuses; it surely has none otherwise."""
    return b"\\" in inner and _BAD_ESCAPE.search(_ESCAPED_BACKSLASH.sub(b"", inner)) is not None


def unescape(inner: bytes) -> bytes:
    """Return the bytes that a string stands for, given what is between its quotes and has sound escapes."""
    return _ESCAPE.sub(_unescaped, _PAIR.sub(_paired, inner)) if b"\\" in inner else inner


def _unescaped(match: Any) -> bytes:
    octal, hexadecimal, short, long, simple = match.groups()
    if octal:
        return bytes((int(octal, 8) & 255,))
    if hexadecimal:
        return bytes((int(hexadecimal, 16),))
    if simple:
        return _SIMPLE.get(simple, b"?")
    point = int(short or long, 16)
    if point > 0x10FFFF:  # C++ writes such a number out
        return b"\\U%08x" % point
    return chr(point).encode("utf-8", "surrogatepass")


# A head surrogate and the trail surrogate behind it are one character. What stands before the escape must be
# matched too, or an escaped backslash before "u" would be taken for one.
_PAIR = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|U0000([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _paired(match: Any) -> bytes:
    if match.lastindex is None:
        return bytes(match.group())
    head, trail = match[match.lastindex - 1], match[match.lastindex]
    return b"\\U%08x" % (0x10000 + ((int(head, 16) - 0xD800) << 10 | (int(trail, 16) - 0xDC00)))


def as_readable(data: bytes) -> bytes:
    """Return a string's bytes as UTF-8: bytes that are not are taken one by one for Latin-1.

    C++ takes any bytes for a string; a Python message gives text, and each name stays a name of its own.
    """
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", LATIN_1).encode()
    return data


def _latin_1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _surrogates(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    char = error.object[error.start]
    escaped = "\udc80" <= char <= "\udcff"
    return char.encode("utf-8", "surrogateescape" if escaped else "surrogatepass"), error.start + 1


codecs.register_error(LATIN_1, _latin_1)
codecs.register_error(SURROGATES, _surrogates)
