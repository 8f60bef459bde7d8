"""Findings as SARIF 2.1.0, OASIS's format for results of static analysis."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from netgen.check.finding import Finding
from netgen.check.loading import Rule, find_rule
from netgen.check.reporters.frame import columns_in
from netgen.check.reporters.paths import fingerprint, posix, uri
from netgen.check.run import FileResult
from netgen.version import __version__

__all__ = ["render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(results: Sequence[FileResult]) -> str:
    """Return one run with the findings, and the rules that gave them."""
    rules = [find_rule(code) for code in sorted({f.code for result in results for f in result.findings})]
    places = {rule.code: place for place, rule in enumerate(rules)}
    counts: Counter[str] = Counter()
    given = []
    for result in results:
        for finding in result.findings:
            same = fingerprint(finding, 0)
            told = _result(result, finding, places[finding.code])
            told["partialFingerprints"] = {"netgen/v1": fingerprint(finding, counts[same])}
            given.append(told)
            counts[same] += 1
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "netgen",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not any(result.failure for result in results),
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": f"{posix(result.path)}: {result.failure}"},
                            }
                            for result in results
                            if result.failure
                        ],
                    }
                ],
                "results": given,
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    summary, _, rest = rule.documentation.strip().partition("\n\n")
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": summary.replace("``", "")},
        "fullDescription": {"text": rest.partition("\n\nFails\n")[0].replace("``", "").replace("\n", " ")},
        "help": {"text": rule.documentation.strip().replace("``", "")},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(result: FileResult, finding: Finding, rule: int) -> dict[str, Any]:
    text = finding.message
    if finding.layer:
        text += f" (layer {finding.layer})"
    if finding.phase:
        text += f" (phase {finding.phase})"
    if finding.mend:
        text += f"\nmend: {finding.mend}"
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri(finding.path)}}}
    if finding.line is not None:
        start, end = columns_in(finding, result.lines.get(finding.line, ""))
        region: dict[str, Any] = {"startLine": finding.line, "startColumn": start}
        if finding.end_line is not None:
            region["endLine"] = finding.end_line
            region["endColumn"] = finding.end_column if end is None else end
        location["physicalLocation"]["region"] = region
    if finding.layer:
        location["logicalLocations"] = [{"name": finding.layer, "kind": "member"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [location],
    }
