"""A filler that does not exist or cannot fill such a blob.

Fillers draw the first values of a layer's parameters. Caffe knows them by name, and some ask for more: a
bilinear filler for a square kernel over two axes, a Gaussian one for a sparsity that makes sense.

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
      convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xaver" } }
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
      convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } }
    }

Source
------
Caffe's ``GetFiller`` ("Unknown filler name") and the ``Fill`` of each filler.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L107"
NAME = "bad-filler"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("filler",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
