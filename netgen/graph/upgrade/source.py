"""A text that is edited: fields replaced, added and taken out, and all around them left as it is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Optional

from netgen.prototxt import Comment, Document, Node

__all__ = ["Source"]

_SPACE = " \t\r\v\f"


class _Cut(NamedTuple):
    start: int
    end: int
    text: str


class Source:
    """A text with the edits that are to be made in it.

    Parameters
    ----------
    document : Document
        The text.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self._comments = document.comments
        self._starts = [comment.start for comment in self._comments]
        self._replaced: list[_Cut] = []
        self._gone: list[tuple[int, int]] = []

    # ---- places ----

    def comments_in(self, start: int, end: int) -> list[Comment]:
        """Return the comments in a part of the text."""
        return self._comments[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def comment_behind(self, end: int, between: str = ",;") -> Optional[Comment]:
        """Return the comment that follows in the same line, with nothing but separators between."""
        index = bisect_left(self._starts, end)
        if index == len(self._comments):
            return None
        comment = self._comments[index]
        return None if self.text[end : comment.start].strip(_SPACE + between) else comment

    def comments_above(self, start: int, floor: int = 0) -> list[Comment]:
        """Return the comments on lines of their own right above a place, none of them before ``floor``."""
        found: list[Comment] = []
        line = self.line_start(start)
        if self.text[line:start].strip():
            return found
        index = bisect_right(self._starts, start)
        while index:
            index -= 1
            comment = self._comments[index]
            own = self.line_start(comment.start)
            apart = (
                self.text[own : comment.start].strip() or self.text[comment.end : line].strip(_SPACE) != "\n"
            )
            if comment.start < floor or apart:
                break
            found.insert(0, comment)
            line = own
        return found

    def line_start(self, offset: int) -> int:
        """Return where the line of a place begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def begins_line(self, offset: int) -> bool:
        """Tell whether nothing stands before a place in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def indent(self, offset: int) -> str:
        """Return what the line of a place is indented by."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip())]

    def whole(self, node: Node) -> tuple[int, int]:
        """Return where a field begins and ends, with its separator; an element's list as a whole."""
        start, end = node.name_span.start, node.span.end
        if node.listed:
            end = max(one.span.end for one in siblings(node) if one.name_span.start == start)
            while self.text[end] != "]":
                comment = self.comment_behind(end)
                end = comment.end if comment is not None and comment.start == end else end + 1
            end += 1
        stop = end
        while self.text[stop : stop + 1] and self.text[stop] in _SPACE:
            stop += 1
        return start, stop + 1 if self.text[stop : stop + 1] in (",", ";") else end

    # ---- edits ----

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text in the place of a part; edits in a part that is replaced are not made."""
        self._replaced.append(_Cut(start, end, text))

    def rename(self, node: Node, name: str) -> None:
        """Give a field another name."""
        self.replace(node.name_span.start, node.name_span.end, name)

    def set_value(self, node: Node, value: str) -> None:
        """Give a field another value."""
        self.replace(node.value_span.start, node.value_span.end, value)

    def take_out(self, node: Node) -> None:
        """Take a field out, and the comment behind it."""
        start, end = self.whole(node)
        comment = self.comment_behind(end)
        self._gone.append((start, end if comment is None else comment.end))

    def take_comment_out(self, comment: Comment) -> None:
        """Take a comment out."""
        self._gone.append((comment.start, comment.end))

    def put_in(self, block: Node, fields: Sequence[str]) -> None:
        """Put fields at the end of a block, on lines of their own where its others stand so."""
        if not fields:
            return
        if not block.children:
            self.set_value(block, f"{{ {' '.join(fields)} }}")
            return
        last = block.children[-1]
        at = self.whole(last)[1]
        if "\n" not in self.text[block.value_span.start : block.value_span.end]:
            self.replace(at, at, "".join(f" {field}" for field in fields))
            return
        self.put_behind(last, fields)

    def put_behind(self, node: Node, lines: Sequence[str]) -> None:
        """Put lines behind a field and the comment that follows it, indented as it is."""
        at = self.whole(node)[1]
        comment = self.comment_behind(at)
        at = at if comment is None else comment.end
        indent = self.newline + self.indent(node.name_span.start)
        self.replace(at, at, "".join(indent + line for line in lines))

    def edited(self) -> str:
        """Return the text with all edits made."""
        cuts = self._replaced + [_Cut(start, end, "") for start, end in self._lines_gone()]
        parts, done = [], 0
        for start, end, text in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
            if start < done:
                continue  # in a part that was replaced
            parts += [self.text[done:start], text]
            done = max(end, done)
        return "".join([*parts, self.text[done:]])

    def _lines_gone(self) -> list[tuple[int, int]]:
        """Return what is taken out, with the lines and spaces that would be left over."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(set(self._gone)):
            if joined and not self.text[joined[-1][1] : start].strip(_SPACE):
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        return [self._with_spaces(start, end) for start, end in joined]

    def _with_spaces(self, start: int, end: int) -> tuple[int, int]:
        line = self.line_start(start)
        stop = self.text.find("\n", end)
        stop = len(self.text) if stop < 0 else stop
        if self.begins_line(start):
            if not self.text[end:stop].strip():
                return line, min(stop + 1, len(self.text))
            while self.text[end] in _SPACE:
                end += 1
            return start, end
        while self.text[start - 1] in _SPACE:
            start -= 1
        return start, end


def siblings(node: Node) -> list[Node]:
    """Return the fields of a node's name beside it, itself among them."""
    assert node.parent is not None
    return node.parent.named(node.name)
