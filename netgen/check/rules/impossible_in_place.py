"""A layer works in place that cannot: it writes over what it still has to read.

Caffe takes one name as bottom and top of any layer but a few (Flatten, Reshape, Split, AbsVal) that look
for it. An InnerProduct, Pooling, LRN or Concat in place reads numbers that it has overwritten, or clears
its bottom before it reads it, as Eltwise does for sums and maxima. The net loads, runs, and gives garbage.
A Convolution that leaves the shape as it is gives the right values, where its kernel is larger than 1, and
the wrong gradients.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "data"
      convolution_param { num_output: 2 kernel_size: 3 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 }
    }

Source
------
The layers' ``Forward_cpu``, which fill ``top[0]`` piece by piece while they read ``bottom[0]``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.parts import Layer

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
    "Im2col",
    "InnerProduct",
    "LRN",
    "Permute",
    "Pooling",
    "Reduction",
    "Tile",
)
TRAITS = ("in-place",)
AFTER_FAULTS = "layer"

_PRODUCT, _WITHIN_CHANNEL = 0, 1  # of Caffe's enums


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers of types that cannot work in place, and do."""
    for layer in subject.graph.by_type(*TYPES):
        if not layer.tops or not layer.bottoms or layer.tops[0] is not layer.bottoms[0]:
            continue
        if _works(layer, is_training(subject)):
            continue
        yield Report(
            f"{layer.type} cannot work in place: it writes over {layer.tops[0].name!r} while it reads it",
            ("layer", layer.source, "top", 0),
            "give its top a name of its own",
            layer=layer.name,
            blob=layer.tops[0].name,
        )


def _works(layer: Layer, training: bool) -> bool:
    """Whether this one of its type works in place."""
    if layer.type == "Eltwise":
        return bool(layer.message.eltwise_param.operation == _PRODUCT)  # made element by element
    if layer.type == "LRN":
        return bool(layer.message.lrn_param.norm_region == _WITHIN_CHANNEL)
    if layer.type == "Concat":
        return len(layer.bottoms) == 1
    if layer.type in ("Convolution", "Deconvolution") and not training:
        # The bottom is laid out in columns before anything is written, item by item.
        weights = layer.params[0] if layer.params else None
        if weights is not None:
            return set(weights[2:]) != {1} and layer.bottom_shapes[0] == layer.top_shapes[0]
    return False
