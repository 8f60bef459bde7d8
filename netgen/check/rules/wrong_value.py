"""A value of another type than the field's.

A string stands in quotes, single or double; numbers, ``true`` and ``false`` and the names of an enum do not.
A field that takes a block takes nothing else.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "drop"
      type: "Dropout"
      bottom: "data"
      top: "drop"
      dropout_param { dropout_ratio: "0.5" }
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
      name: "drop"
      type: "Dropout"
      bottom: "data"
      top: "drop"
      dropout_param { dropout_ratio: 0.5 }
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

CODE = "S106"
NAME = "wrong-value"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("wrong-value",)


def check(subject: Any) -> Iterator[Report]:
    for fault in subject.faults(*KINDS):
        text = subject.reading.text[fault.start : fault.end]
        yield Report(fault.message, mend=mend_of_type(fault, text) or fault.mend, fault=fault)
