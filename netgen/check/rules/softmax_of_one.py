"""A softmax over one value, which is always 1.

A softmax divides by the sum over its axis; where the axis holds one value the result is 1, whatever the
score. SoftmaxWithLoss is then 0 for label 0, reads past its probabilities for label 1, and has no gradient.
One channel of scores is what a sigmoid is for.

Fails
-----
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
    layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }

Passes
------
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
    layer { name: "prob" type: "Sigmoid" bottom: "score" top: "prob" }

Source
------
``SoftmaxLayer::Forward_cpu``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W207"
NAME = "softmax-of-one"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Softmax", "SoftmaxWithLoss")
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each softmax whose axis holds one value."""
    for layer in subject.graph.by_type(*TYPES):
        shape = layer.bottom_shapes[0] if layer.bottom_shapes else None
        axis = layer.message.softmax_param.axis
        if not shape or layer.problem is not None or not -len(shape) <= axis < len(shape):
            continue
        if shape[axis] == 1:
            sigmoid = "Sigmoid" if layer.type == "Softmax" else "SigmoidCrossEntropyLoss"
            given = len(layer.message.softmax_param.ListFields())
            yield Report(
                f"the softmax goes along axis {axis} of {' x '.join(map(str, shape))}, which holds one value:"
                " the result is always 1",
                ("layer", layer.source, "softmax_param", "axis") if given else ("layer", layer.source),
                f"use {sigmoid} for one channel of scores, or give two classes two channels",
                layer=layer.name,
            )
