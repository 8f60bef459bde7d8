"""A text of another message than the expected: a solver for a net, a single layer.

The outermost fields of a text tell which message it is. A solver given for a net is refused at its first
field, and a net given for a solver; the fields of one layer make no net before they stand in ``layer { ...
}``.

Fails
-----
    # netgen check --as net
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Source
------
Caffe's ``ReadNetParamsFromTextFileOrDie`` and ``ReadSolverParamsFromTextFileOrDie``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import fault_reports

CODE = "S126"
NAME = "wrong-kind"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("other-message",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
