"""A label that is the number of no class.

Labels are class numbers, from 0 to one less than there are scores. A Caffe that is built for speed does not
look: it takes the score at that place in memory, which is another pixel's, another picture's or nobody's, so
that loss and accuracy are wrong without a word; a label far away ends it. Labels that go from 1 on, and 255
for what is to be left out, are the usual reasons.

netgen knows the labels of the list of an ImageData layer, where it is there, and those that DummyData makes.

Fails
-----
    layer {
      name: "data" type: "DummyData" top: "score" top: "label"
      dummy_data_param {
        shape { dim: 2 dim: 10 }
        shape { dim: 2 }
        data_filler { type: "gaussian" }
        data_filler { type: "constant" value: 10 }
      }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Passes
------
    layer {
      name: "data" type: "DummyData" top: "score" top: "label"
      dummy_data_param {
        shape { dim: 2 dim: 10 }
        shape { dim: 2 }
        data_filler { type: "gaussian" }
        data_filler { type: "constant" value: 9 }
      }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Source
------
The ``Forward_cpu`` of SoftmaxWithLossLayer, AccuracyLayer, InfogainLossLayer, MultinomialLogisticLossLayer
and HingeLossLayer, of which some look only in a debug build.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Optional

from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.parts import Layer
from netgen.graph.setup.files import FileRefusal, Files

CODE = "W214"
NAME = "label-out-of-range"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("SoftmaxWithLoss", "Accuracy", "InfogainLoss", "MultinomialLogisticLoss", "HingeLoss")

# Of each type the message with the axis of the classes, and the one with the label to leave out.
_MESSAGES = {
    "SoftmaxWithLoss": ("softmax_param", "loss_param"),
    "Accuracy": ("accuracy_param", "accuracy_param"),
    "InfogainLoss": ("infogain_loss_param", "loss_param"),
}
_NUMBER = re.compile(rb"[-+]?[0-9]{1,9}")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report labels that no score belongs to."""
    files = Files(subject.options.run_from or "")
    for layer in subject.graph.by_type(*TYPES):
        if len(layer.bottoms) < 2 or layer.problem is not None:
            continue
        classes = _classes(layer)
        blob = layer.bottoms[1].origin
        source = blob.producer
        if not classes or source is None or len(blob.writers) != 1:
            continue
        if source.problem is not None and source.problem.kind != "file":
            continue
        for label, whence in _labels(source, source.tops.index(blob), files):
            if not 0 <= label < classes and label != _ignored(layer):
                yield Report(
                    f"{whence} has the label {label}, and there are {classes} classes, 0 to {classes - 1}: "
                    "Caffe does not look, and reads past the scores",
                    ("layer", layer.source, "bottom", 1),
                    "count labels from 0; name one that is to be left out in ignore_label",
                    layer=layer.name,
                )
                break


def _classes(layer: Layer) -> Optional[int]:
    shape = layer.bottom_shapes[0]
    if not shape:
        return None
    if layer.type not in _MESSAGES:
        return math.prod(shape[1:])
    axis: int = getattr(layer.message, _MESSAGES[layer.type][0]).axis
    return shape[axis] if -len(shape) <= axis < len(shape) else None


def _ignored(layer: Layer) -> Optional[int]:
    if layer.type not in _MESSAGES:
        return None
    message = getattr(layer.message, _MESSAGES[layer.type][1])
    return int(message.ignore_label) if message.HasField("ignore_label") else None


def _labels(producer: Layer, top: int, files: Files) -> Iterator[tuple[int, str]]:
    """Yield the labels that are known to come, and where they stand."""
    if producer.type == "DummyData":
        fillers = producer.message.dummy_data_param.data_filler
        if fillers:
            filler = fillers[top if len(fillers) > 1 else 0]
            if filler.type == "constant" and math.isfinite(filler.value):
                yield int(filler.value), f"'{producer.name}'"
    elif producer.type == "ImageData" and top == 1:
        source = producer.message.image_data_param.source
        try:
            lines = files.lines(source, "list of pictures", ())
        except FileRefusal:
            return
        for number, line in enumerate(lines or (), 1):
            found = _NUMBER.match(line.rpartition(b" ")[2])
            if found is not None:
                yield int(found[0]), f"line {number} of '{source}'"
