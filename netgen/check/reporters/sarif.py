"""Findings as SARIF 2.1.0, OASIS's format for results of static analysis."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from netgen.check.finding import Finding
from netgen.check.loading import Rule, find_rule
from netgen.check.reporters.paths import fingerprint, posix, uri
from netgen.check.run import FileResult
from netgen.version import __version__

__all__ = ["render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(results: Sequence[FileResult]) -> str:
    """Return one run with the findings, and the rules that gave them."""
    findings = [finding for result in results for finding in result.findings]
    rules = [find_rule(code) for code in sorted({finding.code for finding in findings})]
    places = {rule.code: place for place, rule in enumerate(rules)}
    counts: Counter[str] = Counter()
    given = []
    for finding in findings:
        same = fingerprint(finding, 0)
        given.append(_result(finding, places[finding.code], fingerprint(finding, counts[same])))
        counts[same] += 1
    told = {
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
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


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


def _result(finding: Finding, rule: int, mark: str) -> dict[str, Any]:
    text = finding.message
    if finding.layer:
        text += f" (layer {finding.layer})"
    if finding.phase:
        text += f" (phase {finding.phase})"
    if finding.mend:
        text += f"\nmend: {finding.mend}"
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri(finding.path)}}}
    if finding.line is not None:
        region = {"startLine": finding.line, "startColumn": finding.column}
        if finding.end_line is not None:
            region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
        location["physicalLocation"]["region"] = region
    if finding.layer:
        location["logicalLocations"] = [{"name": finding.layer, "kind": "member"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"netgen/v1": mark},
    }
