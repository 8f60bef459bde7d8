"""The net is in a format that Caffe has given up.

Caffe still takes ``layers`` with types in capitals (V1), and those with a ``layer`` inside each (V0): it
upgrades them each time it loads the file, with a line in the log. Newer fields and layer types do not exist
in them, ``layer`` and ``layers`` cannot stand in one file, and most other tools know the newest format
alone.

Fails
-----
    input: "data"
    input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
    layers { name: "relu" type: RELU bottom: "data" top: "relu" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }

Source
------
``UpgradeNetAsNeeded`` in Caffe's ``upgrade_proto.cpp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W401"
NAME = "old-layers"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("old-format",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report a net of layers that Caffe has to upgrade, once."""
    if subject.message.layers and subject.upgraded.version < 2:
        yield Report(
            f"the layers are in the format V{subject.upgraded.version}, which Caffe upgrades at each load",
            ("layer", 1 if subject.message.input else 0, "type"),
            "write it anew with: netgen upgrade FILE",
        )
