"""Names that are no field's, fields that stand twice, and what is no name at all.

What a brace too few or too many broke is mended by the names of fields: a name that only a block further
out knows ends the blocks between; one that only the block just ended knows opens it again. Which of the two
is meant, or neither, is told by the braces of the same layer: whether there are too few or too many.
"""

from __future__ import annotations

from typing import Optional

from netgen.errors import listed
from netgen.prototxt.braces import Braces
from netgen.prototxt.faults import meant, short_type
from netgen.prototxt.state import OPENERS, Frame
from netgen.prototxt.tokens import END, IDENTIFIER, STRING
from netgen.prototxt.wire import Field

__all__ = ["Names"]


class Names(Braces):
    """Going on where a field's name is not what it should be."""

    def unknown_field(self, frame: Frame, name: int) -> None:
        """A name is not that of a field; C++ says so at the token behind it."""
        tokens = self.tokens
        text = tokens.text(name)
        if self.is_bad(self.at) or (self.is_bad(name - 1) and tokens.ends[name - 1] == tokens.starts[name]):
            self._skip_line(name)  # 3x3, or what is left of a string: the tokenizer has said it
            return
        missing = self.regions.missing(name)
        outer = self._frame_that_knows(text)
        begins = self.regions.begins(name) and text in (self.frames[0].block or ())
        if outer is not None and (begins or missing > 0 or frame.virtual):
            self._closed_too_late(name, 0 if begins else outer)
            return
        if missing < 0 and frame.last is not None and self._may_go_on(frame.last[0], text):
            self._closed_too_early(frame, name)
            return
        if missing < 0 and len(self.frames) == 1 and self._never_opened(frame, name):
            return
        self._plain_unknown(frame, name)

    def _frame_that_knows(self, text: bytes) -> Optional[int]:
        for depth in range(len(self.frames) - 2, -1, -1):
            block = self.frames[depth].block
            if block is not None and text in block:
                return depth
        return None

    @staticmethod
    def _may_go_on(ended: Frame, text: bytes) -> bool:
        """Tell whether a block that has ended could have such a field, which it does not have yet."""
        field = None if ended.block is None else ended.block.get(text)
        return field is not None and field.name not in ended.seen

    def _closed_too_late(self, name: int, depth: int) -> None:
        inner = self.frames[depth + 1 :]
        if not all(frame.virtual for frame in inner) and not self._is_tainted(name):
            at, self.at = self.at, name
            brace = self.regions.unclosed(name)
            self.at = at
            culprit = inner[-1].name_token if brace is None else self._name_of(brace)
            block = self.tokens.text(culprit).decode("latin-1")
            shown = self.tokens.text(name).decode("latin-1")
            self._fault(
                "missing-brace",
                f"{block} of line {self._line_of(culprit)} is not closed before {shown}",
                self._closing(culprit, name),
                culprit=name,
                name=name,
            )
        self._close_down_to(depth, name)
        self.at = name

    def _closed_too_early(self, frame: Frame, name: int) -> None:
        assert frame.last is not None
        inner, position = frame.last
        block = self.tokens.text(inner.name_token).decode("latin-1")
        shown = self.tokens.text(name).decode("latin-1")
        self._fault(
            "extra-brace",
            f"{shown} is a field of {inner.type_name},"
            f" but {block} of line {self._line_of(inner.name_token)} is closed before it",
            "remove the } that is one too many before it",
            culprit=name,
            name=name,
        )
        del frame.parts[position]
        frame.last = None
        self.frames.append(inner)
        self.regions.made_up(name, 1)
        self.at = name

    def _never_opened(self, frame: Frame, name: int) -> bool:
        """Begin a block whose name and brace are missing, if just one kind of block can be meant."""
        text = self.tokens.text(name)
        assert frame.block is not None
        fields = [
            field
            for field in frame.block.values()
            if field.shape == "message" and field.repeated and text in self._block(field.message_type)
        ]
        if not fields:
            return False
        field = fields[0]
        shown = text.decode("latin-1")
        self._fault(
            "missing-brace",
            f"{shown} is a field of {short_type(field.message_type.full_name)},"
            f" and no {field.name} {{ is before it",
            f"write {field.name} {{ before it",
            culprit=name,
            name=name,
        )
        self.at = name + 1
        self.push(field, name, b"}").virtual = True
        self.frames[-1].node.name = field.name
        self.regions.made_up(name, 1)
        self.at = name
        return True

    def _plain_unknown(self, frame: Frame, name: int) -> None:
        assert frame.block is not None
        shown = self.tokens.text(name).decode("latin-1")
        self._fault(
            "unknown-field",
            f"{frame.type_name} has no field {shown!r}",
            self._mend_of_unknown(frame, shown),
            culprit=name,
            name=name,
        )
        self._skip_field(name)

    def _mend_of_unknown(self, frame: Frame, name: str) -> Optional[str]:
        assert frame.block is not None
        near = meant(name, [field.name for field in frame.block.values()])
        if near:
            return near
        outer = self._frame_that_knows(name.encode("latin-1"))
        if outer is not None:
            block = self.tokens.text(frame.name_token).decode("latin-1")
            return f"{self.frames[outer].type_name} has one: put it there, behind the }} of {block}"
        inner = [
            field.name
            for field in frame.block.values()
            if field.shape == "message" and name.encode("latin-1") in self._block(field.message_type)
        ]
        return f"it is a field of {listed(inner, 4)}: put it in there" if inner else None

    def _skip_field(self, name: int, reserved: bool = False) -> None:
        raise NotImplementedError

    def twice(self, frame: Frame, field: Field, name: int) -> None:
        """A field stands twice where one may stand."""
        if frame.virtual:
            return
        self._fault(
            "duplicate-field",
            f"{field.name} stands twice in one {frame.type_name}, which takes one",
            "remove one of them",
            culprit=name,
            name=name,
        )

    def one_of_two(self, frame: Frame, field: Field, other: str, name: int) -> None:
        """Two fields stand of which one may."""
        self._fault(
            "duplicate-field",
            f"{field.name} stands beside {other} in one {frame.type_name}, which takes one of the two",
            "remove one of them",
            culprit=name,
            name=name,
        )

    def no_name(self, frame: Frame, text: bytes) -> None:
        """Something other than a name stands where a field should begin."""
        if self.is_bad(self.at) or self._hangs_on_bad_token():
            self.at += not self.is_bad(self.at)
            while self.is_bad(self.at) and self.kinds[self.at] not in (IDENTIFIER, END):
                self.at += 1
        elif text == b"[":
            self._extension(frame)
        elif (
            text in OPENERS and self.regions.missing(self.at) > 0 and self.tokens.text(self.at - 1) in OPENERS
        ):
            self._fault("extra-brace", f"{text.decode()} stands twice", "remove one of them")
            self.regions.made_up(self.at, -1)
            self.at += 1
        elif text in OPENERS:
            self._fault(
                "unexpected", f"expected a field's name and found {self._seen()}", "write the name before it"
            )
            self.at += 1
            self.push(None, self.at - 1, b">" if text == b"<" else b"}", kept=False)
        else:
            message, mend = self._said_of_junk(text)
            self._fault("unexpected", message, mend)
            self._skip_line(self.at)

    def _hangs_on_bad_token(self) -> bool:
        """Tell whether what stands here is the rest of something that the tokenizer complains of: 0.1.2."""
        before = self.at - 1
        return self.is_bad(before) and self.tokens.ends[before] == self.tokens.starts[self.at]

    def _said_of_junk(self, text: bytes) -> tuple[str, Optional[str]]:
        data, start = self.tokens.data, self.tokens.starts[self.at]
        if data[start : start + 2] in (b"//", b"/*"):
            return "a comment begins with #, not with " + data[
                start : start + 2
            ].decode(), "write # before it"
        if self.kinds[self.at] == STRING and self.tokens.text(self.at + 1) == b":":
            return (
                f"expected a field's name and found the string {self._seen()}",
                "write names without quotes",
            )
        mend = "remove it" if text in (b",", b";") else None
        return f"expected a field's name and found {self._seen()}", mend

    def _extension(self, frame: Frame) -> None:
        """Refuse ``[extension]`` and ``[type/of.any]``, of which Caffe has none, where C++ does."""
        start = self.at
        self.at += 1
        while self.kinds[self.at] == IDENTIFIER:
            self.at += 1
            if self.current() != b".":
                break
            self.at += 1
        closed = self.current() == b"]" and self.kinds[self.at - 1] == IDENTIFIER
        self.at += closed
        self._fault(
            "extension",
            f"{frame.type_name} has no extensions, and Caffe no messages of type Any",
            "leave out what is in brackets, with its value",
            culprit=start,
        )
        if closed and self.current() in (b":", *OPENERS):
            self._skip_field(start)
        else:
            self._skip_line(start)
