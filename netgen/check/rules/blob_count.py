"""The wrong number of bottoms or tops.

Each layer type takes a certain number of bottoms and tops, or at least or at most so many. Caffe checks these
first of all when it sets a layer up.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "sum"
      type: "Eltwise"
      bottom: "data"
      top: "sum"
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
      name: "sum"
      type: "Eltwise"
      bottom: "data"
      bottom: "data"
      top: "sum"
    }

Source
------
Caffe's ``Layer::CheckBlobCounts``, with the counts that each layer's header gives.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L101"
NAME = "blob-count"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("count",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
