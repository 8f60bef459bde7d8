"""A BatchNorm without the Scale that usually goes with it.

Caffe's BatchNorm makes each channel's mean 0 and variance 1, and that is all. The factor and the shift that
are learned for each channel, gamma and beta of the paper, are a Scale layer with ``bias_term: true`` behind
it. Without one the next layer can only get normalised values. Said once for a net.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 bias_term: false }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
    layer { name: "relu" type: "ReLU" bottom: "norm" top: "relu" include { phase: TRAIN } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 bias_term: false }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
    layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
    layer { name: "relu" type: "ReLU" bottom: "scale" top: "relu" include { phase: TRAIN } }

Source
------
``BatchNormLayer`` has the blobs mean, variance and their weight, none of which a solver changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import again
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W413"
NAME = "batch-norm-without-scale"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("BatchNorm",)
TRAITS = ("train",)

_ACTIVATIONS = frozenset({"ReLU", "Sigmoid", "TanH", "ELU"})


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the first BatchNorm that goes into an activation without a Scale, and how many there are."""
    if subject.role == "deploy":
        return  # weights were trained without it
    bare = []
    layers = subject.graph.layers
    for layer in subject.graph.by_type("BatchNorm"):
        after = layers[layer.index + 1].type if layer.index + 1 < len(layers) else ""
        if after == "Scale" or not layer.tops or len(layer.message.batch_norm_param.ListFields()) > 3:
            continue
        readers = [reader for reader in layer.tops[0].readers() if reader.index > layer.index]
        # What is linear, or has weights of its own, makes up for it.
        if readers and all(reader.type in _ACTIVATIONS for reader in readers):
            bare.append(layer)
    if bare:
        more = again(len(bare))
        yield Report(
            f"the BatchNorm has no Scale behind it{more}: nothing learns a factor and a shift",
            ("layer", bare[0].source),
            "put a Scale with scale_param { bias_term: true } between it and the activation",
            layer=bare[0].name,
        )
