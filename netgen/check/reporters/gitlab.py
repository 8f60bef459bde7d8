"""Findings as GitLab's report of code quality, which it shows in merge requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from netgen.check.finding import Finding
from netgen.check.reporters.paths import fingerprint, posix
from netgen.check.run import FileResult

__all__ = ["render"]


def render(results: Sequence[FileResult]) -> str:
    """Return a list with an object for each finding."""
    counts: Counter[str] = Counter()
    given = []
    for result in results:
        for finding in result.findings:
            same = fingerprint(finding, 0)
            given.append(_issue(finding, fingerprint(finding, counts[same])))
            counts[same] += 1
    return json.dumps(given, indent=2, ensure_ascii=False) + "\n"


def _issue(finding: Finding, mark: str) -> dict[str, Any]:
    lines: dict[str, int] = {"begin": finding.line or 1}
    if finding.end_line is not None:
        lines["end"] = finding.end_line
    message = finding.message
    if finding.layer:
        message += f" (layer {finding.layer})"
    if finding.mend:
        message += f"; mend: {finding.mend}"
    return {
        "description": message,
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": mark,
        "severity": "major" if finding.is_error else "minor",
        "location": {"path": posix(finding.path), "lines": lines},
    }
