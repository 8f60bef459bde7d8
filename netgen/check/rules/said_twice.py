"""Two ways of saying one thing, in one layer.

Sizes can be given for all axes at once (``kernel_size``) or one by one (``kernel_h`` and ``kernel_w``). Caffe
takes the one or the other, and refuses both together even where they agree.

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
      convolution_param { num_output: 4 kernel_size: 3 kernel_h: 3 kernel_w: 3 }
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
      convolution_param { num_output: 4 kernel_h: 3 kernel_w: 3 }
    }

Source
------
The ``LayerSetUp`` of the layer in Caffe, such as ``PoolingLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L104"
NAME = "said-twice"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("contradiction",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
