"""What a net as Caffe builds it is made of: layers, blobs, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional, Union

from netgen.graph.phases import State
from netgen.graph.setup.kinds import MaybeShape

__all__ = ["Blob", "FieldPath", "Layer", "NetGraph", "Problem"]

FieldPath = tuple[Union[str, int], ...]


class Problem(NamedTuple):
    """Something that Caffe would not go on from."""

    kind: str
    """What sort it is: one of the kinds that ``netgen.check.rules`` explains."""
    message: str
    mend: Optional[str] = None
    source: Optional[int] = None
    """The layer's index in the NetParameter's ``layer``; None for the net itself."""
    field: FieldPath = ()
    """The field at fault, from the LayerParameter down (from the NetParameter where ``source`` is None)."""
    layer_name: str = ""
    blob: Optional[str] = None
    phase: str = ""


class Blob:
    """A blob of a net."""

    __slots__ = (
        "consumers",
        "index",
        "loss_weight",
        "name",
        "need_backward",
        "origin",
        "producer",
        "shape",
        "writers",
    )

    def __init__(self, name: str, index: int, producer: Optional[Layer]) -> None:
        self.name = name
        self.index = index
        self.shape: MaybeShape = None
        """Its shape in the end, N x C x H x W; None where unknown."""
        self.producer = producer
        """The layer that makes it; None for one that nothing makes, which is a problem of its own."""
        self.writers: list[Layer] = [] if producer is None else [producer]
        """The producer, and the layers that work on it in place."""
        self.consumers: list[Layer] = []
        """The layers that have it as a bottom, those included that work on it in place."""
        self.need_backward = False
        self.loss_weight = 0.0
        self.origin: Blob = self
        """The blob of the file that it is a copy of, by a Split that Caffe put in; else itself."""

    def readers(self) -> Iterator[Layer]:
        """Yield the layers of the file that read it, also those that Caffe gives a copy."""
        for layer in self.consumers:
            if layer.is_split:
                for top in layer.tops:
                    yield from top.consumers
            else:
                yield layer

    def __repr__(self) -> str:
        return f"Blob({self.name!r}, {self.shape})"


class Layer:
    """A layer of a net in one phase, or a Split that Caffe puts in."""

    __slots__ = (
        "bottom_names",
        "bottom_need_backward",
        "bottom_shapes",
        "bottoms",
        "index",
        "is_split",
        "loss_weights",
        "memory",
        "message",
        "name",
        "need_backward",
        "params",
        "phase",
        "problem",
        "source",
        "top_names",
        "top_shapes",
        "tops",
        "type",
    )

    def __init__(
        self,
        index: int,
        source: int,
        message: Any,
        name: str,
        layer_type: str,
        phase: str,
        bottom_names: list[str],
        top_names: list[str],
        is_split: bool = False,
    ) -> None:
        self.index = index
        """Its place in the net."""
        self.source = source
        """Its index in the NetParameter's ``layer``; for a Split that of the layer before it."""
        self.message = message
        """Its LayerParameter; an empty one for a Split."""
        self.name = name
        self.type = layer_type
        self.phase = phase
        self.is_split = is_split
        self.bottom_names = bottom_names
        """Its bottoms' names, those of Split's tops where there are any."""
        self.top_names = top_names
        self.bottoms: list[Blob] = []
        self.tops: list[Blob] = []
        """Its tops, those included that Caffe makes by itself."""
        self.bottom_shapes: tuple[MaybeShape, ...] = ()
        """The bottoms' shapes when it was set up."""
        self.top_shapes: tuple[MaybeShape, ...] = ()
        self.params: Optional[list[MaybeShape]] = []
        """The shapes of its parameter blobs; None where not even their number is known."""
        self.loss_weights: list[float] = []
        """One for each top."""
        self.need_backward = False
        self.bottom_need_backward: list[bool] = []
        self.memory: Optional[int] = 0
        """Bytes of all tops up to here ("Memory required for data"); None where unknown."""
        self.problem: Optional[Problem] = None

    def __repr__(self) -> str:
        return f"Layer({self.name!r}, {self.type!r})"


class NetGraph:
    """A net in one state.

    Parameters
    ----------
    message : NetParameter
        The net, upgraded.
    state : State
        The state that it is built for.
    """

    __slots__ = (
        "_by_name",
        "_by_type",
        "blobs",
        "layers",
        "memory",
        "message",
        "outputs",
        "parameter_count",
        "problems",
        "state",
    )

    def __init__(self, message: Any, state: State) -> None:
        self.message = message
        self.state = state
        self.layers: list[Layer] = []
        """In Caffe's order, Splits included."""
        self.blobs: list[Blob] = []
        """In Caffe's order."""
        self.problems: list[Problem] = []
        """In the order in which Caffe would find them: it would go no further than the first."""
        self.memory: Optional[int] = 0
        """Caffe's "Memory required for data", bytes; None where a shape is unknown."""
        self.outputs: list[str] = []
        """The blobs that no layer reads, sorted as Caffe sorts them."""
        self.parameter_count = 0
        """Of all parameter blobs whose shape is known, shared ones counted once."""
        self._by_name: dict[str, Blob] = {}
        self._by_type: dict[str, list[Layer]] = {}

    def blob(self, name: str) -> Optional[Blob]:
        """Return the blob of a name, None where there is none."""
        return self._by_name.get(name)

    def by_type(self, *types: str) -> list[Layer]:
        """Return the layers of some types, Splits that Caffe puts in left out."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        found = [layer for name in types for layer in self._by_type.get(name, ())]
        found.sort(key=lambda layer: layer.index)
        return found

    def own_layers(self) -> Iterator[Layer]:
        """Yield the layers of the file, without the Splits that Caffe puts in."""
        return (layer for layer in self.layers if not layer.is_split)
