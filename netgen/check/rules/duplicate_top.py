"""A top that was made before.

Each blob is made by one layer. A layer may name a top that exists only to work in place, which it does where
the bottom and the top of the same index are the same blob; that blob must not have been read by other layers
before, since each of those has got a copy of its own.

Two layers that make one blob in different phases need rules that keep them apart.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "one"
      type: "Convolution"
      bottom: "data"
      top: "score"
      convolution_param { num_output: 4 kernel_size: 3 }
    }
    layer {
      name: "two"
      type: "Convolution"
      bottom: "data"
      top: "score"
      convolution_param { num_output: 4 kernel_size: 3 }
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
      name: "one"
      type: "Convolution"
      bottom: "data"
      top: "score"
      convolution_param { num_output: 4 kernel_size: 3 }
    }
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "score"
      top: "score"
    }

Source
------
Caffe's ``Net::AppendTop`` ("produced by multiple sources").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N102"
NAME = "duplicate-top"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("top",)
AFTER_FAULTS = "structure"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
