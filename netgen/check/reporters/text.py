"""Findings for people: grouped by file, each with its line and a caret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Callable

from netgen.check.finding import Finding
from netgen.check.reporters.frame import frame
from netgen.check.run import FileResult

__all__ = ["render", "summary"]

# What would speak to the terminal and not to its reader.
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")

# The rules of files that are no text: their lines show nothing.
_NO_TEXT = ("S124",)

Style = Callable[[str, str], str]
"""Colours a text: ``style("error", "red")``."""

_COLOURS = {"error": "red", "warning": "yellow"}


def _plain(text: str, colour: str) -> str:  # noqa: ARG001
    return text


def render(results: Sequence[FileResult], style: Style = _plain) -> str:
    """Return all findings as text.

    Parameters
    ----------
    results : sequence of FileResult
        What was found.
    style : callable, optional
        Colours a text, on a terminal.
    """
    lines = [
        line for result in results for finding in result.findings for line in _shown(result, finding, style)
    ]
    return "\n".join([*lines, summary(results), ""])


def _shown(result: FileResult, finding: Finding, style: Style) -> Iterator[str]:
    place = finding.path if finding.line is None else f"{finding.path}:{finding.line}:{finding.column}"
    severity = style(finding.severity, _COLOURS[finding.severity])
    rule = style(f"[{finding.code} {finding.name}]", "cyan")
    message = finding.message.translate(_CONTROLS)
    yield f"{style(place.translate(_CONTROLS), 'bold')}: {severity}: {message} {rule}"
    culprit = result.culprits.get((finding.line, finding.column, finding.code))
    line = finding.line if culprit is None else culprit.line
    if line is not None and result.lines.get(line, "").strip() and finding.code not in _NO_TEXT:
        shown, carets = frame(finding, result.lines[line].translate(_CONTROLS), culprit)
        number = str(line)
        yield f"  {style(number + ' |', 'blue')} {shown}"
        yield f"  {style(' ' * len(number) + ' |', 'blue')} {style(carets, _COLOURS[finding.severity])}"
    where = [f"layer {finding.layer}"] if finding.layer else []
    where += [f"phase {finding.phase}"] if finding.phase else []
    if where:
        yield f"  in: {', '.join(where).translate(_CONTROLS)}"
    if finding.mend:
        yield f"  {style('mend', 'green')}: {finding.mend.translate(_CONTROLS)}"
    yield ""


def summary(results: Sequence[FileResult]) -> str:
    """Return one line that counts, and one on forks where there are such."""
    findings = [finding for result in results for finding in result.findings]
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    checked = [result for result in results if not result.passed_over and not result.failure]
    files = _count(len(checked), "file")
    if not findings:
        return f"{files} checked, nothing found{_forks(checked)}"
    parts = [_count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    touched = sum(bool(result.findings) for result in results)
    return f"{' and '.join(parts)} in {touched} of {files}{_forks(checked)}"


def _forks(checked: Sequence[FileResult]) -> str:
    """Return a line that says which files were read as a fork's; another Caffe would refuse them."""
    forks = [result.fork for result in checked if result.fork is not None]
    if not forks:
        return ""
    names = ", ".join(f"{name} ({count:,})" for name, count in Counter(forks).most_common())
    read = "was read as a fork's" if len(forks) == 1 else "were read as forks'"
    files = f"{_count(len(forks), 'file')} {read}, by fields and layer types"
    return f"\n{files}: {names}; --schema says whose is meant"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
