"""What several rules of warnings ask of a net: what is a loss, what is trained, what comes before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

__all__ = [
    "DATABASES",
    "again",
    "described",
    "is_deployed",
    "is_fed",
    "is_loss",
    "is_training",
    "learns",
    "producer",
    "python_losses",
    "several",
    "specs",
]

DATABASES = ("Data", "HDF5Data", "ImageData", "MemoryData", "WindowData")
"""The layers that feed a net from files, or from a program's memory."""


def again(count: int) -> str:
    """Return what is put behind a finding that is said once for several layers: how many more there are."""
    if count < 2:
        return ""
    return " (here, and once more)" if count == 2 else f" (here, and {count - 1} times more)"


def is_loss(layer_type: str) -> bool:
    """Tell whether a type, or a Python layer's class, is a loss, by its name: Caffe's and the forks' are."""
    return layer_type.endswith(("Loss", "LossLayer"))


def is_training(subject: Any) -> bool:
    """Tell whether a net is one that a solver trains: phase TRAIN, and no deploy net that any phase takes."""
    return subject.role != "deploy" and "TRAIN" in subject.phases and not _staged_deploy(subject)


def is_deployed(subject: Any) -> bool:
    """Tell whether a net is one that is used: phase TEST of a deploy net, or of the stage ``deploy``."""
    # DIGITS puts the input of such a stage in by itself: what is there without one is not used as it is.
    staged = _staged_deploy(subject) and subject.graph.by_type("Input")
    return "TEST" in subject.phases and (subject.role == "deploy" or bool(staged))


def _staged_deploy(subject: Any) -> bool:
    """Whether a net stands in a stage of deployment alone, as DIGITS's files for all purposes have it."""
    return all("deploy" in state.stages for state in subject.states)


def is_fed(subject: Any) -> bool:
    """Tell whether a training net is whole: it has data of its own, or is called so.

    The generator of a pair of nets, say, is trained by a program, which brings what this net lacks.
    """
    return bool(subject.graph.by_type(*DATABASES)) or "train" in subject.file.path.lower()


def learns(layer: Any) -> bool:
    """Tell whether a layer has parameters that a solver would change."""
    return bool(layer.params) and layer.type != "BatchNorm" and any(rate for rate in specs(layer))


def specs(layer: Any) -> list[float]:
    """Return the ``lr_mult`` of each of a layer's parameter blobs: 1 where it is not given."""
    count = len(layer.params or ())
    given = [spec.lr_mult for spec in layer.message.param][:count]
    return given + [1.0] * (count - len(given))


def producer(layer: Any, bottom: int) -> Optional[Any]:
    """Return the layer that a bottom's values are from: the last one before that wrote the blob.

    Splits are seen through; a layer that works in place is a writer.
    """
    if bottom >= len(layer.bottoms):
        return None
    before = None
    for writer in layer.bottoms[bottom].origin.writers:
        if writer.index >= layer.index:
            break
        before = writer
    return before


def python_losses(graph: Any) -> Iterator[Any]:
    """Yield the Python layers that weigh in the loss."""
    for layer in graph.by_type("Python"):
        if any(layer.loss_weights):
            yield layer


def described(layer: Any) -> str:
    """Return what a Python layer is called in messages: its class."""
    return str(layer.message.python_param.layer) or "Python layer"


def several(names: list[str], most: int = 3) -> str:
    """Return some names, quoted, with a count of those left out: ``'a', 'b' and 5 more``."""
    shown = [repr(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
