"""Findings as workflow commands of GitHub Actions: they stand at their lines in a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from netgen.check.finding import Finding
from netgen.check.reporters.frame import columns_in
from netgen.check.reporters.paths import posix
from netgen.check.reporters.text import summary
from netgen.check.run import FileResult

__all__ = ["render"]


def render(results: Sequence[FileResult]) -> str:
    """Return a line for each finding, and one that counts."""
    lines = [_command(result, finding) for result in results for finding in result.findings]
    return "\n".join([*lines, summary(results), ""])


def _command(result: FileResult, finding: Finding) -> str:
    properties = {"file": posix(finding.path)}
    if finding.line is not None:
        properties["line"] = str(finding.line)
        if finding.end_line is not None:
            properties["endLine"] = str(finding.end_line)
        if finding.end_line == finding.line:
            # GitHub takes columns of places in one line alone.
            start, end = columns_in(finding, result.lines.get(finding.line, ""))
            properties["col"] = str(start)
            properties["endColumn"] = str(end)
    properties["title"] = f"{finding.code} {finding.name}"
    message = finding.message
    if finding.layer:
        message += f"\nin layer {finding.layer}"
    if finding.phase:
        message += f"\nin phase {finding.phase}"
    if finding.mend:
        message += f"\nmend: {finding.mend}"
    given = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{finding.severity} {given}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
