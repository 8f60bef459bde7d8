"""A value that the layer refuses.

A value that the text format allows may still be none that the layer can work with: no outputs, a kernel of
size 0, a ratio outside its range.

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
      convolution_param { num_output: 0 kernel_size: 3 }
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
      convolution_param { num_output: 4 kernel_size: 3 }
    }

Source
------
The ``LayerSetUp`` of the layer in Caffe.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L103"
NAME = "bad-value"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("value",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
