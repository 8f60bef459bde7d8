"""A layer works in place that cannot: it writes over what it still has to read.

Caffe takes one name as bottom and top of any layer but a few (Flatten, Reshape, Split, AbsVal) that look
for it. A Convolution, InnerProduct, Pooling or Concat in place reads numbers that it has overwritten, or
clears its bottom before it reads it, as Eltwise does for sums and maxima. The net loads, runs, and gives
garbage.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "data"
      convolution_param { num_output: 3 kernel_size: 3 pad: 1 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 3 kernel_size: 3 pad: 1 }
    }

Source
------
The layers' ``Forward_cpu``, which fill ``top[0]`` piece by piece while they read ``bottom[0]``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W211"
NAME = "impossible-in-place"
SEVERITY = "warning"
SCOPE = "net"
TYPES = (
    "ArgMax",
    "BatchReindex",
    "Concat",
    "Convolution",
    "Crop",
    "Deconvolution",
    "Eltwise",
    "Embed",
    "Filter",
    "Im2col",
    "InnerProduct",
    "LSTM",
    "Permute",
    "Pooling",
    "RNN",
    "Reduction",
    "Slice",
    "Tile",
)
TRAITS = ("in-place",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers of types that cannot work in place, and do."""
    for layer in subject.graph.by_type(*TYPES):
        if not layer.tops or not layer.bottoms or layer.tops[0] is not layer.bottoms[0]:
            continue
        if layer.type == "Eltwise" and layer.message.eltwise_param.operation == _PROD:
            continue  # a product is made element by element
        yield Report(
            f"{layer.type} cannot work in place: it writes over {layer.tops[0].name!r} while it reads it",
            ("layer", layer.source, "top", 0),
            "give its top a name of its own",
            layer=layer.name,
            blob=layer.tops[0].name,
        )


_PROD = 0
