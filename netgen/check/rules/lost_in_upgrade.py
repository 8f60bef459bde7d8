"""Something of an old file that Caffe leaves out when it upgrades it.

Caffe upgrades old formats when it loads a file. What a layer of the first days cannot have it leaves out,
with a line in its log; other things it leaves out without a word: a second number of ``input_dim`` too many,
``input_shape`` and ``state`` in a net of such layers, a layer of a newer kind among them.

Fails
-----
    name: "net"
    input: "data"
    input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
    layers {
      layer { name: "relu" type: "relu" pad: 1 }
      bottom: "data" top: "relu"
    }

Passes
------
    name: "net"
    input: "data"
    input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
    layers {
      layer { name: "relu" type: "relu" }
      bottom: "data" top: "relu"
    }

Source
------
Caffe's ``UpgradeV0LayerParameter``, ``UpgradeV0Net`` and ``UpgradeNetInput``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W430"
NAME = "lost-in-upgrade"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("old-format",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report what the upgrade leaves out; what only has another form now is for other rules."""
    # What an unknown type takes is not known either.
    unknown = {problem.path[:2] for problem in subject.upgraded.problems if problem.kind == "type"}
    for warning in subject.upgraded.warnings:
        if warning.kind != "deprecated" and warning.path[:2] not in unknown:
            yield Report(warning.text, warning.path, warning.mend)
