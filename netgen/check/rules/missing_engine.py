"""An engine that this Caffe was built without, or that cannot do what is asked of it.

``engine`` picks an implementation: Caffe's own or cuDNN's. A layer that asks for cuDNN cannot be made where
Caffe was built without it. BVLC Caffe may be built with it, so there only a dilated convolution on cuDNN is
refused; kendryte-caffe is never built with it.

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
      convolution_param { num_output: 4 kernel_size: 3 dilation: 2 engine: CUDNN }
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
      convolution_param { num_output: 4 kernel_size: 3 dilation: 2 engine: CAFFE }
    }

Source
------
Caffe's layer_factory.cpp ("unknown engine", "CuDNN doesn't support the dilated convolution").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L112"
NAME = "missing-engine"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("engine",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
