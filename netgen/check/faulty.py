"""Which findings only follow from a mistake in the text: nothing is said of those."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Optional

from netgen.check.loading import Rule
from netgen.check.report import Path, Report
from netgen.errors import nearest

__all__ = ["Faulty", "FaultySolver", "layer_index"]


_WORD = re.compile(r"\w+")


def layer_index(path: Path) -> Optional[int]:
    """Return the index of the layer that a path leads into, None where it leads into none."""
    if len(path) > 1 and path[0] in ("layer", "layers") and isinstance(path[1], int):
        return path[1]
    return None


# Mistakes in one value or name; all others can swallow what stands behind them.
_SMALL = ("unknown-field", "unknown-value", "wrong-value", "out-of-range", "duplicate-field")
# What is missing from these is missing from the net.
_STRUCTURE = frozenset(
    f"caffe.{name}"
    for name in (
        "NetParameter",
        "LayerParameter",
        "V1LayerParameter",
        "V0LayerParameter",
        "NetState",
        "NetStateRule",
    )
)


def _of_parameters(fault: Any) -> bool:
    """Tell whether all that a fault spoils is a parameter of a layer."""
    if fault.kind not in _SMALL:
        return False
    return fault.message_type not in _STRUCTURE or str(fault.field).endswith("_param")


class Faulty:
    """The layers of a file in which something could not be read, and what they spoil.

    Parameters
    ----------
    subject : FileSubject
        The file.

    Notes
    -----
    What could not be read is missing from the net. A layer with such a hole is not judged at all. Errors are
    said of the layers before the first hole, which are as they would be without it, and of the others where
    they are seen in the layer's own text (``AFTER_FAULTS = "layer"``). Where only parameters are missing, as
    for a misspelt ``kernel_size``, the net is whole and its errors of structure are said of all layers
    (``AFTER_FAULTS = "structure"``). What is judged by the whole net, as most warnings are, is not said.
    """

    def __init__(self, subject: Any) -> None:
        self._upgraded = subject.upgraded
        self._layers: set[int] = set()
        self._whole = True
        """Whether all that is missing are parameters: the layers, and how they are joined, were read."""
        self._faults = bool(subject.reading is not None and subject.reading.errors)
        if self._faults and subject.message is not None:
            self._find(subject.reading)

    def __bool__(self) -> bool:
        return self._faults

    def _find(self, reading: Any) -> None:
        nodes = [node for node in reading.document.children if node.name in ("layer", "layers")]
        starts = [node.span.start for node in nodes]
        # Layers that could not be read are not in the message: they have the index of the one before them.
        indices: list[int] = []
        for node in nodes:
            indices.append((indices[-1] if indices else -1) + node.counts)
        for fault in reading.errors:
            self._whole = self._whole and _of_parameters(fault)
            place = bisect_right(starts, fault.start) - 1
            self._layers.add(indices[place] if place >= 0 else -1)
            # What is found wrong at the head of a layer may be what the one before it lacks.
            if place > 0 and fault.start <= nodes[place].name_span.end:
                self._layers.add(indices[place - 1])

    def leaves(self, rule: Rule, report: Report) -> bool:
        """Tell whether a report holds in spite of what could not be read."""
        if not self._faults or rule.after_faults == "always":
            return True
        if rule.after_faults == "structure" and self._whole:
            return True
        index = layer_index(self._upgraded.origin(report.path))
        if index is None or index in self._layers:
            return False
        if rule.after_faults == "layer":
            return True
        return rule.severity == "error" and index < min(self._layers)


class FaultySolver:
    """What a solver's text lacks because it could not be read.

    Parameters
    ----------
    subject : SolverSubject
        The file.

    Notes
    -----
    A field that was misspelt, or whose value could not be read, is not missing. Where more than single fields
    could not be read, nothing is said of what is missing.
    """

    def __init__(self, subject: Any) -> None:
        self._message = subject.message
        self._spoiled: set[str] = set()
        self._whole = True
        for fault in subject.reading.errors if subject.reading is not None else ():
            self._whole = self._whole and fault.kind in _SMALL
            meant = nearest(str(fault.field), subject.message.DESCRIPTOR.fields_by_name)
            self._spoiled.update(name for name in (fault.field, meant) if name)

    def leaves(self, report: Report) -> bool:
        """Tell whether a report holds in spite of what could not be read."""
        if not self._whole and not self._given(report.path):
            return False
        return self._spoiled.isdisjoint(_WORD.findall(f"{report.message} {report.mend}"))

    def _given(self, path: Path) -> bool:
        return bool(path) and any(field.name == path[0] for field, _ in self._message.ListFields())
