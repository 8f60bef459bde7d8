"""A layer with both include and exclude rules.

With include rules a layer stands where one of them is met, with exclude rules where none of them is. Caffe
takes one kind or the other, never both in one layer.

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
      include { phase: TRAIN }
      exclude { stage: "deploy" }
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
      include { phase: TRAIN not_stage: "deploy" }
    }

Source
------
Caffe's ``Net::FilterNet`` ("Specify either include rules or exclude rules; not both.").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N104"
NAME = "include-and-exclude"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("rules",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
