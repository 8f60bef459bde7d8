"""Skipping what cannot be read: a line, a block, a list."""

from __future__ import annotations

from netgen.prototxt.state import CLOSERS, OPENERS, State
from netgen.prototxt.tokens import END, IDENTIFIER

__all__ = ["Skipping"]


class Skipping(State):
    """What recovery skips, and which complaints of the tokenizer go with it."""

    def _is_next_field(self) -> bool:
        """Tell whether the token that is next looks like the name of another field."""
        return self.kinds[self.at] == IDENTIFIER and self.tokens.text(self.at + 1) in (b":", *OPENERS)

    def _end_of_line(self, token: int) -> int:
        """Return the byte that ends a token's line."""
        end = self.tokens.data.find(b"\n", self.tokens.starts[token])
        return len(self.tokens.data) if end < 0 else end

    def _skip_junk(self, *, openers: bool = False, stop: bytes = b";") -> None:
        """Skip what stands in this line up to the next field, the end of the block, or a separator."""
        start = self.at
        end = self._end_of_line(start)
        while self.kinds[self.at] != END and self.tokens.starts[self.at] < end:
            text = self.current()
            if text in CLOSERS or text == stop or (text == b"," and stop == b";") or self._is_next_field():
                break
            if text in OPENERS:
                if openers:
                    break
                self._skip_block()
                continue
            self.at += 1
        self._mute(start + 1, self.at)

    def _skip_line(self, first: int) -> None:
        """Skip the rest of a token's line, whole blocks that begin in it too."""
        start = self.at
        end = self._end_of_line(first)
        block = self.frames[-1].block or ()
        while self.kinds[self.at] != END and self.tokens.starts[self.at] < end:
            text = self.current()
            if text in CLOSERS or (self.at > start and text in block and self._is_next_field()):
                break
            if text in OPENERS:
                self._skip_block()
                continue
            self.at += 1
        if self.at == start == first:
            self.at += 1
        self._mute(start + 1, self.at)

    def _skip_block(self) -> None:
        """Skip a block, but nothing of the next region."""
        start = self.at
        depth = 0
        while self.kinds[self.at] != END:
            text = self.current()
            if self.kinds[self.at] == IDENTIFIER and self.at > start and self.regions.begins(self.at):
                break
            depth += (text in OPENERS) - (text in CLOSERS)
            self.at += 1
            if not depth:
                break
        self._mute(start + 1, self.at)

    def skip_list(self) -> None:
        """Skip a list with all that is in it."""
        depth = 0
        while self.kinds[self.at] != END:
            text = self.current()
            depth += (text == b"[") - (text == b"]")
            if text in OPENERS:
                self._skip_block()
                continue
            if text in CLOSERS:
                return
            self.at += 1
            if not depth:
                return
