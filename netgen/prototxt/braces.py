"""Braces too few, too many and of the wrong kind."""

from __future__ import annotations

from typing import Optional

from netgen.prototxt.skipping import Skipping
from netgen.prototxt.state import CLOSERS, OPENERS, Frame
from netgen.prototxt.tokens import END, IDENTIFIER, STRING
from netgen.prototxt.wire import Block, Field

__all__ = ["Braces"]


class Braces(Skipping):
    """Going on where blocks do not begin and end as they should."""

    def at_end_in_block(self) -> None:
        """The text ends in a block."""
        if not all(frame.virtual for frame in self.frames[1:]) and not self._is_tainted(self.at):
            self._unclosed("the text ends")

    def _unclosed(self, before: str) -> None:
        """Say that a block is not closed, one fault for all that are open."""
        brace = self.regions.unclosed(self.at)
        frame = self.frames[-1]
        name = frame.name_token if brace is None else self._name_of(brace)
        block = self.tokens.text(name).decode("latin-1")
        line = self._line_of(name)
        self._fault(
            "missing-brace",
            f"{block} of line {line} is not closed before {before}",
            self._closing(name, self.at),
            name=name,
        )

    def _closing(self, name: int, token: int) -> str:
        """Return how to mend a block that a token shows to be open."""
        if self.kinds[token] == END:
            return "close it with a }, at the latest at the end of the text"
        line = self._line_of(token)
        place = "before that" if line == self._line_of(name) else f"at the latest in front of line {line}"
        return f"close it with a }}, {place}"

    def _name_of(self, brace: int) -> int:
        """Return the token of the name that stands before a brace."""
        name = brace - 1
        if name > 0 and self.tokens.text(name) == b":":
            name -= 1
        return max(name, 0)

    def _is_tainted(self, token: int) -> bool:
        """Tell whether a string that does not end has taken braces with it, in the region before a token."""
        if self._tainted is None:
            self._tainted = {}
            for bad in self.tokens.bad:
                if bad.kind == "unclosed-string":
                    self._tainted.setdefault(self.regions.of(bad.token), bad.token)
        return self._tainted.get(self.regions.of(token - 1), token) < token

    _tainted: Optional[dict[int, int]] = None

    def _close_down_to(self, depth: int, token: int) -> None:
        """End the blocks inside of a frame as if they had been closed before a token."""
        while len(self.frames) - 1 > depth:
            self.regions.made_up(token, -1)
            self.frames[-1].node.end_at(self.tokens.ends[token - 1])
            self.end_block()

    def end_block(self) -> None:
        """End the innermost block; the parser says how."""
        raise NotImplementedError

    def stray_brace(self, text: bytes) -> None:
        """A brace stands where no block is open."""
        if not (self._found and self._found[-1].kind == "extra-brace" and self.at == self._last_stray + 1):
            self._fault("extra-brace", f"{text.decode()} closes nothing", "remove it")
        self._last_stray = self.at
        self.regions.made_up(self.at, 1)
        self.at += 1

    _last_stray = -2

    def wrong_brace(self, frame: Frame, text: bytes) -> None:
        """A block is closed by the other kind of brace."""
        block = self.tokens.text(frame.name_token).decode("latin-1")
        closer = frame.closer.decode()
        self._fault(
            "mismatched-brace",
            f"{block} of line {self._line_of(frame.name_token)} is closed by {text.decode()},"
            f" expected {closer}",
            f"write {closer}",
        )

    def no_brace(self, field: Optional[Field], name: int, kept: bool) -> None:
        """A block's name has no opening brace behind it."""
        if field is None:
            if not self._found:  # a name that is set aside
                self._fault("missing-brace", f"expected {{ or a colon and found {self._seen()}")
            if self.kinds[self.at] not in (END,) and self.current() not in CLOSERS:
                self._skip_line(name)
            self.leaf(None, name, name + 1, False)
            return
        shown = field.name
        inner = self._block(field.message_type)
        self._fault(
            "missing-brace",
            f"expected {{ behind {shown}, which is a block, and found {self._seen()}",
            f"write {shown} {{ {self._fitting(inner)} }}",
            name=name,
            culprit=name,
        )
        if self._is_value_for_block(inner):
            start = self.at
            self._skip_junk(openers=True)
            if self.current() in OPENERS:
                self.at += 1
                self.push(field, name, b">" if self.tokens.text(self.at - 1) == b"<" else b"}", kept=kept)
                return
            self.leaf(None, name, start, False)
        elif self.current() in inner or self.current() == b"}":
            self.at += 1  # push takes the brace before the next token for the block's
            frame = self.push(field, name, b"}", kept=kept)
            self.at -= 1
            frame.virtual = True
            self.regions.made_up(name, 1)
        else:
            self.leaf(None, name, self.at, False)

    def _fitting(self, inner: Block) -> str:
        """Return the one field of a block that the value which is next fits in, or dots."""
        kind, text = self.kinds[self.at], self.current()
        fields = [
            field
            for field in inner.values()
            if (field.shape == "string" and kind == STRING)
            or (field.shape == "enum" and kind == IDENTIFIER and field.enumerated(text) is not None)
        ]
        return f"{fields[0].name}: {self._seen().strip(chr(39))}" if len(fields) == 1 else "…"

    def _is_value_for_block(self, inner: Block) -> bool:
        """Tell whether a value stands where a block should, as in ``weight_filler: xavier``."""
        if self.kinds[self.at] == IDENTIFIER:
            behind = self.tokens.text(self.at + 1)
            return (
                behind not in (b":", *OPENERS)
                and self.current() not in inner
                and self.tokens.starts[self.at] < self._end_of_line(self.at - 1)
            )
        return self.current() not in (*CLOSERS, b"")

    def belongs_further_out(self, frame: Frame) -> bool:
        """Tell whether a closing brace is not that of a block whose opening brace is missing."""
        if len(self.frames) == 2:
            return False  # the message itself has none
        starts = self.tokens.starts
        first, indent = self.places.indent(starts[self.at])
        own = self.places.indent(starts[frame.name_token])[1]
        around = self.places.indent(starts[self.frames[-2].name_token])[1]
        if first == starts[self.at] and own != around:
            further = indent < own
        else:
            further = self.regions.missing(self.at) > 0
        if further:
            self.regions.made_up(self.at, -1)
        return further
