"""A bottom that no layer before it makes.

Caffe goes through the layers in the order of the file and looks each bottom up among the tops made so far. It
does so for all layers before it sets the first one up, so an unknown bottom hides every mistake of other
kinds. Layers that the phase leaves out make nothing: a bottom may be known in TRAIN and unknown in TEST.

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
      bottom: "dat"
      top: "conv"
      convolution_param { num_output: 4 kernel_size: 3 }
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
Caffe's ``InsertSplits`` ("Unknown bottom blob"), and ``Net::AppendBottom``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "N101"
NAME = "unknown-bottom"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("bottom",)
AFTER_FAULTS = "structure"


def check(subject: NetSubject) -> Iterator[Report]:
    left_out = _made_by_left_out(subject)
    for report in problem_reports(subject, *KINDS):
        maker = left_out.get(report.blob)
        if maker is not None:
            rules = "include" if maker.include else "exclude"
            report = report._replace(
                mend=f"layer {maker.name!r} makes it, and its {rules} rules leave it out here: give this "
                f"layer the same rules, or have another layer make {report.blob!r} here"
            )
        yield report


def _made_by_left_out(subject: NetSubject) -> dict[Optional[str], Any]:
    """Return what layers make that the state leaves out, with these layers."""
    kept = {layer.source for layer in subject.graph.layers}
    made: dict[Optional[str], Any] = {}
    for source, layer in enumerate(subject.message.layer):
        if source not in kept:
            for top in layer.top:
                if top not in layer.bottom:
                    made.setdefault(top, layer)
    return made
