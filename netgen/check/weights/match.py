"""Which of a net's layers get weights, from a file or from another net, and which do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Optional

from netgen.check.weights.stored import StoredBlob, StoredLayer
from netgen.graph.shape import Shape, shown

__all__ = ["Match", "Misfit", "fits", "match", "of_graph"]

_UNKNOWN = "\0"
"""The type that marks a layer of a net of which no more than its name is known."""


class Misfit(NamedTuple):
    """A layer on whose weights Caffe ends."""

    layer: Any
    """The net's layer."""

    blob: Optional[int]
    """Which blob does not fit; None where the numbers of blobs differ."""

    reason: str
    """What the source has and what the net has."""


class Match(NamedTuple):
    """What comes of loading weights into a net (``Net::CopyTrainedLayersFrom``)."""

    without: list[Any]
    """The net's layers with parameters and a name the source lacks: they keep their fillers' values."""

    ignored: list[StoredLayer]
    """The source's layers that have blobs, or may have, and a name that the net lacks."""

    misfits: list[Misfit]
    """The layers that Caffe refuses to fill."""


def fits(shape: Shape, blob: StoredBlob) -> bool:
    """Tell whether a stored blob fits a net's parameter (``Blob::ShapeEquals``).

    A legacy blob counts its four axes from the last, so that a bias of N is 1 x 1 x 1 x N there.
    """
    if not blob.legacy:
        return shape == blob.shape
    return len(shape) <= 4 and (1,) * (4 - len(shape)) + tuple(shape) == blob.shape


def of_graph(graph: Any) -> list[StoredLayer]:
    """Return the layers of a net as a file that Caffe saves of it holds them.

    Of a layer whose parameters are not known the name alone counts, of a blob that is not known its number.
    """
    layers = []
    for layer in graph.layers:
        if layer.params is None:
            layers.append(StoredLayer(layer.name, _UNKNOWN, ()))
        else:
            layers.append(StoredLayer(layer.name, layer.type, tuple(map(StoredBlob, layer.params))))
    return layers


def match(source: Iterable[StoredLayer], layers: Sequence[Any], *, hdf5: bool = False) -> Match:
    """Compare a source of weights with a net's layers.

    Parameters
    ----------
    source : iterable of StoredLayer
        In the file's order.
    layers : sequence of netgen.graph.net.Layer
        The net's, in Caffe's order, Splits included.
    hdf5 : bool
        The source is an HDF5 file, in which shared blobs stand once.

    Notes
    -----
    Caffe goes through the source's layers and gives each to the *first* layer of its name (of an HDF5 file to
    the last); what is left over on either side is passed over in silence. Blobs that differ in number or in
    shape end the process.
    """
    taking: dict[str, Any] = {}
    for layer in layers:
        if hdf5 or layer.name not in taking:
            taking[layer.name] = layer
    named: set[str] = set()
    ignored: list[StoredLayer] = []
    misfits: list[Misfit] = []
    for stored in source:
        named.add(stored.name)
        layer = taking.get(stored.name)
        if layer is None:
            if stored.blobs or stored.type == _UNKNOWN:
                ignored.append(stored)
        elif layer.params is not None and stored.type != _UNKNOWN:
            misfit = _misfit(layer, stored, hdf5)
            if misfit is not None:
                misfits.append(misfit)
    without = [
        layer
        for layer in layers
        if layer.params and (layer.name not in named or taking[layer.name] is not layer)
    ]
    return Match(without, ignored, misfits)


def _misfit(layer: Any, stored: StoredLayer, hdf5: bool) -> Optional[Misfit]:
    shared = hdf5 and any(param.name for param in layer.message.param)
    if shared and len(stored.blobs) < len(layer.params):
        return None
    if len(layer.params) != len(stored.blobs):
        return Misfit(layer, None, f"{_blobs(len(stored.blobs))} there, {_blobs(len(layer.params))} here")
    for index, (shape, blob) in enumerate(zip(layer.params, stored.blobs)):
        if shape is None or blob.shape is None:
            continue
        if not fits(shape, blob):
            return Misfit(layer, index, f"blob {index} is {shown(blob.shape)} there, {shown(shape)} here")
        if blob.values is not None and blob.values != _count(shape):
            return Misfit(
                layer, index, f"blob {index} holds {blob.values} numbers there, {_count(shape)} here"
            )
    return None


def _blobs(count: int) -> str:
    return "no blobs" if not count else f"{count} blob" + "s" * (count > 1)


def _count(shape: Shape) -> int:
    count = 1
    for dim in shape:
        count *= dim
    return count
