"""A training net with ``force_backward``.

With ``force_backward: true`` Caffe goes backward through every layer down to the data, frozen ones and
branches without a loss included. That is for those who want the gradient of the input, in a deploy net; in
training it costs time and memory and changes no weight.

Fails
-----
    force_backward: true
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 4 channels: 3 height: 8 width: 8 }
    }
    layer { name: "silence" type: "Silence" bottom: "label" }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "loss" type: "Reduction" bottom: "conv" top: "loss" loss_weight: 1 }

Passes
------
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 4 channels: 3 height: 8 width: 8 }
    }
    layer { name: "silence" type: "Silence" bottom: "label" }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "loss" type: "Reduction" bottom: "conv" top: "loss" loss_weight: 1 }

Source
------
The end of ``Net::Init``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_fed, is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W419"
NAME = "forced-backward"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("force-backward", "train")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report force_backward in a net that is trained, and has its data."""
    if (
        is_training(subject)
        and subject.role == "train"
        and subject.message.force_backward
        and is_fed(subject)
    ):
        yield Report(
            "force_backward goes backward through all layers down to the data, which training has no use for",
            ("force_backward",),
            "take it out of the training net",
        )
