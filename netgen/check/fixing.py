"""Mending what can be mended for certain, in the file's own text, each mend proved by checking again."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import Any, NamedTuple, Optional

from netgen.check.checking import Checked, check_data
from netgen.check.edits import Edit, Insert, Remove, Rename, Replace
from netgen.check.finding import Finding
from netgen.check.locating import Placed
from netgen.check.settings import Settings

__all__ = ["Mended", "diff", "mend"]

_MOST = 1_000  # findings of a file


class Mended(NamedTuple):
    """What mending gave."""

    text: str
    """The file's text, mended."""
    fixed: list[Finding]
    """What is gone."""


class _Cut(NamedTuple):
    """A part of a text and what takes its place."""

    start: int
    end: int
    text: str


def mend(path: str, data: bytes, settings: Settings, *, kind: Optional[str] = None) -> Optional[Mended]:
    """Mend a file's text as far as it can be mended for certain.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    data : bytes
        What is in it.
    settings : Settings
        What the check is told.
    kind : {"net", "solver"}, optional
        What it is; by its content otherwise.

    Returns
    -------
    Mended or None
        None where there is nothing to mend. A mend counts where it makes its finding go and no error come.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    checked = check_data(path, data, settings, kind=kind)[0]
    fixed: list[Finding] = []
    tried: set[tuple[Any, ...]] = set()
    while len(tried) < _MOST:
        placed = next((one for one in checked.placed if one.report.fix and _mark(one) not in tried), None)
        if placed is None:
            break
        tried.add(_mark(placed))
        changed = _edited(checked, placed, text)
        if changed is None:
            continue
        again = check_data(path, changed.encode("utf-8"), settings, kind=kind)[0]
        if _better(checked, again, placed):
            checked, text = again, changed
            fixed.append(placed.finding)
            # The same may be wrong in several places: the next of them is another one.
            tried.discard(_mark(placed))
    return Mended(text, fixed) if fixed else None


def diff(path: str, before: str, after: str) -> str:
    """Return how two texts of a file differ, as a patch."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _mark(placed: Placed) -> tuple[Any, ...]:
    finding = placed.finding
    return (finding.code, finding.layer, finding.message, placed.path)


def _better(before: Checked, after: Checked, placed: Placed) -> bool:
    """Tell whether a finding has gone, and no error has come for it."""

    def alike(checked: Checked) -> int:
        wanted = placed.finding
        return sum(
            (one.finding.code, one.finding.layer, one.finding.message)
            == (wanted.code, wanted.layer, wanted.message)
            for one in checked.placed
        )

    def errors(checked: Checked) -> Counter[tuple[str, Optional[str]]]:
        return Counter(
            (one.finding.code, one.finding.layer) for one in checked.placed if one.finding.is_error
        )

    return alike(after) < alike(before) and not errors(after) - errors(before)


def _edited(checked: Checked, placed: Placed, text: str) -> Optional[str]:
    """Return the text with a report's edits made, None where they cannot be."""
    subject = checked.subject
    document = subject.reading.document
    upgraded = getattr(subject, "upgraded", None)
    cuts = []
    assert placed.report.fix is not None
    for edit in placed.report.fix.edits:
        path = tuple(edit.path)
        node = document.find(path if upgraded is None else upgraded.origin(path))
        cut = None if node is None else _cut(edit, node, text)
        if cut is None:
            return None
        cuts.append(cut)
    cuts.sort(reverse=True)
    for cut, behind in zip(cuts[1:], cuts):
        if cut.end > behind.start:
            return None
    for cut in cuts:
        text = text[: cut.start] + cut.text + text[cut.end :]
    return text


def _cut(edit: Edit, node: Any, text: str) -> Optional[_Cut]:
    if isinstance(edit, Replace):
        span = node.value_span
        return _Cut(span.start, span.end, edit.text)
    if isinstance(edit, Rename):
        span = node.name_span
        return _Cut(span.start, span.end, edit.name)
    if isinstance(edit, Remove):
        return _removal(node, text)
    return _insertion(edit, node, text)


def _removal(node: Any, text: str) -> Optional[_Cut]:
    """Take a field out, and its line where nothing else stands in it; a comment behind it stays."""
    if node.listed:
        return None
    start, end = node.span.start, node.span.end
    while text[end : end + 1] in (",", ";"):
        end += 1
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    alone = not text[line_start:start].strip()
    if alone and not text[end:line_end].strip():
        return _Cut(line_start, min(line_end + 1, len(text)), "")
    if alone:
        # A comment or another field follows: it takes the place, indented as this was.
        return _Cut(start, end + len(text[end:line_end]) - len(text[end:line_end].lstrip()), "")
    while start > line_start and text[start - 1] in " \t":
        start -= 1
    return _Cut(start, end, "")


def _insertion(edit: Insert, node: Any, text: str) -> Optional[_Cut]:
    """Put a field behind the last one of a message: on a line of its own where those stand so."""
    if node.parent is None:
        # The file itself.
        end = len(text.rstrip("\n"))
        return _Cut(end, end, f"\n{edit.text}" if end else edit.text)
    if not node.is_block:
        return None
    close = node.value_span.end - 1
    children = node.children
    if not children:
        return _Cut(node.value_span.start + 1, close, f" {edit.text} ")
    last = children[-1].span
    if node.value_span.line == node.value_span.end_line:
        return _Cut(last.end, last.end, f" {edit.text}")
    line_start = text.rfind("\n", 0, last.start) + 1
    indent = text[line_start : last.start]
    if indent.strip():
        indent = indent[: len(indent) - len(indent.lstrip())] + "  "
    # Behind what else stands in that line: a separator, a comment.
    line_end = text.find("\n", last.end, close)
    if line_end < 0:
        return _Cut(close, close, f"{edit.text} ")
    if text[line_end - 1] == "\r":
        line_end -= 1
    return _Cut(line_end, line_end, f"{_newline(text)}{indent}{edit.text}")


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
