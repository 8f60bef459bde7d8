"""A layer with a bias before a BatchNorm that takes the bias out again.

In training a BatchNorm subtracts each channel's mean, and with it whatever the layer before added to the
channel. The bias gets a gradient of 0 but for rounding, takes memory and time, and is drawn to 0 by weight
decay. Said once for a net.

Fails
-----
    layer {
      name: "label" type: "DummyData" top: "data"
      dummy_data_param { shape { dim: 4 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
    layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
    layer { name: "loss" type: "Reduction" bottom: "scale" top: "loss" loss_weight: 1 }

Passes
------
    layer {
      name: "label" type: "DummyData" top: "data"
      dummy_data_param { shape { dim: 4 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 bias_term: false }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
    layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
    layer { name: "loss" type: "Reduction" bottom: "scale" top: "loss" loss_weight: 1 }

Source
------
``BatchNormLayer::Forward_cpu`` subtracts the mean of the batch unless ``use_global_stats``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import again, producer
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W412"
NAME = "bias-before-batch-norm"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("BatchNorm",)
TRAITS = ("train",)

_WEIGHTED = ("Convolution", "Deconvolution", "InnerProduct")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the first trained bias of phase TRAIN that a BatchNorm takes out, and how many there are."""
    if subject.role != "train" or "TRAIN" not in subject.phases:
        return
    idle = []
    for norm in subject.graph.by_type("BatchNorm"):
        if norm.message.batch_norm_param.use_global_stats or not norm.need_backward:
            continue
        before = producer(norm, 0)
        if before is None or before.type not in _WEIGHTED or not before.params or len(before.params) < 2:
            continue
        blob = norm.bottoms[0].origin
        if norm not in blob.writers and any(reader is not norm for reader in blob.readers()):
            continue  # those see the bias
        given = before.message.param
        if len(given) > 1 and given[1].lr_mult == 0:
            continue
        idle.append(before)
    if idle:
        field = "inner_product_param" if idle[0].type == "InnerProduct" else "convolution_param"
        more = again(len(idle))
        yield Report(
            f"the bias is taken out again by the BatchNorm behind it{more}",
            ("layer", idle[0].source, field),
            "write bias_term: false; where trained weights with a bias are to be loaded, leave it",
            layer=idle[0].name,
        )
