"""Parts of a text that stand by themselves, such as one layer each, and whether their braces match."""

from __future__ import annotations

from bisect import bisect_right
from typing import Optional

from netgen.prototxt.tokens import IDENTIFIER, SYMBOL, Tokens
from netgen.prototxt.tree import Places
from netgen.prototxt.wire import Block

__all__ = ["Regions"]

_OPENERS = b"{<"
_CLOSERS = b"}>"
_NEAR = 8  # blocks around one that are looked at


class Regions:
    """A text cut where a repeated block of the root begins: each ``layer {`` begins one.

    Parameters
    ----------
    tokens : Tokens
        The text.
    root : Block
        The fields of the message that the text is.
    places : Places
        For indentation.
    """

    def __init__(self, tokens: Tokens, root: Block, places: Places) -> None:
        self._tokens = tokens
        self._places = places
        self._names = {
            name: frozenset(of.name.encode() for of in field.message_type.fields)
            for name, field in root.items()
            if field.shape == "message" and field.repeated
        }
        self.starts = [0]
        self._missing = [0]
        self._cut()

    def _cut(self) -> None:
        tokens = self._tokens
        data, starts = tokens.data, tokens.starts
        inside: frozenset[bytes] = frozenset()
        for index, kind in enumerate(tokens.kinds):
            if kind == SYMBOL:
                byte = data[starts[index]]
                self._missing[-1] += (byte in _OPENERS) - (byte in _CLOSERS)
            elif kind == IDENTIFIER:
                name = tokens.text(index)
                # V0 nets have blocks ``layer`` inside of blocks ``layers``.
                nested = name in inside and self._missing[-1] > 0
                if name in self._names and not nested and self._opens(index):
                    inside = self._names[name]
                    self.starts.append(index)
                    self._missing.append(0)

    def _opens(self, index: int) -> bool:
        tokens = self._tokens
        behind = tokens.text(index + 1)
        if behind == b":":
            behind = tokens.text(index + 2)
        return behind in (b"{", b"<")

    def of(self, token: int) -> int:
        """Return the number of a token's region."""
        return bisect_right(self.starts, token) - 1

    def begins(self, token: int) -> bool:
        """Tell whether a region begins with a token."""
        index = self.of(token)
        return index > 0 and self.starts[index] == token

    def missing(self, token: int) -> int:
        """Return how many closing braces a token's region lacks; fewer than none if it has too many."""
        return self._missing[self.of(token)]

    def made_up(self, token: int, braces: int) -> None:
        """Note that the parser goes on as if there were so many more opening braces, or fewer."""
        self._missing[self.of(token)] += braces

    def unclosed(self, token: int) -> Optional[int]:
        """Return the brace, in the region before a token, that indentation shows not to be closed."""
        tokens = self._tokens
        open_blocks: list[tuple[int, int]] = []
        for index in range(self.starts[self.of(token - 1)], token):
            if tokens.kinds[index] != SYMBOL:
                continue
            start = tokens.starts[index]
            byte = tokens.data[start]
            if byte in _OPENERS:
                open_blocks.append((index, self._places.indent(start)[1]))
            elif byte in _CLOSERS and open_blocks:
                first, indent = self._places.indent(start)
                if first == start and indent < open_blocks[-1][1] and (open_blocks[0][1] <= indent):
                    around = [outer for _, outer in open_blocks[-_NEAR:-1]]
                    if indent in around:
                        return open_blocks[-1][0]
                open_blocks.pop()
        return open_blocks[-1][0] if open_blocks else None
