"""A text as a tree of its fields, with places and comments: what is asked for when something is found."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional, Union

from netgen.prototxt.strings import LATIN_1

__all__ = ["Comment", "Document", "Node", "Places", "Span"]


def _size(char: str) -> int:
    """Return how many bytes a character came from; a lone surrogate stands for one that is not UTF-8."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return 1
    return 2 if code < 0x800 else 3 if code < 0x10000 else 4


_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_INDENT = re.compile(rb"[ \t\r\v\f]*")
_TAB = 8


class Span(NamedTuple):
    """A part of a text."""

    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    end_line: int
    end_column: int
    """Of the first character behind it."""
    start: int
    """In characters of the text, from 0."""
    end: int


class Comment(NamedTuple):
    """A comment, without the end of its line."""

    line: int
    column: int
    text: str
    """With its ``#``."""
    start: int
    end: int


class Places:
    """Turns bytes of a text into characters, lines and columns.

    Parameters
    ----------
    text : str
        The text.
    data : bytes
        The same in UTF-8, as the parsers read it.
    """

    def __init__(self, text: str, data: bytes) -> None:
        self.text = text
        self.data = data
        self._lines: Optional[list[int]] = None
        self._indented = (0, 0, 0)  # the line that was asked for last
        self._odd: Optional[tuple[list[int], list[int]]] = None

    @property
    def lines(self) -> list[int]:
        """The byte at which each line starts."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in re.finditer(b"\n", self.data))]
        return self._lines

    def character(self, offset: int) -> int:
        """Return the character that a byte belongs to."""
        if len(self.text) == len(self.data):
            return offset
        if self._odd is None:
            self._odd = self._odd_characters()
        starts, gains = self._odd
        index = bisect_right(starts, offset) - 1
        return offset if index < 0 else offset - gains[index]

    def _odd_characters(self) -> tuple[list[int], list[int]]:
        """Return the bytes from which on there are more bytes than characters, and how many more."""
        starts: list[int] = []
        gains: list[int] = []
        gain = 0
        for match in _NOT_ASCII.finditer(self.text):
            for at, char in enumerate(match.group(), match.start()):
                size = _size(char)
                for more in range(
                    1, size
                ):  # a byte in the middle belongs to the character that it is part of
                    starts.append(at + gain + more)
                    gains.append(gain + more)
                gain += size - 1
        return starts, gains

    def span(self, start: int, end: int) -> Span:
        """Return a part of the text, given its bytes."""
        line, column = self._place(start)
        end_line, end_column = self._place(end)
        return Span(line, column, end_line, end_column, self.character(start), self.character(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.lines, offset)
        return line, self.character(offset) - self.character(self.lines[line - 1]) + 1

    def as_in_c(self, offset: int) -> tuple[int, int]:
        """Return line and column as C++ protobuf says them: in bytes, a tab goes on to the next eighth."""
        line = bisect_right(self.lines, offset)
        before = self.data[self.lines[line - 1] : offset]
        *tabbed, last = before.split(b"\t")
        column = 0
        for part in tabbed:
            column += len(part)
            column += _TAB - column % _TAB
        return line, column + len(last) + 1

    def indent(self, offset: int) -> tuple[int, int]:
        """Return the byte at which the text of a byte's line begins, and how far it is indented."""
        number = bisect_right(self.lines, offset)
        if number != self._indented[0]:
            match = _INDENT.match(self.data, self.lines[number - 1])
            first = match.end() if match else offset
            self._indented = number, first, self.as_in_c(first)[1] - 1
        return self._indented[1:]


Step = Union[str, int]


class Node:
    """One field of a text: a name and a value, or a block of such.

    Where a list stands, ``kernel_size: [3, 5]``, each of its elements is a node with the same name, and
    ``listed`` is true.
    """

    __slots__ = (
        "_bytes",
        "_children",
        "_named",
        "_places",
        "counts",
        "data",
        "later",
        "listed",
        "message_type",
        "name",
        "parent",
    )

    def __init__(
        self, name: str, places: Places, parent: Optional[Node], name_start: int, name_end: int
    ) -> None:
        self.name = name
        self.parent = parent
        self._children: list[Node] = []
        self._named: Optional[dict[str, list[Node]]] = None
        self.later: Any = None
        """What makes the children; it is called when they are asked for first."""
        self.message_type: Optional[str] = None
        """The full name of a block's type: ``caffe.LayerParameter``; None for a value or an unknown block."""
        self.listed = False
        self.counts = True
        """Whether the node is in the message; what could not be read is not."""
        self.data: Optional[bytes] = None
        """A string's bytes, with its escapes resolved."""
        self._places = places
        # Name, value, and the whole with the separator left out.
        self._bytes = [name_start, name_end, name_end, name_end]

    def value_at(self, start: int, end: int) -> None:
        """Say which bytes are the value."""
        self._bytes[2:] = start, end

    def end_at(self, end: int) -> None:
        """Say where a block ends."""
        self._bytes[3] = end

    @property
    def inner(self) -> tuple[int, int]:
        """The bytes between a block's braces."""
        return self._bytes[2] + 1, self._bytes[3] - 1

    @property
    def children(self) -> list[Node]:
        """The fields of a block."""
        if self.later is not None:
            later, self.later = self.later, None
            later.make_children(self)
        return self._children

    def __repr__(self) -> str:
        return f"<Node {self.name} {self.span.line}:{self.span.column}>"

    @property
    def is_block(self) -> bool:
        """Whether the value is a block, in braces or angle brackets."""
        return self._places.data[self._bytes[2] : self._bytes[2] + 1] in (b"{", b"<")

    @property
    def span(self) -> Span:
        """From the name to the end of the value; of a list's element, the element alone."""
        return self._places.span(self._bytes[2] if self.listed else self._bytes[0], self._bytes[3])

    @property
    def name_span(self) -> Span:
        """The name."""
        return self._places.span(self._bytes[0], self._bytes[1])

    @property
    def value_span(self) -> Span:
        """The value, a block with its braces."""
        return self._places.span(self._bytes[2], self._bytes[3])

    @property
    def text(self) -> str:
        """The value as it is written."""
        return self._places.text[
            self._places.character(self._bytes[2]) : self._places.character(self._bytes[3])
        ]

    @property
    def value(self) -> Optional[str]:
        """What a string says, or another value as it is written; None for a block."""
        if self.data is not None:
            return self.data.decode("utf-8", LATIN_1)
        return None if self.is_block else self.text

    def named(self, name: str) -> list[Node]:
        """Return the children of a name that are in the message, in order."""
        if self._named is None:
            self._named = {}
            for child in self.children:
                if child.counts:
                    self._named.setdefault(child.name, []).append(child)
        return self._named.get(name, [])

    def walk(self) -> Iterator[Node]:
        """Yield all nodes below, each before its children."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


class Document:
    """A text's fields and comments, with their places."""

    def __init__(self, places: Places, root: Node, comments: Sequence[tuple[int, int]]) -> None:
        self._places = places
        self._spans = comments
        self._comments: Optional[list[Comment]] = None
        self._comment_lines: list[int] = []  # at most one comment a line
        self.root = root

    @property
    def text(self) -> str:
        """The text."""
        return self._places.text

    @property
    def children(self) -> list[Node]:
        """The fields of the message itself."""
        return self.root.children

    @property
    def comments(self) -> list[Comment]:
        """All comments, in order."""
        if self._comments is None:
            self._comments = [self._comment(start, end) for start, end in self._spans]
            self._comment_lines = [comment.line for comment in self._comments]
        return self._comments

    def _comment(self, start: int, end: int) -> Comment:
        span = self._places.span(start, end)
        return Comment(
            span.line, span.column, self.text[span.start : span.end].rstrip("\r"), span.start, span.end
        )

    def find(self, path: Sequence[Step]) -> Optional[Node]:
        """Return the node of a path such as ``("layer", 3, "convolution_param", "kernel_size", 1)``.

        An index may stand behind each name of a repeated field; without one, the first is meant.
        """
        found, node = self._follow(path)
        return node if found else None

    def span(self, path: Sequence[Step]) -> Span:
        """Return where a path is, or else the nearest thing around it that is in the text."""
        _, node = self._follow(path)
        return node.span

    def _follow(self, path: Sequence[Step]) -> tuple[bool, Node]:
        node = self.root
        position = 0
        while position < len(path):
            name = path[position]
            index = 0
            position += 1
            if position < len(path) and isinstance(path[position], int):
                index = int(path[position])
                position += 1
            children = node.named(str(name))
            if not 0 <= index < len(children):
                return False, node
            node = children[index]
        return True, node

    def comments_before(self, node: Node) -> list[Comment]:
        """Return the comments on the lines right above a field, with no blank line between."""
        span = node.name_span
        line = span.line
        found: list[Comment] = []
        comments = self.comments
        index = bisect_left(self._comment_lines, line) - 1
        while index >= 0 and comments[index].line == line - 1 and self._leads(comments[index]):
            line -= 1
            found.insert(0, comments[index])
            index -= 1
        return found if self._leads(span) else []

    def comment_behind(self, node: Node) -> Optional[Comment]:
        """Return the comment that follows a field in its last line."""
        span = node.span
        comments = self.comments
        index = bisect_left(self._comment_lines, span.end_line)
        if index < len(comments) and comments[index].line == span.end_line:
            comment = comments[index]
            return comment if comment.column >= span.end_column else None
        return None

    def _leads(self, part: Union[Span, Comment]) -> bool:
        """Tell whether nothing stands before something in its line."""
        return not self.text[part.start - part.column + 1 : part.start].strip()
