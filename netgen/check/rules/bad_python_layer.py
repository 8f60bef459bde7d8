"""A Python layer that Caffe cannot make.

Caffe imports the module that ``python_param`` names and makes an object of the class ``layer``. Without
either there is nothing to make.

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
      type: "Python"
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
Caffe's ``GetPythonLayer`` in layer_factory.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L113"
NAME = "bad-python-layer"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("python",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
