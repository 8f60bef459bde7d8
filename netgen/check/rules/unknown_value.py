"""A name that the field's enum does not have.

Fields such as ``pool`` take a name out of a fixed list, in capitals and without quotes, or its number.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "pool"
      type: "Pooling"
      bottom: "data"
      top: "pool"
      pooling_param { pool: AVERAGE kernel_size: 2 }
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
      name: "pool"
      type: "Pooling"
      bottom: "data"
      top: "pool"
      pooling_param { pool: AVE kernel_size: 2 }
    }

Source
------
Protobuf's ``TextFormat::Parser``, with which Caffe reads its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.mixed import mend_of_type
from netgen.check.report import Report

CODE = "S108"
NAME = "unknown-value"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("unknown-value",)


def check(subject: Any) -> Iterator[Report]:
    for fault in subject.faults(*KINDS):
        text = subject.reading.text[fault.start : fault.end]
        yield Report(fault.message, mend=mend_of_type(fault, text) or fault.mend, fault=fault)
