"""A number that does not fit into its field.

Most numbers are integers of 32 bits, and sizes unsigned ones: none is larger than 4294967295.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "fc"
      type: "InnerProduct"
      bottom: "data"
      top: "fc"
      inner_product_param { num_output: 5000000000 }
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
      name: "fc"
      type: "InnerProduct"
      bottom: "data"
      top: "fc"
      inner_product_param { num_output: 10 }
    }

Source
------
Protobuf's ``TextFormat::Parser``, with which Caffe reads its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import fault_reports

CODE = "S107"
NAME = "out-of-range"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("out-of-range",)


def check(subject: Any) -> Iterator[Report]:
    return fault_reports(subject, *KINDS)
