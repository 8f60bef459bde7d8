"""What turns a net's scores into probabilities: whatever the loss that it was trained with has inside."""

from __future__ import annotations

from pathlib import Path

from netgen.errors import PrototxtError
from netgen.graph import State, filter_net
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

__all__ = ["ACTIVATIONS", "activation_of_loss"]

#: What can be applied to scores.
ACTIVATIONS = ("sigmoid", "softmax")

_LOSSES = {
    "SoftmaxWithLoss": "softmax",
    "SigmoidCrossEntropyLoss": "sigmoid",
    "CustomSigmoidCrossEntropyLossLayer": "sigmoid",
}


def activation_of_loss(train: Path, blob: str) -> tuple[str, str]:
    """Return what the loss of a train net applies to scores, and the kind of loss.

    Parameters
    ----------
    train : Path
        The train net's file; it need not exist, nor be one.
    blob : str
        The scores.

    Returns
    -------
    activation, loss : str
        Two empty texts where no known loss reads that blob, or several do that differ.
    """
    try:
        net = parse(train.read_text(encoding="utf-8"), caffe_pb2.NetParameter, str(train))
        layers = filter_net(net, State("TRAIN")).layer
    except (OSError, ValueError, PrototxtError):
        # Prediction needs no train net; one that cannot be read says nothing.
        return "", ""
    kinds = [
        layer.python_param.layer if layer.type == "Python" else layer.type
        for layer in layers
        if blob in layer.bottom[:1]
    ]
    found = {_LOSSES[kind]: kind for kind in kinds if kind in _LOSSES}
    return next(iter(found.items())) if len(found) == 1 else ("", "")
