"""A file that a layer names and cannot use.

Data layers, and a few others, open files when they are set up. One that is not there, or is not what the
layer reads, ends Caffe.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "loss"
      type: "InfogainLoss"
      bottom: "data"
      bottom: "data"
      top: "loss"
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
The ``LayerSetUp`` and ``DataLayerSetUp`` of the layer in Caffe.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L111"
NAME = "bad-file"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("file",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
