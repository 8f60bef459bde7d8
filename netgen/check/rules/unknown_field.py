"""A field that the message does not have.

The parser knows the fields of each message by name, and refuses any other: a letter too many, a field of
another block, a field that only a fork of Caffe has. ``--schema`` says whose Caffe is meant; where the fields
and layer types of a file point to just one fork, netgen takes that one by itself.

Fails
-----
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_params { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Passes
------
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Source
------
Protobuf's ``TextFormat::Parser`` ("has no field named"), with which Caffe reads its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.forks import known_to
from netgen.check.mixed import mend_of_field
from netgen.check.report import Report

CODE = "S101"
NAME = "unknown-field"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("unknown-field",)


def check(subject: Any) -> Iterator[Report]:
    for fault in subject.faults(*KINDS):
        message, mend = fault.message, fault.mend
        owners = known_to(subject.schema, field=(fault.message_type, fault.field))
        if owners is not None:
            message, mend = f"{message}: {owners[0]}", owners[1]
        mend = mend_of_field(fault) or mend
        yield Report(message, mend=mend, fault=fault)
