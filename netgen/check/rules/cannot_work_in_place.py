"""A layer that cannot write into its own bottom.

Most layers can name the same blob as bottom and top. Some cannot, since they need what the bottom held, or
give the top a shape of its own over the same memory: Caffe refuses those when it sets them up.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "flat"
      type: "Flatten"
      bottom: "data"
      top: "data"
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
      name: "flat"
      type: "Flatten"
      bottom: "data"
      top: "flat"
    }

Source
------
The ``Reshape`` of the layer in Caffe, such as ``FlattenLayer::Reshape`` ("does not allow in-place
computation").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N109"
NAME = "cannot-work-in-place"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("in-place",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
