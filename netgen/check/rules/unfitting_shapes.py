"""Bottoms whose shapes fit neither each other nor the layer.

Many layers want their bottoms to agree: the same shape for a sum, all but one axis for a concatenation, as
many labels as scores for a loss. A kernel must fit into what it slides over. Caffe compares when it sets the
layer up.

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
      convolution_param { num_output: 3 kernel_size: 3 }
    }
    layer {
      name: "sum"
      type: "Eltwise"
      bottom: "data"
      bottom: "conv"
      top: "sum"
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
      convolution_param { num_output: 3 kernel_size: 3 pad: 1 }
    }
    layer {
      name: "sum"
      type: "Eltwise"
      bottom: "data"
      bottom: "conv"
      top: "sum"
    }

Source
------
The ``LayerSetUp`` and ``Reshape`` of the layer in Caffe.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L106"
NAME = "unfitting-shapes"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("shape",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
