"""More ``param`` than the layer has parameters.

Each ``param`` speaks of one of the layer's parameter blobs, in order: the weights, then the bias. One too
many ends Caffe, as where ``bias_term: false`` has left the bias out.

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
      param { lr_mult: 1 }
      param { lr_mult: 2 }
      convolution_param { num_output: 4 kernel_size: 3 bias_term: false }
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
      param { lr_mult: 1 }
      convolution_param { num_output: 4 kernel_size: 3 bias_term: false }
    }

Source
------
Caffe's ``Net::Init`` ("Too many params specified for layer"), and for weights in the file ``Layer::SetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L110"
NAME = "param-count"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("params",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
