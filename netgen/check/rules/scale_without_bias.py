"""A Scale behind a BatchNorm that learns a factor and no shift.

The factor and the shift of each channel, gamma and beta of batch normalisation, are one Scale layer with
``bias_term: true``. Without it, and it is false where it is not written, the Scale multiplies and adds
nothing: half of all values go into the activation below 0, whatever is learned. Said once for a net.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 bias_term: false }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
    layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" }
    layer { name: "relu" type: "ReLU" bottom: "scale" top: "relu" include { phase: TRAIN } }

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
``ScaleLayer::LayerSetUp`` makes a Bias layer only with ``bias_term``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import again, producer
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W414"
NAME = "scale-without-bias"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("BatchNorm",)
TRAITS = ("train",)

_ACTIVATIONS = frozenset({"ReLU", "Sigmoid", "TanH", "ELU", "PReLU"})


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the first Scale between BatchNorm and activation that has no shift, and how many there are."""
    if subject.role == "deploy":
        return  # weights were trained without it
    bare = []
    for layer in subject.graph.by_type("Scale"):
        if layer.message.scale_param.bias_term or len(layer.bottoms) != 1 or not layer.tops:
            continue
        before = producer(layer, 0)
        if before is None or before.type != "BatchNorm":
            continue
        readers = [reader for reader in layer.tops[0].readers() if reader.index > layer.index]
        if readers and all(reader.type in _ACTIVATIONS for reader in readers[:1]):
            bare.append(layer)
    if bare:
        more = again(len(bare))
        yield Report(
            f"the Scale behind the BatchNorm has no bias_term{more}: no shift is learned",
            ("layer", bare[0].source),
            "write scale_param { bias_term: true }",
            layer=bare[0].name,
        )
