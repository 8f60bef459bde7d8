"""Tokens of the text format, exactly as the tokenizer of C++ protobuf 3.17 takes them, complaints and all."""

from __future__ import annotations

import re
from array import array
from typing import NamedTuple

__all__ = ["END", "FLOAT", "IDENTIFIER", "INTEGER", "STRING", "SYMBOL", "BadToken", "Tokens"]

# The kinds of tokens: the numbers of the expression's groups.
IDENTIFIER, SYMBOL, STRING, FLOAT, INTEGER, COMMENT, END = range(1, 8)

# What is sound, one alternative for each kind. Whatever is left goes through _Odd, character by character.
_TOKEN = re.compile(
    rb"""[ \t\r\n\v\f]*(?:
    ([A-Za-z_][A-Za-z0-9_]*)
  | ([{}:;,<>\[\]]|-|=|/)
  | ("[^"\\\n\0]*"|'[^'\\\n\0]*')
  | ((?:(?:0|[1-9][0-9]*)(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?[fF]?|[eE][-+]?[0-9]+[fF]?|[fF])
      |\.[0-9]+(?:[eE][-+]?[0-9]+)?[fF]?)(?![A-Za-z_.0-9]))
  | ((?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)(?![A-Za-z_.0-9]))
  | (\#[^\n\0]*)
  )""",
    re.VERBOSE,
)
_SPACE = re.compile(rb"[ \t\r\n\v\f]*")
_CONTROLS = re.compile(rb"[\0-\x1f]*")  # white space among them goes with them
_STRING_PART = {34: re.compile(rb'[^"\\\n\0]*'), 39: re.compile(rb"[^'\\\n\0]*")}
_ESCAPE = re.compile(rb"[abfnrtv\\?'\"0-7]")
_HEX = re.compile(rb"[0-9a-fA-F]*")
_OCTAL_DIGITS = re.compile(rb"[0-7]*")
_DIGITS = re.compile(rb"[0-9]*")
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_SHORT_ESCAPE = (_HEX_DIGITS,) * 4
_LONG_ESCAPE = (b"0", b"0", b"01", *(_HEX_DIGITS,) * 5)


class BadToken(NamedTuple):
    """What the tokenizer finds wrong; the parser goes on with what it took the token for."""

    token: int
    """The index of the token, that of the next one if it is no part of any."""
    offset: int
    """The byte at which C++ says it."""
    kind: str


class Tokens:
    """All tokens of a text: kinds, and where each starts and ends, in bytes.

    Parameters
    ----------
    data : bytes
        The text.
    start, end : int
        The part of it to look at, by default the whole.
    """

    def __init__(self, data: bytes, start: int = 0, end: int = -1) -> None:
        self.data = data
        self.kinds = bytearray()
        self.starts = array("q")
        self.ends = array("q")
        self.bad: list[BadToken] = []
        self.comments: list[tuple[int, int]] = []
        self._scan(start, len(data) if end < 0 else end)

    def text(self, index: int) -> bytes:
        """Return one token's text; that of the end is empty."""
        return self.data[self.starts[index] : self.ends[index]]

    def _scan(self, position: int, end: int) -> None:
        data = self.data
        add_kind, add_start, add_end = self.kinds.append, self.starts.append, self.ends.append
        match = _TOKEN.match
        while True:
            found = match(data, position, end)
            if found is None:
                position = _matched(_SPACE, data, position, end)
                if position >= end:
                    break
                position = self._odd(position, end)
                continue
            kind = found.lastindex or 0
            start, position = found.span(kind)
            if kind == COMMENT:
                self.comments.append((start, position))
                continue
            if kind == FLOAT and data[start] == 46 and self._touches_identifier(start):
                self._complain(start, "space-before-point")
            add_kind(kind)
            add_start(start)
            add_end(position)
        add_kind(END)
        add_start(end)
        add_end(end)

    def _touches_identifier(self, start: int) -> bool:
        return bool(self.kinds) and self.kinds[-1] == IDENTIFIER and self.ends[-1] == start

    def _complain(self, offset: int, kind: str) -> None:
        self.bad.append(BadToken(len(self.kinds), offset, kind))

    def _add(self, kind: int, start: int, end: int) -> int:
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)
        return end

    def _odd(self, start: int, end: int) -> int:
        """Take one token that is not sound, or one that is seldom, and return where it ends."""
        data = self.data
        byte = data[start]
        if byte < 32:
            self._complain(start, "control-character")
            return _matched(_CONTROLS, data, start, end)
        if byte in _STRING_PART:
            return self._add(STRING, start, self._string(start, end))
        if 48 <= byte <= 57 or (byte == 46 and start + 1 < end and 48 <= data[start + 1] <= 57):
            return self._number(start, end)
        if byte >= 128:
            self._complain(start, "not-ascii")
        return self._add(SYMBOL, start, start + 1)

    def _string(self, start: int, end: int) -> int:
        data = self.data
        part = _STRING_PART[data[start]]
        at = start + 1
        while True:
            at = _matched(part, data, at, end)
            if at >= end or data[at] == 0:
                self._complain(at, "unclosed-string")
                return at
            byte = data[at]
            if byte == 10:
                self._complain(at, "unclosed-string")
                return at
            at += 1
            if byte == data[start]:
                return at
            at = self._escape(at, end)

    def _escape(self, at: int, end: int) -> int:
        """Check what is behind a backslash and return where to go on."""
        data = self.data
        byte = data[at : at + 1] if at < end else b""
        if _ESCAPE.match(byte):
            return at + 1
        if byte == b"x":
            if at + 1 >= end or data[at + 1] not in _HEX_DIGITS:
                self._complain(at + 1, "bad-escape")
            return at + 1
        if byte in (b"u", b"U"):
            at += 1
            for allowed in _LONG_ESCAPE if byte == b"U" else _SHORT_ESCAPE:
                if at >= end or data[at] not in allowed:
                    self._complain(at, "bad-escape")
                    break
                at += 1
            return at
        self._complain(at, "bad-escape")
        return at

    def _number(self, start: int, end: int) -> int:
        data = self.data
        kind = INTEGER
        at = start + 1
        if data[start] == 48 and data[at : min(at + 1, end)] in (b"x", b"X"):
            at += 1
            stop = _matched(_HEX, data, at, end)
            if stop == at:
                self._complain(at, "bad-number")
            at = stop
        elif data[start] == 48 and at < end and 48 <= data[at] <= 57:
            at = _matched(_OCTAL_DIGITS, data, at, end)
            if at < end and 48 <= data[at] <= 57:
                self._complain(at, "bad-octal")
                at = _matched(_DIGITS, data, at, end)
        else:
            kind, at = self._decimal(start, at, end)
        if at < end and (data[at] == 95 or data[at : at + 1].isalpha()):
            self._complain(at, "space-after-number")
        elif at < end and data[at] == 46:
            self._complain(at, "bad-number")
        return self._add(kind, start, at)

    def _decimal(self, start: int, at: int, end: int) -> tuple[int, int]:
        data = self.data
        kind = INTEGER
        if data[start] == 46:
            kind = FLOAT
            if self._touches_identifier(start):
                self._complain(start, "space-before-point")
        at = _matched(_DIGITS, data, at, end)
        if kind == INTEGER and at < end and data[at] == 46:
            kind = FLOAT
            at = _matched(_DIGITS, data, at + 1, end)
        if at < end and data[at] in b"eE":
            kind = FLOAT
            at += 1
            if at < end and data[at] in b"-+":
                at += 1
            stop = _matched(_DIGITS, data, at, end)
            if stop == at:
                self._complain(at, "bad-number")
            at = stop
        if at < end and data[at] in b"fF":
            kind = FLOAT
            at += 1
        return kind, at


def _matched(pattern: re.Pattern[bytes], data: bytes, start: int, end: int) -> int:
    """Return where the match at ``start`` ends; the patterns match the empty text too."""
    match = pattern.match(data, start, end)
    return match.end() if match else start
