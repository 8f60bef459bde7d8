"""Findings as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from netgen.check.run import FileResult
from netgen.version import __version__

__all__ = ["render"]


def render(results: Sequence[FileResult]) -> str:
    """Return an object with the findings, each with all its fields, and what was checked."""
    told = {
        "netgen": __version__,
        "files": [result.path for result in results if not result.passed_over and not result.failure],
        "forks": {result.path: result.fork for result in results if result.fork is not None},
        "failures": [
            {"path": result.path, "message": result.failure} for result in results if result.failure
        ],
        "findings": [finding.as_dict() for result in results for finding in result.findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
