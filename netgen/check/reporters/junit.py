"""Findings as JUnit's XML: a suite for each file, a failed case for each finding."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from netgen.check.finding import Finding
from netgen.check.reporters.paths import posix
from netgen.check.run import FileResult

__all__ = ["render"]


def render(results: Sequence[FileResult]) -> str:
    """Return the suites; a file without findings is one case that passed."""
    checked = [result for result in results if not result.passed_over]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    tests = sum(len(result.findings) or 1 for result in checked)
    failures = sum(len(result.findings) for result in checked)
    errors = sum(bool(result.failure) for result in checked)
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}"'
    lines.append(f'<testsuites name="netgen check" {counts} time="0">')
    for result in checked:
        lines += _suite(result)
    lines.append("</testsuites>")
    return "\n".join([*lines, ""])


def _suite(result: FileResult) -> list[str]:
    path = _attribute(posix(result.path))
    count = len(result.findings)
    numbers = f'tests="{count or 1}" failures="{count}" errors="{int(bool(result.failure))}" skipped="0"'
    lines = [f'  <testsuite name={path} {numbers} time="0">']
    if result.failure:
        lines.append(f'    <testcase name="read" classname={path} time="0">')
        lines.append(f'      <error message={_attribute(result.failure)} type="read"/>')
        lines.append("    </testcase>")
    elif not count:
        lines.append(f'    <testcase name="check" classname={path} time="0"/>')
    for finding in result.findings:
        lines += _case(finding, path)
    lines.append("  </testsuite>")
    return lines


def _case(finding: Finding, path: str) -> list[str]:
    where = "" if finding.line is None else f" {finding.line}:{finding.column}"
    name = _attribute(f"{finding.code} {finding.name}{where}")
    return [
        f'    <testcase name={name} classname={path} time="0">',
        f"      <failure message={_attribute(finding.message)} type={_attribute(finding.severity)}>"
        f"{escape(_legal(str(finding)))}</failure>",
        "    </testcase>",
    ]


def _attribute(text: str) -> str:
    return quoteattr(_legal(text), {"\n": "&#10;", "\t": "&#9;"})


def _legal(text: str) -> str:
    """Return a text without the characters that XML does not take."""
    return "".join(
        one
        if one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"
        else "?"
        for one in text
    )
