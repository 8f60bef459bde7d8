"""The state of a parser that goes on after faults, and what it notes."""

from __future__ import annotations

from typing import Any, NoReturn, Optional, Union

from netgen.prototxt.faults import BAD_TOKENS, SyntaxFault, short_type
from netgen.prototxt.limits import MAX_FAULTS
from netgen.prototxt.regions import Regions
from netgen.prototxt.tokens import END, STRING, BadToken, Tokens
from netgen.prototxt.tree import Node, Places
from netgen.prototxt.wire import Block, Field

__all__ = ["CLOSERS", "OPENERS", "Frame", "State", "Stopped"]

OPENERS = (b"{", b"<")
CLOSERS = (b"}", b">")


class Stopped(Exception):  # noqa: N818 (not an error)
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
        """The type, as a user knows it."""
        return "the block" if self.block is None else short_type(self.block.full_name)


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


class State:
    """What a parser knows on its way, and what it has found wrong."""

    def __init__(
        self,
        places: Places,
        root: Node,
        descriptor: Any,
        blocks: dict[str, Block],
        start: int = 0,
        end: int = -1,
    ) -> None:
        self.places = places
        self.root = root
        self.tokens = Tokens(places.data, start, end)
        self.kinds = self.tokens.kinds
        self.at = 0
        self.wire = b""
        self.in_list = False
        self.string_bytes = b""
        self._blocks = blocks
        self.frames = [Frame(self._block(descriptor), root, 0, b"")]
        self._found: list[_Found] = []
        self._muted = bytearray(len(self.kinds))
        bad = self.tokens.bad
        self._bad = {one.token for one in bad}
        # Most of the tokenizer's complaints are said, so that there is no need to go further than this.
        self.far = len(self.kinds) if len(bad) <= 10 * MAX_FAULTS else bad[10 * MAX_FAULTS].token
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
    ) -> None:
        """Note a fault at the token that is next."""
        if len(self._found) >= MAX_FAULTS:
            raise Stopped
        found = _Found(kind, self.at, self.at if culprit is None else culprit, message, mend)
        block = self.frames[-1].block
        found.message_type = None if block is None else block.full_name
        found.field = None if name is None else self.tokens.text(name).decode("latin-1")
        self._found.append(found)

    def stop(self, kind: str, message: str) -> NoReturn:
        """Note a fault behind which nothing can be read."""
        self._fault(kind, message)
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

    # ---- what came of it ----

    def _mute(self, start: int, end: int) -> None:
        """Leave out what the tokenizer says of tokens that are skipped for a fault before them."""
        self._muted[start:end] = b"\1" * (end - start)

    def faults(self) -> list[SyntaxFault]:
        """Return all faults in the order in which C++ would come upon them."""
        events: list[tuple[int, int, Union[BadToken, _Found]]] = [(one.token, 1, one) for one in self._found]
        events += [(bad.token, 0, bad) for bad in self.tokens.bad if bad.token <= self.at]
        events.sort(key=lambda event: event[:2])
        kept: list[SyntaxFault] = []
        said = -2
        for token, _, one in events[: 1 << 16]:
            if len(kept) >= MAX_FAULTS:
                break
            if isinstance(one, _Found):
                kept.append(self._placed(one))
                continue
            # One complaint for a token or a character of several bytes. C++'s first is never left out.
            if kept and (token == said or self._muted[token]):
                continue
            if not (kept and one.kind == "not-ascii" and token == said + 1):
                kept.append(self._said_of_bad(one))
            said = token
        return kept

    def missing(self, message: Any) -> list[SyntaxFault]:
        """Return what to say of a message without its required fields, at the block: C++ says no place."""
        kept = []
        for path in message.FindInitializationErrors()[:MAX_FAULTS]:
            *blocks, name = path.split(".")
            node = self.root
            for block in blocks:
                of, _, index = block.rstrip("]").partition("[")
                found = node.named(of)[int(index or 0) :]
                if not found:  # a group goes by another name
                    break
                node = found[0]
            said = f"{short_type(node.message_type or '')} lacks {name}, without which Caffe does not read it"
            line, column, _, _, start, end = node.name_span
            kept.append(
                SyntaxFault(
                    *("missing-required", said, f"write {name}: …"),
                    *(line, column, start, end),
                    *(node.message_type, name),
                )
            )
        return kept

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

    def _said_of_bad(self, bad: BadToken) -> SyntaxFault:
        kind, message, mend = BAD_TOKENS[bad.kind]
        tokens, places = self.tokens, self.places
        start, end = tokens.starts[bad.token], tokens.ends[bad.token]
        if bad.kind == "control-character":  # it is no part of the token
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
