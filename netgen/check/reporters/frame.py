"""A line of the source with a caret under the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from netgen.check.columns import character_column
from netgen.check.finding import Finding

if TYPE_CHECKING:
    from netgen.check.run import Culprit

__all__ = ["columns_in", "frame"]

_TAB = 8
_WIDEST = 110


def frame(finding: Finding, line: str, culprit: Optional[Culprit] = None) -> tuple[str, str]:
    """Return a line as it is shown, and the carets that go under it.

    Parameters
    ----------
    finding : Finding
        Where.
    line : str
        The line of the source.
    culprit : Culprit, optional
        What stands in this line and is meant, where a parser said that it was elsewhere.
    """
    start: int
    end: Optional[int]
    if culprit is None:
        start, end = columns_in(finding, line)
    else:
        start, end = culprit.start + 1, culprit.end + 1
    cells = len(line[: start - 1].expandtabs(_TAB)) + max(start - 1 - len(line), 0)
    shown = line.rstrip().expandtabs(_TAB)
    behind = len(shown) if end is None else len(line[: end - 1].expandtabs(_TAB))
    behind = max(min(behind, len(shown)), cells + 1)
    if len(shown) > _WIDEST:
        # A file on one line: what stands around the place is shown.
        left = max(0, min(cells - 30, len(shown) - _WIDEST))
        cut = shown[left : left + _WIDEST]
        shown = (f"…{cut[1:]}" if left else cut) + ("…" if left + _WIDEST < len(shown) else "")
        cells, behind = cells - left, min(behind - left, _WIDEST)
    return shown, " " * cells + "^" * max(behind - cells, 1)


def columns_in(finding: Finding, line: str) -> tuple[int, Optional[int]]:
    """Return a finding's columns in characters, the second None where it ends in another line.

    The columns of what the parser finds are C++ protobuf's; all others are characters.
    """
    start = finding.column or 1
    end = finding.end_column if finding.end_line == finding.line else None
    if finding.code[0] == "S":
        start = character_column(line, start)
        end = None if end is None else character_column(line, end)
    return start, end
