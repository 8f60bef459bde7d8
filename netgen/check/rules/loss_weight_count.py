"""As many ``loss_weight`` as tops.

``loss_weight`` gives each top its share in the loss. Caffe wants one for each top, or none at all.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "mean"
      type: "Reduction"
      bottom: "data"
      top: "mean"
      loss_weight: 1
      loss_weight: 0
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
      name: "mean"
      type: "Reduction"
      bottom: "data"
      top: "mean"
      loss_weight: 1
    }

Source
------
Caffe's ``Layer::SetLossWeights`` ("loss_weight must be unspecified or specified once per top blob").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N108"
NAME = "loss-weight-count"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("loss-weight",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
