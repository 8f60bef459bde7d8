"""A line of the source with a caret under the place."""

from __future__ import annotations

from netgen.check.finding import Finding

__all__ = ["frame"]

_TAB = 8
_WIDEST = 110


def frame(finding: Finding, line: str) -> tuple[str, str]:
    """Return a line as it is shown, and the carets that go under it.

    Parameters
    ----------
    finding : Finding
        Where.
    line : str
        The line of the source.

    Notes
    -----
    A parser's columns are C++ protobuf's: bytes, tabs counted up to the next multiple of eight. The columns
    of all other findings are characters.
    """
    start = _visible(line, finding.column or 1, finding.code[0] == "S")
    if finding.end_line == finding.line and finding.end_column is not None:
        end = _visible(line, finding.end_column, finding.code[0] == "S")
    else:
        end = len(line.rstrip().expandtabs(_TAB))
    shown = line.rstrip().expandtabs(_TAB)
    end = max(min(end, len(shown)), start + 1)
    if len(shown) > _WIDEST:
        # A file on one line: what stands around the place is shown.
        left = max(0, min(start - 30, len(shown) - _WIDEST))
        shown = ("…" if left else "") + shown[left + bool(left) : left + _WIDEST] + "…"
        start, end = start - left, min(end - left, _WIDEST)
    return shown, " " * start + "^" * max(end - start, 1)


def _visible(line: str, column: int, parsers: bool) -> int:
    """Return how many cells stand before a column."""
    if not parsers:
        return len(line[: column - 1].expandtabs(_TAB))
    cells = reached = 0
    for character in line:
        if reached >= column - 1:
            break
        if character == "\t":
            reached += _TAB - reached % _TAB
            cells += _TAB - cells % _TAB
        else:
            reached += len(character.encode("utf-8", "surrogatepass"))
            cells += 1
    return cells
