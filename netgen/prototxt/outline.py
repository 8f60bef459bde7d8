"""The tree of a text that is known to be sound, read a block at a time, as far as it is asked for."""

from __future__ import annotations

import re
from typing import Any

from netgen.prototxt.parser import Parser
from netgen.prototxt.tokens import IDENTIFIER, Tokens
from netgen.prototxt.tree import Document, Node, Places
from netgen.prototxt.wire import Block

__all__ = ["outline"]

_STRING = rb""""[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"""
_BRACE = re.compile(rb"#[^\n]*|" + _STRING + rb"|(\{)|(\})")
_COMMENT = re.compile(rb"(#[^\n]*)|" + _STRING)
_SEPARATOR = re.compile(rb"\s*[;,]?")
# What stands before a block's brace, where no other field stands between it and the block before.
# (A comment goes as far as its line: the expression can match in one way alone.)
_NAME = re.compile(rb"\s*(?:#[^\n]*\n\s*)*([A-Za-z_]\w*)\s*(?::\s*)?\Z")


def outline(places: Places, descriptor: Any) -> Document:
    """Return the document of a text that the fast reader took."""
    return _Outline(places, descriptor).document()


class _Outline:
    def __init__(self, places: Places, descriptor: Any) -> None:
        self._places = places
        self._descriptor = descriptor
        self._blocks: dict[str, Block] = {descriptor.full_name: Block(descriptor)}
        self._root = Node("", places, None, 0, 0)
        self._root.message_type = descriptor.full_name
        self._root.end_at(len(places.data))

    def document(self) -> Document:
        self._find_blocks()
        data = self._places.data
        comments = (
            [match.span(1) for match in _COMMENT.finditer(data) if match.lastindex] if b"#" in data else []
        )
        return Document(self._places, self._root, comments)

    def _find_blocks(self) -> None:
        """Make the root's nodes; a block's own are made when they are asked for."""
        data = self._places.data
        depth = done = 0
        for match in _BRACE.finditer(data):
            brace = match.lastindex
            if brace == 1:
                if not depth:
                    self._begin(done, match.start())
                depth += 1
            elif brace == 2:
                depth -= 1
                if not depth:
                    done = match.end()
                    self._root.children[-1].end_at(done)
                    done = _SEPARATOR.match(data, done).end()  # type: ignore[union-attr]
        self._values(done, len(data))

    def _begin(self, done: int, brace: int) -> None:
        """Make the nodes of what stands between two blocks, and of the second."""
        data = self._places.data
        match = _NAME.match(data, done, brace)
        if match is not None:
            start, end = match.span(1)
        else:
            tokens = Tokens(data, done, brace)
            last = len(tokens.kinds) - 2
            while tokens.kinds[last] != IDENTIFIER:  # a colon
                last -= 1
            start, end = tokens.starts[last], tokens.ends[last]
            self._values(done, start)
        field = self._blocks[self._descriptor.full_name][data[start:end]]
        node = Node(field.name, self._places, self._root, start, end)
        node.value_at(brace, brace)
        node.message_type = field.message_type.full_name
        node.later = self
        self._root.children.append(node)

    def make_children(self, node: Node) -> None:
        """Read a block, of which nothing but the place is known."""
        message_type = self._blocks[self._descriptor.full_name][node.name.encode()].message_type
        self._parse(node, message_type, *node.inner)

    def _values(self, start: int, end: int) -> None:
        self._parse(self._root, self._descriptor, start, end)

    def _parse(self, node: Node, descriptor: Any, start: int, end: int) -> None:
        Parser(self._places, node, descriptor, self._blocks, start, end).parse()
