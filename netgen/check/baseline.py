"""A list of findings that an old repository lives with: new ones alone are said."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from netgen.check.finding import Finding
from netgen.check.run import FileResult
from netgen.errors import OptionError

__all__ = ["baseline_of", "read_baseline", "without"]

_VERSION = 1
Key = tuple[str, str, str, str]


def _key(finding: Finding, folder: str) -> Key:
    """Return what a finding is known by: not its line, which moves."""
    path = os.path.relpath(finding.path, folder).replace(os.sep, "/")
    return (path, finding.code, finding.layer or "", finding.message)


def baseline_of(findings: Iterable[Finding], file: str) -> str:
    """Return the text of a baseline: paths in it are from the folder that its file lies in."""
    counts = Counter(_key(finding, os.path.dirname(file) or ".") for finding in findings)
    listed = [
        {"path": path, "code": code, "layer": layer, "message": message, "count": count}
        for (path, code, layer, message), count in sorted(counts.items())
    ]
    return json.dumps({"netgen-baseline": _VERSION, "findings": listed}, indent=1, ensure_ascii=False) + "\n"


def read_baseline(file: str) -> Counter[Key]:
    """Read a baseline.

    Raises
    ------
    OptionError
        Where the file is none.
    """
    try:
        with open(file, encoding="utf-8") as opened:
            told: Any = json.load(opened)
        version = told["netgen-baseline"]
        known: Counter[Key] = Counter()
        for one in told["findings"] if version == _VERSION else ():
            known[str(one["path"]), str(one["code"]), str(one["layer"]), str(one["message"])] += int(
                one["count"]
            )
    except FileNotFoundError:
        raise OptionError(f"there is no baseline {file}", mend=f"--write-baseline {file} makes one") from None
    except (ValueError, KeyError, TypeError):
        raise OptionError(f"{file} is no baseline", mend=f"--write-baseline {file} makes one") from None
    if version != _VERSION:
        raise OptionError(f"{file} is a baseline of version {version}, expected {_VERSION}")
    return known


def without(results: Sequence[FileResult], known: Counter[Key], file: str) -> list[FileResult]:
    """Return results without the findings that a baseline lists, each as often as it is listed."""
    left = known.copy()
    folder = os.path.dirname(file) or "."
    new = []
    for result in results:
        kept = []
        for finding in result.findings:
            key = _key(finding, folder)
            if left[key] > 0:
                left[key] -= 1
            else:
                kept.append(finding)
        new.append(result._replace(findings=tuple(kept)))
    return new
