"""As many ``propagate_down`` as bottoms, or none.

``propagate_down`` says for each bottom whether the gradient goes on through it. Given for some bottoms alone,
Caffe cannot know which are meant and refuses.

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
      bottom: "data"
      top: "sum"
      propagate_down: false
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
      propagate_down: false
      propagate_down: true
    }

Source
------
Caffe's ``Net::Init`` ("propagate_down param must be specified either 0 or bottom_size times").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N105"
NAME = "propagate-down-count"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("propagate-down",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
