"""A top of a training net that nothing reads.

What no layer reads is an output of the net: the solver prints every value of it with ``display``, and the
work that it took is lost. Losses and accuracies are outputs; a feature map or a label mostly is a bottom
that somebody forgot.

Fails
-----
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 4 channels: 3 height: 8 width: 8 }
    }
    layer { name: "silence" type: "Silence" bottom: "label" }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer {
      name: "other" type: "Convolution" bottom: "data" top: "other"
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
    layer {
      name: "other" type: "Convolution" bottom: "data" top: "other"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "quiet" type: "Silence" bottom: "other" }
    layer { name: "loss" type: "Reduction" bottom: "conv" top: "loss" loss_weight: 1 }

Source
------
``Net::Init`` makes outputs of all blobs that are left over; ``Solver::Step`` prints them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from netgen.check.facts import is_fed, is_loss, is_training
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.shape import shown

CODE = "W415"
NAME = "dangling-top"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("train",)

_MEASURES = frozenset({"Accuracy", "ArgMax", "Python", "LabelsequenceAccuracy"})


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the outputs of a training net in phase TRAIN that are more than a number."""
    graph = subject.graph
    if not is_training(subject) or graph.problems:
        return
    lost = any(blob.loss_weight for blob in graph.blobs)
    if not lost and (subject.role != "train" or not is_fed(subject)):
        return  # its outputs may be what one wants
    for name in graph.outputs:
        blob = graph.blob(name)
        if blob is None or blob.loss_weight or blob.producer is None:
            continue
        last = blob.writers[-1]
        if last.type in _MEASURES or is_loss(last.type):
            continue
        if blob.shape is not None and math.prod(blob.shape) <= 1:
            continue
        size = f" ({shown(blob.shape)})" if blob.shape is not None else ""
        yield Report(
            f"nothing reads {name!r}{size}: the solver prints all its values as an output",
            ("layer", last.source, "top", last.top_names.index(name)),
            "lead it to a layer, leave it out, or put a Silence layer behind it",
            layer=last.name,
            blob=name,
        )
