"""The exact parser: what C++ protobuf 3.17 takes and refuses, with a tree of the text and all its faults.

Up to the first fault each step is C++'s (``TextFormat::Parser::ParserImpl``, with the defaults that Caffe's
``ReadProtoFromTextFile`` leaves); C++ stops there, and what follows is netgen's own (``Names``, ``Values``).
"""

from __future__ import annotations

from typing import Any, Optional

from netgen.prototxt.limits import MAX_DEPTH
from netgen.prototxt.names import Names
from netgen.prototxt.state import Frame, Stopped
from netgen.prototxt.strings import unescape
from netgen.prototxt.tokens import END, FLOAT, IDENTIFIER, INTEGER, STRING
from netgen.prototxt.tree import Node, Places
from netgen.prototxt.values import Values
from netgen.prototxt.wire import Field, floating_number, joined

__all__ = ["Parser", "parsed"]


class Parser(Names, Values):
    """Parses one text; ``faults``, ``root`` and ``wire`` are what it found."""

    def parse(self) -> None:
        """Go through the whole text."""
        try:
            while self._step():
                pass
        except Stopped:
            pass
        while len(self.frames) > 1:
            self.end_block()
        self.wire = joined(self.frames[0].parts, True)

    def _step(self) -> bool:
        """Take one field, or the end of a block; return whether there is more."""
        frame = self.frames[-1]
        kind = self.kinds[self.at]
        if kind == IDENTIFIER:
            self._field(frame)
        elif kind == END:
            if len(self.frames) > 1:
                self.at_end_in_block()
            return False
        else:
            text = self.current()
            if text not in (b"}", b">"):
                self.no_name(frame, text)
            elif len(self.frames) == 1:
                self.stray_brace(text)
            else:
                if text != frame.closer:
                    self.wrong_brace(frame, text)
                self._close(frame)
        return self.at <= self.far

    # ---- blocks ----

    def _close(self, frame: Frame) -> None:
        """Take the brace that ends a block."""
        if frame.virtual and self.belongs_further_out(frame):
            self.end_block()
            return
        self.at += 1
        frame.node.end_at(self.tokens.ends[self.at - 1])
        self.end_block()
        self._after_block(frame)

    def end_block(self) -> None:
        """Put a block's message into the one around it."""
        frame = self.frames.pop()
        around = self.frames[-1]
        if frame.field is not None and frame.kept:
            has_packed = frame.block is not None and frame.block.has_packed
            around.parts.append(frame.field.message(joined(frame.parts, has_packed)))
            around.last = (frame, len(around.parts) - 1)
        else:
            around.last = None

    def _after_block(self, frame: Frame) -> None:
        if frame.in_list:
            if self.current() == b"]":
                self.at += 1
            elif self.current() == b",":
                self.at += 1
                self._open(frame.field, frame.name_token, in_list=True)
                return
            else:
                self.no_comma()
        if not frame.skipped:
            self._separator()

    def _separator(self) -> None:
        if self.current() in (b";", b","):
            self.at += 1

    def _open(self, field: Optional[Field], name: int, *, kept: bool = True, in_list: bool = False) -> None:
        """Take the brace that begins a block."""
        if len(self.frames) > MAX_DEPTH:
            self.stop("depth", f"blocks stand more than {MAX_DEPTH} deep inside each other")
        text = self.current()
        if text not in (b"{", b"<"):
            self.no_brace(field, name, kept)
            return
        self.at += 1
        self.push(field, name, b">" if text == b"<" else b"}", kept=kept, in_list=in_list)

    # ---- fields ----

    def _field(self, frame: Frame) -> None:
        name = self.at
        text = self.current()
        self.at += 1
        if frame.block is None:
            self._skip_field(name)
            return
        field = frame.block.get(text)
        if field is None:
            if frame.block.reserves(text):
                self._skip_field(name, reserved=True)
            else:
                self.unknown_field(frame, name)
            return
        kept = self._may_stand(frame, field, name)
        if field.shape == "message":
            if self.current() == b":":
                self.at += 1
            if field.repeated and self.current() == b"[":
                self.at += 1
                if self.current() != b"]":
                    self._open(field, name, in_list=True)
                    return
                self.at += 1
                self._separator()
                return
            self._open(field, name, kept=kept)
            return
        if self.current() == b":":
            self.at += 1
        elif not self.no_colon(field, name):
            return
        self._values(frame, field, name, kept)

    def _may_stand(self, frame: Frame, field: Field, name: int) -> bool:
        """Check that a field does not stand twice, and return whether its value counts."""
        if field.repeated:
            return True
        if field.name in frame.seen:
            self.twice(frame, field, name)
            return False
        if field.oneof is not None:
            other = frame.oneofs.setdefault(field.oneof.name, field.name)
            if other != field.name:
                self.one_of_two(frame, field, other, name)
                return False
        if field.presence or field.shape == "message":
            frame.seen.add(field.name)
        return True

    def _values(self, frame: Frame, field: Field, name: int, kept: bool) -> None:
        if field.repeated and self.current() == b"[":
            self.at += 1
            if not self._list(frame, field, name):
                return
        else:
            start = self.at
            payload = self.value(field, name)
            node = self.leaf(field, name, start, kept and payload is not None)
            if payload is None:
                if kept:
                    frame.seen.discard(field.name)
                return
            if node.counts:
                frame.parts.append(field.element(payload))
                if not field.presence and not field.repeated and payload.strip(b"\0"):
                    frame.seen.add(field.name)
        self._separator()

    def _list(self, frame: Frame, field: Field, name: int) -> bool:
        """Take the values of a list and return whether it was sound."""
        if self.current() == b"]":
            self.at += 1
            return True
        while True:
            start = self.at
            payload = self.value(field, name, in_list=True)
            if payload is None:
                return self.after_bad_element()
            self.leaf(field, name, start, True).listed = True
            frame.parts.append(field.element(payload))
            if self.current() == b"]":
                self.at += 1
                return True
            if self.current() != b",":
                self.no_comma()
                return self.after_bad_element()
            self.at += 1

    def value(self, field: Field, name: int, in_list: bool = False) -> Optional[bytes]:
        """Take one value and return its payload; None after a fault, behind what was meant as the value."""
        self.in_list = in_list
        shape = field.shape
        if shape == "string":
            return self._string(field, name)
        if shape == "integer":
            return self._integer(field, name)
        if shape == "float":
            return self._float(field, name)
        return self._bool(field, name) if shape == "bool" else self._enum(field, name)

    def _string(self, field: Field, name: int) -> Optional[bytes]:
        if self.kinds[self.at] != STRING:
            self.wrong_value(field, name, "a string in quotes")
            return None
        parts = []
        while self.kinds[self.at] == STRING:
            token = self.current()
            closed = len(token) > 1 and token[-1] == token[0]
            parts.append(unescape(token[1:-1] if closed else token[1:]))
            self.at += 1
        self.string_bytes = b"".join(parts)
        return field.string(self.string_bytes)

    def _minus(self) -> bool:
        if self.current() != b"-":
            return False
        self.at += 1
        return True

    def _integer(self, field: Field, name: int) -> Optional[bytes]:
        start = self.at
        negative = not field.unsigned and self._minus()
        if self.kinds[self.at] != INTEGER:
            self.wrong_value(field, name, "a whole number", start)
            return None
        payload = field.integer(self.current(), negative)
        if payload is None:
            self.out_of_range(field, name, start)
            return None
        self.at += 1
        return payload

    def _float(self, field: Field, name: int) -> Optional[bytes]:
        start = self.at
        negative = self._minus()
        number: Optional[float] = None
        if self.kinds[self.at] in (INTEGER, FLOAT, IDENTIFIER):
            number = floating_number(self.current())
            if number is None and self.is_bad(self.at):
                number = 0.0  # the tokenizer has said it
        if number is None:
            self.wrong_value(field, name, "a decimal number", start)
            return None
        self.at += 1
        return field.floating(-number if negative else number)

    def _bool(self, field: Field, name: int) -> Optional[bytes]:
        start = self.at
        kind = self.kinds[start]
        payload = field.boolean(self.current()) if kind in (INTEGER, IDENTIFIER) else None
        if kind == IDENTIFIER:
            self.at += 1  # C++ is past a name when it complains of it
            if payload is None:
                self.wrong_value(field, name, "true or false", start)
        elif payload is not None:
            self.at += 1
        elif kind == INTEGER:
            self.out_of_range(field, name, start)
        else:
            self.wrong_value(field, name, "true or false", start)
        return payload

    def _enum(self, field: Field, name: int) -> Optional[bytes]:
        start = self.at
        if self.kinds[start] == IDENTIFIER:
            self.at += 1
            payload = field.enumerated(self.tokens.text(start))
        elif self.current() == b"-" or self.kinds[start] == INTEGER:
            negative = self._minus()
            if self.kinds[self.at] != INTEGER:
                self.wrong_value(field, name, "a whole number", start)
                return None
            if field.enum_number(self.current(), negative) is None:
                self.out_of_range(field, name, start)
                return None
            payload = field.enumerated(self.current(), negative)
            self.at += 1
        else:
            self.wrong_value(field, name, "one of the enum's names", start)
            return None
        if payload is None:
            self.unknown_value(field, name, start)
        return payload

    # ---- what is skipped ----

    def _skip_field(self, name: int, reserved: bool = False) -> None:
        """Take a field of which nothing is known, as C++ skips one whose name is reserved."""
        colon = self.current() == b":"
        if colon:
            self.at += 1
        if colon and self.current() not in (b"{", b"<"):
            start = self.at
            self.skip_value()
            self.leaf(None, name, start, False)
            if not reserved:
                self._separator()
            return
        self._open(None, name, kept=False)
        self.frames[-1].skipped = reserved

    def skip_value(self) -> None:
        """Take any value."""
        if self.kinds[self.at] == STRING:
            while self.kinds[self.at] == STRING:
                self.at += 1
            return
        if self.current() == b"[":
            self.skip_list()
            return
        negative = self._minus()
        kind = self.kinds[self.at]
        if kind not in (INTEGER, FLOAT, IDENTIFIER) or (
            negative and kind == IDENTIFIER and floating_number(self.current()) is None
        ):
            self.no_value()
            return
        self.at += 1


def parsed(places: Places, descriptor: Any) -> Parser:
    """Return a parser that has gone through a whole text."""
    root = Node("", places, None, 0, 0)
    root.message_type = descriptor.full_name
    root.end_at(len(places.data))
    parser = Parser(places, root, descriptor, {})
    parser.parse()
    return parser
