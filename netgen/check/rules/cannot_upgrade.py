"""An old format that Caffe cannot bring up to date.

Caffe upgrades the formats of its early days when it loads a file: ``layers`` with types in capitals, the
layers within layers before that, ``input`` with ``input_dim``. A file that mixes formats, or says in an old
one what has no counterpart, ends the upgrade and Caffe with it.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "data"
      top: "relu"
    }
    layers {
      name: "tanh"
      type: TANH
      bottom: "data"
      top: "tanh"
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "data"
      top: "relu"
    }

Source
------
Caffe's ``UpgradeNetAsNeeded`` and the functions that it calls, in upgrade_proto.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N107"
NAME = "cannot-upgrade"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("upgrade",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
