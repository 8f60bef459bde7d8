"""A Pooling with ``kernel_size`` and one of ``kernel_h`` and ``kernel_w``, which is ignored.

Caffe refuses ``kernel_size`` together with both of the others, and takes it with one of them: the window is
square, as ``kernel_size`` says.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "pool" type: "Pooling" bottom: "data" top: "pool"
      pooling_param { kernel_size: 2 kernel_h: 4 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "pool" type: "Pooling" bottom: "data" top: "pool"
      pooling_param { kernel_h: 4 kernel_w: 2 }
    }

Source
------
``PoolingLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Remove
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W411"
NAME = "half-given-kernel"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Pooling",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the one of kernel_h and kernel_w that a Pooling does not read."""
    for layer in subject.graph.by_type("Pooling"):
        param = layer.message.pooling_param
        given = {field.name for field, _ in param.ListFields()}
        if "kernel_size" not in given:
            continue
        for name in ("kernel_h", "kernel_w"):
            if name in given and layer.problem is None:
                path = ("layer", layer.source, "pooling_param", name)
                yield Report(
                    f"{name} is ignored beside kernel_size",
                    path,
                    "give kernel_h and kernel_w, or kernel_size alone",
                    layer=layer.name,
                    fix=Fix([Remove(path)]),
                )
