"""One value as the text format writes it: the shortest text that every parser reads back the same."""

from __future__ import annotations

import math
import re
import struct
from functools import lru_cache
from typing import Any

__all__ = ["escape", "format_scalar"]

# What a reader could not see or would mistake: quotes, backslashes, controls, odd spaces, marks that turn the
# direction of writing, private characters. A list, since str.isprintable() changes with Python's release.
_UNREADABLE = (
    "[\"'\\\\\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ud800-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# Digits that tell any two values apart.
_FLOAT_DIGITS = 9

# Numbers from 1e-4 up to (not including) 1e8 are written without an exponent, as people write them.
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -4, 7


def format_scalar(field: Any, value: Any) -> str:
    """Return the text of one value of a field, without the field's name.

    Parameters
    ----------
    field : FieldDescriptor
        The field (of any message class, any Caffe's); for a repeated field, ``value`` is one element.
    value : bool, int, float, str or bytes
        As a message of that class holds it.

    Returns
    -------
    str
        ``true``, ``0.01``, ``-inf``, ``MAX``, ``"conv1"``. Strings stand in double quotes, or in single ones
        where that saves escapes; what is not printable is escaped, everything else stays readable UTF-8.

    Raises
    ------
    ValueError
        The field is a message, which is not one value.

    Examples
    --------
    >>> from netgen.schema import caffe_pb2
    >>> fields = caffe_pb2.SolverParameter.DESCRIPTOR.fields_by_name
    >>> format_scalar(fields["base_lr"], 0.009999999776482582)
    '0.01'
    >>> format_scalar(fields["solver_mode"], 0)
    'CPU'
    """
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        return _quoted(value) if isinstance(value, str) else _quoted_bytes(value)
    if kind == field.CPPTYPE_BOOL:
        return "true" if value else "false"
    if kind == field.CPPTYPE_ENUM:
        known = field.enum_type.values_by_number.get(value)
        # An open enum may hold a number without a name, which the text format writes as the number.
        return str(value) if known is None else str(known.name)
    if kind == field.CPPTYPE_FLOAT:
        return _number(float(value), True, math.copysign(1.0, value))
    if kind == field.CPPTYPE_DOUBLE:
        return _number(float(value), False, math.copysign(1.0, value))
    if kind == field.CPPTYPE_MESSAGE:
        raise ValueError(f"{field.full_name} is a message and has fields of its own")
    return str(int(value))


@lru_cache(maxsize=4096)
def _number(value: float, single: bool, sign: float) -> str:
    """Format a float32 or float64; ``sign`` keeps 0.0 and -0.0, which are equal, apart in the cache."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0.0:
        return "0" if sign > 0 else "-0.0"
    digits, exponent = _shortest(value, single)
    minus = "-" if value < 0 else ""
    if not _SMALLEST_EXPONENT <= exponent <= _LARGEST_EXPONENT:
        point = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
        return f"{minus}{point}e{exponent}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    whole, part = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{minus}{whole}.{part}" if part else f"{minus}{whole}"


def _shortest(value: float, single: bool) -> tuple[str, int]:
    """Return the fewest significant digits that give the value back, and the first one's power of ten."""
    text = repr(value)
    if single:
        wanted = _as_single(value)
        # Parsers read a double and round it to a float; the search goes the same way, so that it is exact.
        texts = (f"{value:.{digits}e}" for digits in range(_FLOAT_DIGITS))
        text = next((text for text in texts if _as_single(float(text)) == wanted), text)
    mantissa, _, exponent = f"{text}e0".partition("e")
    whole, _, part = mantissa.lstrip("-").partition(".")
    power = int(exponent.partition("e")[0]) + len(whole) - 1
    digits = (whole + part).lstrip("0")
    power -= len(whole + part) - len(digits)
    return digits.rstrip("0"), power


def _as_single(value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:  # rounds to more than float32 holds
        return b""


def escape(text: str, quote: str = "") -> str:
    """Return text with everything escaped that a reader could not see.

    Parameters
    ----------
    text : str
        Any text, such as a string's value or a comment.
    quote : str
        The quote that it will stand in, which is escaped too, and so are backslashes. None for a comment.
    """
    return re.sub(_UNREADABLE, lambda match: _escaped(match.group(), quote), text)


def _quoted(text: str) -> str:
    quote = "'" if '"' in text and "'" not in text else '"'
    return quote + escape(text, quote) + quote


def _escaped(char: str, quote: str) -> str:
    if char in "\"'\\":
        return "\\" + char if char == quote or (quote and char == "\\") else char
    # Octal: three digits end an escape by themselves, where a hexadecimal one would swallow what follows.
    return _ESCAPES.get(char) or "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))


def _quoted_bytes(data: bytes) -> str:
    return '"' + "".join(_BYTES[byte] for byte in data) + '"'


_BYTES = [
    "\\" + chr(byte) if chr(byte) in '"\\' else chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
    for byte in range(256)
]
