"""An axis that the bottom does not have.

Axes count from 0; negative ones count from the back. One outside of the bottom's axes ends Caffe.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "prob"
      type: "Softmax"
      bottom: "data"
      top: "prob"
      softmax_param { axis: 4 }
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
      name: "prob"
      type: "Softmax"
      bottom: "data"
      top: "prob"
      softmax_param { axis: 1 }
    }

Source
------
Caffe's ``Blob::CanonicalAxisIndex`` ("axis ... out of range").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L105"
NAME = "bad-axis"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("axis",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
