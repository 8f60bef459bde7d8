"""A BatchNorm with learning rates, which Caffe sets to 0.

The three blobs of a BatchNorm are statistics: mean, variance, and how much was gathered. No solver may
change them, so Caffe writes ``lr_mult: 0`` and ``decay_mult: 0`` over what the file has where there are
three ``param``. What is learned for each channel is a Scale layer's.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "norm" type: "BatchNorm" bottom: "data" top: "norm"
      param { lr_mult: 1 }
      param { lr_mult: 1 }
      param { lr_mult: 0 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "norm" type: "BatchNorm" bottom: "data" top: "norm"
      param { lr_mult: 0 }
      param { lr_mult: 0 }
      param { lr_mult: 0 }
    }

Source
------
``UpgradeNetBatchNorm`` in Caffe's ``upgrade_proto.cpp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W426"
NAME = "learning-batch-norm"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("BatchNorm",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the rates that the upgrade took from BatchNorms."""
    for warning in subject.upgraded.warnings:
        if warning.kind == "deprecated" and "param" in warning.path:
            yield Report(
                "Caffe sets lr_mult and decay_mult of a BatchNorm's three blobs to 0",
                warning.path,
                "leave param out, and put a Scale layer behind it, which learns",
            )
