"""A dilation of 0, which makes a kernel read one place again and again.

``dilation`` is the step between the places that a kernel reads: 1 is a plain convolution. Caffe takes 0:
every weight of the kernel is then multiplied with the same value, and the kernel is as large as one.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 dilation: 0 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 dilation: 1 }
    }

Source
------
``BaseConvolutionLayer::LayerSetUp`` checks kernel and stride, not the dilation.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W409"
NAME = "zero-dilation"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Convolution", "Deconvolution", "Im2col")
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report dilations of 0."""
    for layer in subject.graph.by_type(*TYPES):
        dilation = layer.message.convolution_param.dilation
        if dilation and 0 in dilation:
            yield Report(
                "with dilation 0 all weights of the kernel read the same place",
                ("layer", layer.source, "convolution_param", "dilation", list(dilation).index(0)),
                "write dilation: 1 for a plain convolution",
                layer=layer.name,
            )
