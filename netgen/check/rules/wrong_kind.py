"""A net where a solver is expected, or the reverse.

A solver names a net, and nothing else in Caffe does: a solver given for a net is refused at its first field,
and a net given for a solver too.

Fails
-----
    # netgen check --as net
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"

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
Caffe's ``ReadNetParamsFromTextFileOrDie`` and ``ReadSolverParamsFromTextFileOrDie``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report

CODE = "S126"
NAME = "wrong-kind"
SEVERITY = "error"
SCOPE = "file"
KINDS = ("net", "solver")


def check(subject: Any) -> Iterator[Report]:
    yield Report(f"this is {subject.foreign[1]}", mend="give the other file")
