"""What an upgrade gave: the new message, what Caffe said on the way, and where each part came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from netgen.graph.upgrade.records import Path, UpgradeProblem, UpgradeWarning

__all__ = ["Upgraded"]


class Upgraded:
    """A net in Caffe's newest form.

    Attributes
    ----------
    message : NetParameter
        Of the original's class. The very object that was given where nothing had to be upgraded: it is not to
        be changed. ``input_shape`` and ``input_dim`` stay in it where there is no ``input``, as Caffe leaves
        them.
    original : NetParameter
        What was given.
    warnings : list of UpgradeWarning
        In the order in which Caffe comes to them.
    problems : list of UpgradeProblem
        What Caffe dies of, the first of them before anything else is looked at. The message holds what could
        be upgraded all the same; nothing, for a file with both ``layer`` and ``layers``.
    has_input_layer : bool
        Whether the first layer of ``message`` was made of the net's inputs.
    version : int
        The generation of the file's layers: 0, 1 or 2.
    """

    __slots__ = (
        "_kept",
        "_pads",
        "has_input_layer",
        "message",
        "original",
        "problems",
        "version",
        "warnings",
    )

    def __init__(
        self,
        original: Any,
        message: Any,
        warnings: list[UpgradeWarning],
        problems: list[UpgradeProblem],
        *,
        version: int = 2,
        has_input_layer: bool = False,
        kept: Sequence[int] = (),
        pads: Optional[Mapping[int, int]] = None,
    ) -> None:
        self.original = original
        self.message = message
        self.warnings = warnings
        self.problems = problems
        self.version = version
        self.has_input_layer = has_input_layer
        # The original's index of each layer of V0 and V1 nets: padding layers are gone.
        self._kept = kept
        # For V0 layers behind a padding layer that layer's index.
        self._pads = pads or {}

    @property
    def changed(self) -> bool:
        """Whether anything was upgraded."""
        return self.message is not self.original

    def origin(self, path: Sequence[Union[str, int]]) -> Path:
        """Return where a part of the upgraded message stands in the original one.

        Parameters
        ----------
        path : sequence of str and int
            A path in ``message``: ``("layer", 3, "convolution_param", "kernel_size", 1)``. It need not exist
            there: a field that is missing has a place too.

        Returns
        -------
        tuple of str and int
            The path in ``original``: ``("layers", 2, "layer", "kernelsize")``.
        """
        path = tuple(path)
        if not self.changed or not path or path[0] != "layer":
            return path
        if len(path) == 1 or not isinstance(path[1], int):
            return path if self.version == 2 else ("layers", *path[1:])
        index, rest = path[1], path[2:]
        if self.has_input_layer:
            if index == 0:
                return self._origin_of_input(rest)
            index -= 1
        if self.version == 2:
            return ("layer", index, *rest)
        if not 0 <= index < len(self._kept):
            return ("layers",)
        from netgen.graph.upgrade import v0, v1

        index = self._kept[index]
        connection = self.original.layers[index]
        rest = v1.origin(connection, rest)
        if self.version == 0:
            rest = v0.origin(connection, rest)
            if index in self._pads and (rest[:1] == ("bottom",) or rest == ("layer", "pad")):
                index = self._pads[index]
        return ("layers", index, *rest)

    def _origin_of_input(self, rest: Path) -> Path:
        """Return where a part of the layer that was made of the net's inputs comes from."""
        if rest[:1] == ("top",):
            return ("input", *rest[1:2])
        if rest[:2] != ("input_param", "shape") or len(rest) < 3 or not isinstance(rest[2], int):
            return ("input", 0)
        index = rest[2]
        if self.original.input_shape and self.version != 0:
            return ("input_shape", index, *rest[3:])
        if len(rest) > 4 and isinstance(rest[4], int):
            return ("input_dim", min(4 * index + rest[4], len(self.original.input_dim) - 1))
        return ("input_dim", min(4 * index, len(self.original.input_dim) - 1))
