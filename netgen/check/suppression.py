"""``# netgen: ignore[CODE, NAME]``: findings that the file itself wants left out."""

from __future__ import annotations

import re
from typing import Any

from netgen.check.finding import Finding
from netgen.check.loading import known_codes, matches, rules_of
from netgen.check.locating import Placed, located, place_of
from netgen.check.ruling import Said
from netgen.errors import nearest

__all__ = ["Ignore", "suppressed"]

_WORD = "ignore"
_MARK = r"#\s*netgen\s*:\s*(?P<word>\w+)\s*(?:\[(?P<codes>[^\]]*)\])?"


class Ignore:
    """One comment that silences.

    Parameters
    ----------
    comment : Comment
        Where it stands.
    codes : list of str
        What it names.
    first, last : int
        The lines that it silences.
    """

    __slots__ = ("codes", "column", "end", "first", "last", "line", "start", "text", "unknown", "unused")

    def __init__(self, comment: Any, codes: list[str], first: int, last: int) -> None:
        self.text = comment.text.strip()
        self.line = comment.line
        self.column = comment.column
        self.start = comment.start
        self.end = comment.end
        self.codes = codes
        self.first = first
        self.last = last
        every = known_codes()
        words = [word for pair in every for word in pair]
        self.unknown = [
            (code, nearest(code, words)) for code in codes if not any(matches(code, *pair) for pair in every)
        ]
        """Those of its codes that no rule has, each with the nearest."""
        self.unused = [code for code in codes if any(matches(code, *pair) for pair in every)]
        """Those that have silenced nothing so far."""

    def silences(self, finding: Finding) -> bool:
        """Tell whether it wants a finding left out, and remember what it was good for."""
        if finding.line is None or not self.first <= finding.line <= self.last:
            return False
        meant = [code for code in self.codes if matches(code, finding.code, finding.name)]
        self.unused = [code for code in self.unused if code not in meant]
        return bool(meant)


def suppressed(subject: Any, placed: list[Placed]) -> list[Placed]:
    """Return the findings of a file without those that its comments silence.

    Parameters
    ----------
    subject : FileSubject or SolverSubject
        The file.
    placed : list of Placed
        What was found in it.

    Notes
    -----
    A comment at the end of a line silences what is found in that line, one on a line of its own what is found
    in the next; where a layer begins in that line, the whole layer. A wish that silences nothing is a
    finding, unless its rule is switched off.
    """
    ignores = _ignores(subject)
    if not ignores:
        return placed
    left = [one for one in placed if not sum(ignore.silences(one.finding) for ignore in ignores)]

    def runs(code: str, name: str) -> bool:
        return bool(subject.options.runs(code, name, subject.path))

    for ignore in ignores:
        ignore.unused = [
            code
            for code in ignore.unused
            if any(matches(code, *pair) and runs(*pair) for pair in known_codes())
        ]
    said = [
        Said(rule, report, None)
        for rule in rules_of("ignore")
        if runs(rule.code, rule.name)
        for report in rule.check(ignores)
    ]
    return sorted([*left, *located(subject, said)], key=place_of)


def _ignores(subject: Any) -> list[Ignore]:
    document = subject.reading.document
    lines = subject.reading.text.split("\n")
    layers = {
        node.span.line: node.span.end_line for node in document.children if node.name in ("layer", "layers")
    }
    found = []
    for comment in document.comments:
        match = re.search(_MARK, comment.text)
        if match is None or (match["word"] != _WORD and nearest(match["word"], [_WORD]) is None):
            continue
        line = comment.line
        if not lines[line - 1][: comment.column - 1].strip():
            line = _next_code_line(lines, line)
        wanted = (match["codes"] or "") if match["word"] == _WORD else ""  # misspelt, it silences nothing
        codes = [code.strip() for code in wanted.split(",") if code.strip()]
        found.append(Ignore(comment, codes, line, layers.get(line, line)))
    return found


def _next_code_line(lines: list[str], line: int) -> int:
    """Return the number of the next line that is not blank or a comment."""
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1].strip()
        if text and not text.startswith("#"):
            return number
    return line
