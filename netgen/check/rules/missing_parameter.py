"""A parameter that the layer cannot do without.

Some parameters have no default that makes sense, such as a convolution's kernel size. Caffe refuses the layer
that lacks one, in its own words for each.

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
      convolution_param { num_output: 4 }
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
The ``LayerSetUp`` of the layer in Caffe, such as ``BaseConvolutionLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L102"
NAME = "missing-parameter"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("missing",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
