"""A pad so large that it is negative.

``pad`` is an unsigned number in the schema and a signed one in Caffe: 4294967295 is taken as -1, and cuts
the input's border off instead of adding one.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 pad: 4294967295 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 pad: 1 }
    }

Source
------
``BaseConvolutionLayer::LayerSetUp`` copies ``pad`` into a blob of int.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W410"
NAME = "negative-pad"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Convolution", "Deconvolution", "Im2col")
AFTER_FAULTS = "layer"

_LARGEST = 2**31 - 1


def check(subject: NetSubject) -> Iterator[Report]:
    """Report pads that do not fit into an int."""
    for layer in subject.graph.by_type(*TYPES):
        param = layer.message.convolution_param
        for index, pad in enumerate(param.pad):
            if pad > _LARGEST:
                yield _report(layer, ("pad", index), pad)
        for name in ("pad_h", "pad_w"):
            if getattr(param, name) > _LARGEST:
                yield _report(layer, (name,), getattr(param, name))


def _report(layer: Any, field: tuple[Any, ...], pad: int) -> Report:
    return Report(
        f"a pad of {pad} is {pad - 2**32} to Caffe: it cuts the border off",
        ("layer", layer.source, "convolution_param", *field),
        "write the number of rows and columns to add; to cut some off use a Crop layer",
        layer=layer.name,
    )
