"""The net's inputs are written as ``input``, which Caffe has given up.

``input`` with ``input_shape`` or ``input_dim`` became an Input layer: Caffe makes one of them each time it
loads the file. The dims of ``input_dim`` are counted, four for each input, and not checked against
anything.

Fails
-----
    input: "data"
    input_dim: 1
    input_dim: 3
    input_dim: 8
    input_dim: 8
    layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }

Source
------
``UpgradeNetInput`` in Caffe's ``upgrade_proto.cpp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W402"
NAME = "old-inputs"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("old-format",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the old form of inputs, once, where the layers themselves are not old."""
    if subject.message.input and not subject.message.layers:
        yield Report(
            "input is the old form of an Input layer, which Caffe makes of it at each load",
            ("layer", 0, "top", 0),
            "write an Input layer, by hand or with: netgen upgrade FILE",
        )
