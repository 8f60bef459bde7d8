"""A blob that is too large, or has a negative size.

A blob's dimensions must not be negative, and all of them together must hold no more numbers than a 32-bit
integer counts. A convolution's kernel that is larger than its padded input gives a negative size.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "conv"
      type: "Convolution"
      bottom: "data"
      top: "conv"
      convolution_param { num_output: 4 kernel_size: 11 }
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
      name: "conv"
      type: "Convolution"
      bottom: "data"
      top: "conv"
      convolution_param { num_output: 4 kernel_size: 7 }
    }

Source
------
Caffe's ``Blob::Reshape`` ("blob size exceeds INT_MAX", ``Check failed: shape[i] >= 0``).
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L108"
NAME = "impossible-size"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("size",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
