"""Going on after a fault, so that one mistake gives one finding and the next mistake is found too.

What a brace too few or too many broke is mended by the names of fields: a name that only a block further out knows
ends the blocks between; one that only the block just ended knows opens it again. Which of the two is meant, or
neither, is told by the braces of the same layer: whether there are too few or too many.
"""

from __future__ import annotations

from typing import Any, NoReturn, Optional

from netgen.errors import listed
from netgen.prototxt.faults import BAD_TOKENS, SyntaxFault, meant, short_type, unknown_value
from netgen.prototxt.limits import MAX_FAULTS
from netgen.prototxt.regions import Regions
from netgen.prototxt.tokens import END, IDENTIFIER, STRING, Tokens
from netgen.prototxt.tree import Node, Places
from netgen.prototxt.wire import Block, Field

__all__ = ["Frame", "Recovery", "Stopped"]

_OPENERS = (b"{", b"<")
_CLOSERS = (b"}", b">")


class Stopped(Exception):
    """There is no going on."""


class Frame:
    """A block that is being read."""

    __slots__ = (
        "block",
        "closer",
        "field",
        "in_list",
        "kept",
        "last",
        "name_token",
        "node",
        "oneofs",
        "parts",
        "seen",
        "skipped",
        "virtual",
    )

    def __init__(self, block: Optional[Block], node: Node, name_token: int, closer: bytes) -> None:
        self.block = block
        self.node = node
        self.name_token = name_token
        self.closer = closer
        self.field: Optional[Field] = None
        self.parts: list[bytes] = []
        self.seen: set[str] = set()
        self.oneofs: dict[str, str] = {}
        self.last: Optional[tuple[Frame, int]] = None
        """The block that ended last in this one, and where its bytes are."""
        self.kept = True
        """Whether what is in it counts."""
        self.in_list = False
        self.skipped = False
        """Whether it stands for a reserved name."""
        self.virtual = False
        """Whether its opening brace is missing."""

    @property
    def type_name(self) -> str:
        return "the block" if self.block is None else short_type(self.block.full_name)

    def is_reserved(self, name: bytes) -> bool:
        """Tell whether the type has set the name aside."""
        from google.protobuf import descriptor_pb2

        assert self.block is not None
        described = descriptor_pb2.DescriptorProto()
        self.block.descriptor.CopyToProto(described)
        return name.decode() in described.reserved_name


class _Found:
    """A fault, before its place is worked out."""

    __slots__ = ("culprit", "field", "kind", "mend", "message", "message_type", "token")

    def __init__(self, kind: str, token: int, culprit: int, message: str, mend: Optional[str]) -> None:
        self.kind = kind
        self.token = token
        self.culprit = culprit
        self.message = message
        self.mend = mend
        self.message_type: Optional[str] = None
        self.field: Optional[str] = None


class Recovery:
    """The state of a parser, and all that it does about faults."""

    def __init__(self, data: bytes, text: str, descriptor: Any) -> None:
        self.tokens = Tokens(data)
        self.kinds = self.tokens.kinds
        self.places = Places(text, data)
        self.at = 0
        self.wire = b""
        self.in_list = False
        self.string_bytes = b""
        self.root = Node("", self.places, None, 0, 0)
        self.root.message_type = descriptor.full_name
        self._blocks: dict[str, Block] = {}
        self.frames = [Frame(self._block(descriptor), self.root, 0, b"")]
        self._found: list[_Found] = []
        self._muted: list[tuple[int, int]] = []
        self._bad = {bad.token for bad in self.tokens.bad}
        self._regions: Optional[Regions] = None

    # ---- what the parser asks for ----

    def current(self) -> bytes:
        """Return the text of the token that is next."""
        return self.tokens.text(self.at)

    def is_bad(self, token: int) -> bool:
        """Tell whether the tokenizer complains of a token."""
        return token in self._bad

    def _block(self, descriptor: Any) -> Block:
        block = self._blocks.get(descriptor.full_name)
        if block is None:
            block = self._blocks[descriptor.full_name] = Block(descriptor)
        return block

    def _node(self, name: int) -> Node:
        starts, ends = self.tokens.starts, self.tokens.ends
        parent = self.frames[-1].node
        node = Node(self.tokens.text(name).decode("latin-1"), self.places, parent, starts[name], ends[name])
        parent.children.append(node)
        return node

    def push(
        self, field: Optional[Field], name: int, closer: bytes, *, kept: bool = True, in_list: bool = False
    ) -> Frame:
        """Begin a block whose opening brace has been taken."""
        node = self._node(name)
        block = None if field is None else self._block(field.message_type)
        node.message_type = None if block is None else block.full_name
        node.counts = kept
        node.listed = in_list
        start = self.tokens.starts[self.at - 1]
        node.value_at(start, self.tokens.ends[self.at - 1])
        frame = Frame(block, node, name, closer)
        frame.field = field
        frame.kept = kept
        frame.in_list = in_list
        self.frames.append(frame)
        return frame

    def leaf(self, field: Optional[Field], name: int, start: int, counts: bool) -> Node:
        """Add a value to the tree, of which the tokens from ``start`` to here are the text."""
        node = self._node(name)
        node.counts = counts
        if self.at > start:
            node.value_at(self.tokens.starts[start], self.tokens.ends[self.at - 1])
        if counts and field is not None and field.shape == "string":
            node.data = self.string_bytes
        return node

    # ---- saying it ----

    def _fault(
        self,
        kind: str,
        message: str,
        mend: Optional[str] = None,
        *,
        culprit: Optional[int] = None,
        name: Optional[int] = None,
        frame: Optional[Frame] = None,
    ) -> None:
        """Note a fault at the token that is next."""
        if len(self._found) >= MAX_FAULTS:
            raise Stopped
        found = _Found(kind, self.at, self.at if culprit is None else culprit, message, mend)
        block = (frame or self.frames[-1]).block
        found.message_type = None if block is None else block.full_name
        found.field = None if name is None else self.tokens.text(name).decode("latin-1")
        self._found.append(found)

    def stop(self, kind: str, token: int, message: str, mend: Optional[str]) -> NoReturn:
        """Note a fault behind which nothing can be read."""
        self.at = token
        self._fault(kind, message, mend)
        raise Stopped

    def _seen(self, token: Optional[int] = None) -> str:
        """Return a token as a user knows it."""
        index = self.at if token is None else token
        if self.kinds[index] == END:
            return "the end of the text"
        text = self.tokens.text(index)
        shown = text[:40].decode("utf-8", "replace")
        return f"{shown}…" if len(text) > 40 else shown if self.kinds[index] == STRING else f"{shown!r}"

    def _line_of(self, token: int) -> int:
        return self.places.as_in_c(self.tokens.starts[token])[0]

    @property
    def regions(self) -> Regions:
        """The parts of the text whose braces are looked at by themselves."""
        if self._regions is None:
            block = self.frames[0].block
            assert block is not None
            self._regions = Regions(self.tokens, block, self.places)
        return self._regions

    # ---- braces ----

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
            f"close it with a }}, at the latest in front of line {self._line_of(self.at)}",
            name=name,
        )

    def _name_of(self, brace: int) -> int:
        """Return the token of the name that stands before a brace."""
        name = brace - 1
        if name > 0 and self.tokens.text(name) == b":":
            name -= 1
        return max(name, 0)

    def _is_tainted(self, token: int) -> bool:
        """Tell whether a string that does not end has taken braces with it, in the region before a token."""
        return any(
            bad.kind == "unclosed-string" and self.regions.same(bad.token, token - 1)
            for bad in self.tokens.bad
        )

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
            f"{block} of line {self._line_of(frame.name_token)} is closed by {text.decode()}, expected {closer}",
            f"write {closer}",
        )

    def no_brace(self, field: Optional[Field], name: int, kept: bool) -> None:
        """A block's name has no opening brace behind it."""
        if field is None:
            if self.kinds[self.at] not in (END,) and self.current() not in _CLOSERS:
                self._skip_line(name)
            self.leaf(None, name, name + 1, False)
            return
        shown = field.name
        self._fault(
            "missing-brace",
            f"expected {{ behind {shown}, which is a block, and found {self._seen()}",
            f"write {shown} {{ … }}",
            name=name,
            culprit=name,
        )
        inner = self._block(field.message_type)
        if self._is_value_for_block(inner):
            start = self.at
            self._skip_junk(openers=True)
            if self.current() in _OPENERS:
                self.at += 1
                self.push(field, name, b">" if self.tokens.text(self.at - 1) == b"<" else b"}", kept=kept)
                return
            self.leaf(None, name, start, False)
        elif self.current() in inner:
            self.at += 1  # push takes the brace before the next token for the block's
            frame = self.push(field, name, b"}", kept=kept)
            self.at -= 1
            frame.virtual = True
            self.regions.made_up(name, 1)
        else:
            self.leaf(None, name, self.at, False)

    def _is_value_for_block(self, inner: Block) -> bool:
        """Tell whether a value stands where a block should, as in ``weight_filler: xavier``."""
        if self.kinds[self.at] == IDENTIFIER:
            behind = self.tokens.text(self.at + 1)
            return (
                behind not in (b":", *_OPENERS)
                and self.current() not in inner
                and self._same_line(self.at - 1, self.at)
            )
        return self.current() not in (*_CLOSERS, b"")

    def belongs_further_out(self, frame: Frame) -> bool:
        """Tell whether a closing brace is not that of a block whose opening brace is missing."""
        places, starts = self.places, self.tokens.starts
        here = starts[self.at]
        own = places.indent(starts[frame.name_token])
        outer = self.frames[-2]
        around = places.indent(starts[outer.name_token]) if len(self.frames) > 2 else -1
        if places.leads(here) and own != around:
            further = places.indent(here) < own
        else:
            further = self.regions.missing(self.at) > 0
        if further:
            self.regions.made_up(self.at, -1)
        return further

    # ---- names ----

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
        if missing < 0 and frame.last is not None and text in (frame.last[0].block or ()):
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
                f"close it with a }}, at the latest in front of line {self._line_of(name)}",
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
            f"{shown} is a field of {inner.type_name}, but {block} of line {self._line_of(inner.name_token)} is closed"
            " before it",
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
            f"{shown} is a field of {short_type(field.message_type.full_name)}, and no {field.name} {{ is before it",
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
        if self.is_bad(self.at):
            while self.is_bad(self.at) and self.kinds[self.at] not in (IDENTIFIER, END):
                self.at += 1
        elif text == b"[":
            self._extension(frame)
        elif (
            text in _OPENERS
            and self.regions.missing(self.at) > 0
            and self.tokens.text(self.at - 1) in _OPENERS
        ):
            self._fault("extra-brace", f"{text.decode()} stands twice", "remove one of them")
            self.regions.made_up(self.at, -1)
            self.at += 1
        elif text in _OPENERS:
            self._fault(
                "unexpected", f"expected a field's name and found {self._seen()}", "write the name before it"
            )
            self.at += 1
            self.push(None, self.at - 1, b">" if text == b"<" else b"}", kept=False)
        else:
            message, mend = self._said_of_junk(text)
            self._fault("unexpected", message, mend)
            self._skip_line(self.at)

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
        if closed and self.current() in (b":", *_OPENERS):
            self._skip_field(start)
        else:
            self._skip_line(start)

    # ---- values ----

    def no_colon(self, field: Field, name: int) -> bool:
        """A value's name has no colon behind it; tell whether what follows is its value all the same."""
        text = self.current()
        shown = field.name
        mend = f"write {shown}: {self._example(field)}"
        self._fault(
            "missing-colon",
            f"expected : behind {shown} and found {self._seen()}",
            mend,
            name=name,
            culprit=name,
        )
        if text == b"=":
            self.at += 1
            return True
        if text in _OPENERS:
            self._skip_block()
        elif not (text in (b"", *_CLOSERS) or self._is_next_field()):
            return True
        self.leaf(None, name, self.at, False)
        return False

    @staticmethod
    def _example(field: Field) -> str:
        if field.shape == "enum":
            return str(field.enum_type.values[0].name)
        return {"string": '"…"', "integer": "1", "float": "0.5", "bool": "true"}[field.shape]

    def _is_next_field(self) -> bool:
        """Tell whether the token that is next looks like the name of another field."""
        return self.kinds[self.at] == IDENTIFIER and self.tokens.text(self.at + 1) in (b":", *_OPENERS)

    def wrong_value(self, field: Field, name: int, expected: str, start: Optional[int] = None) -> None:
        """A field's value is not of its type."""
        culprit = self.at if start is None else start
        text = self.current()
        if self.kinds[culprit] == IDENTIFIER and culprit < self.at:  # a word for a bool: C++ is past it
            missing = False
        else:
            missing = text in (b"", *_CLOSERS, b";", b",") or self._is_next_field()
        if missing:
            self._fault(
                "missing-value",
                f"{field.name} has no value, expected {expected}",
                f"write {field.name}: {self._example(field)}",
                name=name,
                culprit=name,
            )
            return
        if not self.is_bad(self.at) or culprit != self.at:
            mend = None
            if field.shape == "string" and self.kinds[self.at] == IDENTIFIER:
                mend = "put it in quotes"
            elif field.shape == "integer" and field.unsigned and text == b"-":
                mend = "it cannot be negative"
            elif text == b"[":
                mend = f"{field.name} takes one value, not a list"
            found = self._seen(culprit)
            self._fault(
                "wrong-value",
                f"{field.name}: expected {expected} and found {found}",
                mend,
                name=name,
                culprit=culprit,
            )
        if culprit == self.at or text == b"-":
            self._skip_wrong()

    def _skip_wrong(self) -> None:
        text = self.current()
        if text in _OPENERS:
            self._skip_block()
        elif text == b"[" and not self.in_list:
            self.skip_list()
        else:
            self._skip_junk()

    def out_of_range(self, field: Field, name: int, start: int) -> None:
        """A number is more than its field takes, or no number."""
        if not self.is_bad(self.at):
            low = "0" if field.unsigned or field.shape == "bool" else f"-{field.limit + 1 or 1 << 31}"
            high = 1 if field.shape == "bool" else field.limit or (1 << 31) - 1
            digits = b"".join(self.tokens.text(one) for one in range(start, self.at + 1)).decode()
            self._fault(
                "out-of-range",
                f"{field.name}: {digits[:40]} is out of range, expected {low} to {high}",
                None,
                name=name,
                culprit=self.at,
            )
        self.at += 1

    def unknown_value(self, field: Field, name: int, start: int) -> None:
        """An enum does not have a value; C++ says so at the token behind it."""
        shown = b"".join(self.tokens.text(one) for one in range(start, self.at)).decode()
        message, mend = unknown_value(field.enum_type, shown)
        self._fault("unknown-value", message, mend, name=name, culprit=start)

    def no_comma(self) -> None:
        """Two values of a list have no comma between them."""
        self._fault("bad-list", f"expected , or ] in a list and found {self._seen()}", "write [a, b, c]")

    def after_bad_element(self) -> bool:
        """Go on behind a list that is not sound; tell whether its end was found."""
        self._skip_junk(stop=b"]")
        if self.current() == b"]":
            self.at += 1
            return True
        return False

    def no_value(self) -> None:
        """Something that is no value stands where one should."""
        self._fault("wrong-value", f"expected a value and found {self._seen()}")
        self._skip_junk()

    # ---- skipping ----

    def _same_line(self, first: int, second: int) -> bool:
        starts = self.tokens.starts
        return self.tokens.data.find(b"\n", starts[first], starts[second]) < 0

    def _skip_junk(self, *, openers: bool = False, stop: bytes = b";") -> None:
        """Skip what stands in this line up to the next field, the end of the block, or a separator."""
        start = self.at
        while self.kinds[self.at] != END and self._same_line(start, self.at):
            text = self.current()
            if text in _CLOSERS or text == stop or (text == b"," and stop == b";") or self._is_next_field():
                break
            if text in _OPENERS:
                if openers:
                    break
                self._skip_block()
                continue
            self.at += 1
        self._muted.append((start + 1, self.at))

    def _skip_line(self, first: int) -> None:
        """Skip the rest of a token's line, whole blocks that begin in it too."""
        start = self.at
        block = self.frames[-1].block or ()
        while self.kinds[self.at] != END and self._same_line(first, self.at):
            text = self.current()
            if text in _CLOSERS:
                break
            if self.at > start and text in block and self._is_next_field():
                break
            if text in _OPENERS:
                self._skip_block()
                continue
            self.at += 1
        if self.at == start and start == first:
            self.at += 1
        self._muted.append((start + 1, self.at))

    def _skip_block(self) -> None:
        """Skip a block, but nothing of the next region."""
        start = self.at
        depth = 0
        while self.kinds[self.at] != END:
            text = self.current()
            if self.kinds[self.at] == IDENTIFIER and self.at > start and self.regions.begins(self.at):
                break
            depth += (text in _OPENERS) - (text in _CLOSERS)
            self.at += 1
            if not depth:
                break
        self._muted.append((start, self.at))

    def skip_list(self) -> None:
        """Skip a list with all that is in it."""
        depth = 0
        while self.kinds[self.at] != END:
            text = self.current()
            depth += (text == b"[") - (text == b"]")
            if text in _OPENERS:
                self._skip_block()
                continue
            if text in _CLOSERS:
                return
            self.at += 1
            if not depth:
                return

    # ---- what came of it ----

    def faults(self) -> list[SyntaxFault]:
        """Return all faults in the order in which C++ would come upon them."""
        found = [(one.token, 1, self._placed(one)) for one in self._found]
        last = self.at
        said = -2
        for bad in self.tokens.bad:
            follows = bad.token == said + 1 and bad.kind == "not-ascii"
            if bad.token in (said,) or bad.token > last or self._is_muted(bad.token):
                continue
            said = bad.token
            if not follows:
                found.append((bad.token, 0, self._said_of_bad(bad)))
        found.sort(key=lambda one: one[:2])
        return [fault for _, _, fault in found[:MAX_FAULTS]]

    def _is_muted(self, token: int) -> bool:
        return any(start <= token < end for start, end in self._muted)

    def _placed(self, found: _Found) -> SyntaxFault:
        tokens, places = self.tokens, self.places
        line, column = places.as_in_c(tokens.starts[found.token])
        return SyntaxFault(
            found.kind,
            found.message,
            found.mend,
            line,
            column,
            places.character(tokens.starts[found.culprit]),
            places.character(tokens.ends[found.culprit]),
            found.message_type,
            found.field,
        )

    def _said_of_bad(self, bad: Any) -> SyntaxFault:
        kind, message, mend = BAD_TOKENS[bad.kind]
        tokens, places = self.tokens, self.places
        start, end = tokens.starts[bad.token], max(tokens.ends[bad.token], bad.offset + 1)
        if bad.kind == "control-character":
            start, end = bad.offset, bad.offset + 1
        char = places.text[places.character(bad.offset) :][:1]
        if kind == "bad-character":
            message, mend = (
                message.format(what=_character(char)),
                mend.format(mend=_MENDS.get(char, "remove it")),
            )
        line, column = places.as_in_c(bad.offset)
        return SyntaxFault(kind, message, mend, line, column, places.character(start), places.character(end))


_MENDS = {
    "\ufeff": "save the file without a byte order mark",
    "\xa0": "write a common space",
    "“": 'write a plain "',
    "”": 'write a plain "',
    "‘": "write a plain '",
    "’": "write a plain '",
}


def _character(char: str) -> str:
    return f"{char!r} (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
