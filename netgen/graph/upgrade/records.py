"""What is said of an upgrade: what Caffe goes on without, and what it ends the process over."""

from __future__ import annotations

from typing import NamedTuple, Optional, Union

__all__ = ["Path", "UpgradeProblem", "UpgradeWarning"]

Path = tuple[Union[str, int], ...]
"""A path in a message: names of fields, each with its index where it is repeated."""


class UpgradeWarning(NamedTuple):
    """What an upgrade leaves out or turns into something else, and Caffe goes on."""

    text: str
    """What is wrong, in words."""

    path: Path
    """Where it stands: a path for ``Upgraded.origin``. What is left out has no place in the upgraded message;
    its path is that in the original one, which ``origin`` gives back as it is."""

    kind: str
    """``"refused"``: Caffe logs an error and goes on without it; ``"dropped"``: Caffe says nothing of it;
    ``"deprecated"``: it means the same in a newer form."""

    mend: Optional[str] = None
    """What to do about it."""


class UpgradeProblem(NamedTuple):
    """What Caffe ends the process over while it upgrades a net."""

    message: str
    """What came and what was expected."""

    kind: str
    """One of the kinds of ``graph.shape.Refusal``: ``upgrade``, ``type``, ``bottom`` or ``undefined``."""

    path: Path
    """Where it stands: a path for ``Upgraded.origin``, as a warning's."""

    layer_name: Optional[str] = None
    """The layer at fault, where it is one layer's."""

    mend: Optional[str] = None
    """What to do about it."""

    blob: Optional[str] = None
    """The blob at fault, where it is one."""
