"""How many findings each rule has, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from netgen.check.reporters.text import summary
from netgen.check.run import FileResult

__all__ = ["render"]


def render(results: Sequence[FileResult]) -> str:
    """Return a line for each rule that found something, the most frequent first."""
    findings = [finding for result in results for finding in result.findings]
    counts = Counter((finding.code, finding.name, finding.severity) for finding in findings)
    files = Counter(
        (code, name) for result in results for code, name in {(f.code, f.name) for f in result.findings}
    )
    lines = [
        f"{count:>7,}  {code}  {severity:<7}  {name} (in {files[code, name]:,} of the files)"
        for (code, name, severity), count in counts.most_common()
    ]
    return "\n".join([*lines, summary(results), ""])
