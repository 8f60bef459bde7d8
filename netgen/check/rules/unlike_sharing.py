"""Parameters that share a name but cannot be one.

Parameters of one name are one blob. Unless ``share_mode: PERMISSIVE`` is given their shapes must be equal,
and in that mode they must at least hold as many numbers. Where several of the layers set ``lr_mult`` or
``decay_mult`` they must set the same.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "one"
      type: "InnerProduct"
      bottom: "data"
      top: "one"
      param { name: "shared" }
      inner_product_param { num_output: 10 }
    }
    layer {
      name: "two"
      type: "InnerProduct"
      bottom: "data"
      top: "two"
      param { name: "shared" }
      inner_product_param { num_output: 20 }
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
      name: "one"
      type: "InnerProduct"
      bottom: "data"
      top: "one"
      param { name: "shared" }
      inner_product_param { num_output: 10 }
    }
    layer {
      name: "two"
      type: "InnerProduct"
      bottom: "data"
      top: "two"
      param { name: "shared" }
      inner_product_param { num_output: 10 }
    }

Source
------
Caffe's ``Net::AppendParam`` ("Cannot share param", "Shared param ... has mismatched lr_mult").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N106"
NAME = "unlike-sharing"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("sharing",)


def check(subject: NetSubject) -> Iterator[Report]:
    return problem_reports(subject, *KINDS)
