"""Parameter blobs that layers share by the names in ``param``: Caffe's ``Net::AppendParam``."""

from __future__ import annotations

import math
from typing import Any, Optional

from netgen.graph.parts import Layer
from netgen.graph.setup.kinds import MaybeShape
from netgen.graph.shape import Refusal, shown

__all__ = ["Parameters"]


class _Owner:
    __slots__ = ("decay", "layer", "lr", "shape")

    def __init__(self, layer: str, shape: MaybeShape, lr: Optional[float], decay: Optional[float]) -> None:
        self.layer = layer
        self.shape = shape
        self.lr = lr
        self.decay = decay


class Parameters:
    """The parameter blobs of a net while it is built."""

    def __init__(self) -> None:
        self._owners: dict[str, _Owner] = {}
        self.count = 0
        """How many numbers the net learns or holds, shared ones once; unknown shapes are left out."""

    def append(self, layer: Layer, specs: list[Any]) -> None:
        """Add a layer's parameter blobs.

        Parameters
        ----------
        layer : Layer
            The layer, set up: its ``params`` are known, if only in number.
        specs : list of ParamSpec
            Its ``param`` messages.

        Raises
        ------
        Refusal
            Where a shared blob has another shape, or another lr_mult or decay_mult, than its owner.
        """
        for index, shape in enumerate(layer.params or ()):
            spec = specs[index] if index < len(specs) else None
            name = "" if spec is None else spec.name
            owner = self._owners.get(name) if name else None
            if owner is None:
                if shape is not None:
                    self.count += math.prod(shape)
                if name:
                    self._owners[name] = _Owner(
                        layer.name, shape, _given(spec, "lr_mult"), _given(spec, "decay_mult")
                    )
            else:
                self._share(spec, index, shape, owner)

    def _share(self, spec: Any, index: int, shape: MaybeShape, owner: _Owner) -> None:
        if shape is not None and owner.shape is not None:
            permissive = spec.share_mode == 1
            same = math.prod(shape) == math.prod(owner.shape) if permissive else shape == owner.shape
            if not same:
                raise Refusal(
                    f"the parameter {spec.name!r} is {shown(shape)} here, and layer {owner.layer!r}, which "
                    f"has it first, made it {shown(owner.shape)}",
                    "sharing",
                    ("param", index, "name"),
                    mend="give it another name, or give both layers the same shape"
                    + ("" if permissive else " (share_mode: PERMISSIVE compares the counts alone)"),
                )
        owner.lr = _agreed("lr_mult", spec, index, owner.lr, owner.layer)
        owner.decay = _agreed("decay_mult", spec, index, owner.decay, owner.layer)


def _given(spec: Any, field: str) -> Optional[float]:
    return float(getattr(spec, field)) if spec.HasField(field) else None


def _agreed(field: str, spec: Any, index: int, owners: Optional[float], layer: str) -> Optional[float]:
    own = _given(spec, field)
    if own is None:
        return owners
    if owners is not None and own != owners:
        raise Refusal(
            f"the shared parameter {spec.name!r} has {field} {own:g} here and {owners:g} in layer {layer!r}",
            "sharing",
            ("param", index, field),
            mend=f"give one {field} in all the layers that share it",
        )
    return own
