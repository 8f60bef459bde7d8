"""From what rules say to findings: each report's path becomes a line and a column."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple, Optional

from netgen.check.columns import parser_column
from netgen.check.faulty import layer_index
from netgen.check.finding import Finding
from netgen.check.report import Path, Report
from netgen.check.ruling import Said

__all__ = ["Placed", "located", "place_of"]

_NOWHERE = (None, None, None, None)


class Placed(NamedTuple):
    """A finding, and the report that it came from."""

    finding: Finding
    report: Report
    path: Path
    """The report's path in the file's own message."""


def located(subject: Any, said: list[Said]) -> list[Placed]:
    """Return findings for what was said of a file, in the order of their places.

    Parameters
    ----------
    subject : FileSubject or SolverSubject
        The file.
    said : list of Said
        What rules said of it.
    """
    layers = _Layers(subject) if any(one.report.fault is not None for one in said) else None
    return sorted([_located(subject, one, layers) for one in said], key=place_of)


def place_of(placed: Placed) -> tuple[int, int, str]:
    """Return what findings of a file are sorted by."""
    finding = placed.finding
    return (finding.line or 0, finding.column or 0, finding.code)


class _Layers:
    """The layers of a text that was not read whole: which of them a place is in."""

    def __init__(self, subject: Any) -> None:
        self._nodes = [node for node in subject.reading.document.children if node.name in ("layer", "layers")]
        self._spans = [node.span for node in self._nodes]
        self._starts = [span.start for span in self._spans]

    def name_at(self, offset: int) -> Optional[str]:
        """Return the name that is written in the layer around a place, None where there is none."""
        place = bisect_right(self._starts, offset) - 1
        if place < 0 or offset >= self._spans[place].end:
            return None
        for node in self._nodes[place].children:
            if node.name == "name":
                return None if node.value is None else str(node.value)
        return None


def _located(subject: Any, said: Said, layers: Optional[_Layers]) -> Placed:
    rule, report = said.rule, said.report
    upgraded = getattr(subject, "upgraded", None)
    path = tuple(report.path) if upgraded is None else tuple(upgraded.origin(tuple(report.path)))
    finding = Finding(
        rule.code,
        rule.name,
        rule.severity,
        subject.path,
        *_place(subject, report, path),
        report.layer or _layer_name(subject, report, path, layers),
        said.phase,
        report.message,
        report.mend,
    )
    return Placed(finding, report, path)


def _place(
    subject: Any, report: Report, path: Path
) -> tuple[Optional[int], Optional[int], Optional[int], Optional[int]]:
    fault = report.fault
    if fault is not None:
        # The column is the one that C++ protobuf says, which often means what stands behind the culprit.
        text = subject.reading.text
        culprit = text[fault.start : fault.end].split("\n")[0]
        begins = parser_column(text[text.rfind("\n", 0, fault.start) + 1 : fault.start])
        width = len(culprit.encode("utf-8", "replace")) if begins == fault.column else 1
        return fault.line, fault.column, fault.line, fault.column + max(width, 1)
    if subject.reading is None:
        return _NOWHERE
    if not path:
        return 1, 1, 1, 1
    span = subject.reading.document.span(path)
    return span.line, span.column, span.end_line, span.end_column


def _layer_name(subject: Any, report: Report, path: Path, layers: Optional[_Layers]) -> Optional[str]:
    if report.fault is not None:
        return None if layers is None or subject.foreign is not None else layers.name_at(report.fault.start)
    index = layer_index(path)
    if index is None or subject.message is None:
        return None
    named = subject.message.layer if path[0] == "layer" else subject.message.layers
    if index >= len(named):
        return None
    layer = named[index]
    return layer.name or (layer.layer.name if path[0] == "layers" else "") or None
