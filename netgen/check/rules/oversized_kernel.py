"""A kernel that is larger than its padded input, and is taken all the same.

Caffe reckons the size of the output by an integer division, which in C++ cuts off towards zero: a kernel of
9 on an input of 8 with stride 2 gives (8 - 9) / 2 + 1 = 1. The one window there reaches past the input: a
Convolution reads numbers beyond its row there, and a Pooling works on the part that exists.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 9 stride: 2 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 8 stride: 2 }
    }

Source
------
``ConvolutionLayer::compute_output_shape``; ``PoolingLayer::Reshape``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W407"
NAME = "oversized-kernel"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Convolution", "Pooling")
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report kernels that reach past the padded input on both sides of the division."""
    for layer in subject.graph.by_type(*TYPES):
        shape = layer.bottom_shapes[0] if layer.bottom_shapes else None
        top = layer.top_shapes[0] if layer.top_shapes else None
        if shape is None or top is None or len(shape) != 4 or len(top) != 4 or 0 in shape:
            continue
        # Where the window moved at least once, it fits; the rest is for the few that are left.
        if top[2] > 1 and top[3] > 1:
            continue
        pooling = layer.type == "Pooling"
        param = layer.message.pooling_param if pooling else layer.message.convolution_param
        if pooling and param.global_pooling:
            continue
        name = "pooling_param" if pooling else "convolution_param"
        for axis in (0, 1):
            kernel, pad, dilation = _window(param, axis)
            extent = dilation * (kernel - 1) + 1
            size = shape[2 + axis] + 2 * pad
            if extent > size and top[2 + axis] > 0:
                yield Report(
                    f"a kernel of {extent} does not fit into {size} along {('height', 'width')[axis]}; Caffe"
                    " takes it, since the division by the stride is cut off",
                    ("layer", layer.source, name),
                    f"write a kernel of at most {size}, or pad the input",
                    layer=layer.name,
                )
                break


def _window(param: Any, axis: int) -> tuple[int, int, int]:
    """Return kernel, pad and dilation along an axis."""
    letter = "hw"[axis]
    single = not hasattr(param, "dilation")
    kernel = getattr(param, f"kernel_{letter}") or _item(param.kernel_size, axis, single, 0)
    pad = getattr(param, f"pad_{letter}") or _item(param.pad, axis, single, 0)
    return kernel, pad, 1 if single else _item(param.dilation, axis, False, 1)


def _item(values: Any, axis: int, single: bool, default: int) -> int:
    if single:
        return int(values)
    return int(values[axis] if len(values) > 1 else values[0] if values else default)
