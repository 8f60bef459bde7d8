"""The layers of a weights file: their names, types and the shapes of their blobs.

A ``.caffemodel`` is a binary NetParameter of one of three ages: ``layer`` (LayerParameter), ``layers``
(V1LayerParameter), or ``layers`` with a ``layer`` in each (V0LayerParameter). Its numbers, nearly all of it,
are stepped over: the file is mapped into memory, and only the pages that hold names and shapes are read.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import NamedTuple, Optional, Union

from netgen.check.weights import wire
from netgen.errors import DataError
from netgen.graph.shape import Shape

__all__ = ["StoredBlob", "StoredLayer", "WeightsFile", "read"]


class StoredBlob(NamedTuple):
    """A parameter blob in a file."""

    shape: Optional[Shape]
    """Such as 64 x 3 x 7 x 7; four numbers where it is legacy; None where a net's own is not known."""

    legacy: bool = False
    """The shape is written as num, channels, height and width: ``BlobProto``'s deprecated fields."""

    values: Optional[int] = None
    """How many numbers it holds; None where the file does not say it by itself."""


class StoredLayer(NamedTuple):
    """A layer in a file."""

    name: str
    type: str
    """As the file has it; V1's is a number and V0's a word of its time; '' where it has none."""

    blobs: tuple[StoredBlob, ...]


class WeightsFile(NamedTuple):
    """What a weights file holds.

    ``hdf5`` is what Caffe's ``snapshot_format: HDF5`` writes; such a file says nothing of layer types.
    """

    path: str
    layers: tuple[StoredLayer, ...]
    hdf5: bool = False


class _Age(NamedTuple):
    """Where an age of LayerParameter has what is looked for."""

    name: int
    type: int
    blobs: int


# Field numbers in BVLC's schema, from which the forks' do not differ here.
_NET_V1, _NET_V2 = 2, 100
_V2 = _Age(name=1, type=2, blobs=7)
_V1 = _Age(name=4, type=5, blobs=6)
_V0 = _Age(name=1, type=2, blobs=50)
_V1_HOLDS_V0 = 1
_DATA, _DIFF, _SHAPE, _DOUBLE_DATA, _DOUBLE_DIFF = 5, 6, 7, 8, 9
_LEGACY = {1: 0, 2: 1, 3: 2, 4: 3}

_HDF5 = b"\x89HDF\r\n\x1a\n"
_LFS = b"version https://git-lfs"


def read(path: Union[str, os.PathLike[str]]) -> WeightsFile:
    """Read the names, types and shapes that a weights file holds.

    Parameters
    ----------
    path : str or PathLike
        A ``.caffemodel``, or an HDF5 file as Caffe writes it (which needs h5py).

    Raises
    ------
    DataError
        Where the file cannot be read, or is something else.
    """
    shown = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise DataError(f"{shown} is empty: it holds no weights", mend="copy or download it again")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                start = mapped[:64]
                if start.startswith(_HDF5):
                    return WeightsFile(shown, _read_hdf5(shown), hdf5=True)
                with memoryview(mapped) as data:
                    return WeightsFile(shown, _read_binary(shown, start, data))
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"the weights {shown} cannot be read: {getattr(error, 'strerror', None) or error}",
            mend="give the path of a .caffemodel or .caffemodel.h5 file",
        ) from None


def _read_binary(path: str, start: bytes, data: memoryview) -> tuple[StoredLayer, ...]:
    try:
        old: list[StoredLayer] = []
        new: list[StoredLayer] = []
        for number, kind, begin, end in wire.fields(data, 0, len(data)):
            if kind == wire.LENGTH and number == _NET_V2:
                new.append(_layer(data, begin, end, _V2))
            elif kind == wire.LENGTH and number == _NET_V1:
                old.append(_old_layer(data, begin, end))
    except (wire.WireError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} is not a caffemodel: {_recognised(start, error)}", mend=_mend(start)
        ) from None
    if not old and not new:
        raise DataError(f"{path} holds no layers: {_recognised(start, None)}", mend=_mend(start))
    # Where both stand in a file Caffe upgrades the old ones alone and drops the new.
    return tuple(old or new)


def _recognised(start: bytes, error: Optional[Exception]) -> str:
    head = start.lstrip().lower()
    if start.startswith(_LFS):
        return "it is a Git LFS pointer"
    if head.startswith((b"<!doctype", b"<html")):
        return "it is an HTML page"
    if head.startswith((b"name:", b"layer", b"input", b"#")):
        return "it is a prototxt"
    if isinstance(error, wire.WireError):
        return f"{error.reason} at byte {error.offset}; it may be cut short"
    return "its layers have no readable names" if error else "it may be a mean file, or a solver's state"


def _mend(start: bytes) -> str:
    if start.startswith(_LFS):
        return "fetch the file itself: git lfs pull"
    return "give the .caffemodel that Caffe wrote; where this is one, download it again"


def _old_layer(data: memoryview, at: int, end: int) -> StoredLayer:
    for number, kind, begin, stop in wire.fields(data, at, end):
        if number == _V1_HOLDS_V0 and kind == wire.LENGTH:
            return _layer(data, begin, stop, _V0)
    return _layer(data, at, end, _V1)


def _layer(data: memoryview, at: int, end: int, age: _Age) -> StoredLayer:
    name = type_name = ""
    blobs = []
    for number, kind, begin, stop in wire.fields(data, at, end):
        if number == age.blobs and kind == wire.LENGTH:
            blobs.append(_blob(data, begin, stop))
        elif number == age.name and kind == wire.LENGTH:
            name = bytes(data[begin:stop]).decode("utf-8")
        elif number == age.type:
            if kind == wire.LENGTH:
                type_name = bytes(data[begin:stop]).decode("utf-8")
            elif kind == wire.VARINT:
                type_name = str(wire.varint(data, begin, stop)[0])
    return StoredLayer(name, type_name, tuple(blobs))


def _blob(data: memoryview, at: int, end: int) -> StoredBlob:
    legacy: Optional[list[int]] = None
    shape: list[int] = []
    values: Optional[int] = 0
    for number, kind, begin, stop in wire.fields(data, at, end):
        if number == _SHAPE and kind == wire.LENGTH:
            shape += _dims(data, begin, stop)
        elif number in _LEGACY and kind == wire.VARINT:
            legacy = legacy or [0, 0, 0, 0]
            legacy[_LEGACY[number]] = wire.varint(data, begin, stop)[0]
        elif number in (_DATA, _DOUBLE_DATA):
            width = 4 if number == _DATA else 8
            # Packed, or one by one with a tag between each two.
            count = (stop - begin) // width if kind == wire.LENGTH else (stop - begin + 1) // (width + 1)
            values = None if values is None else values + count
        elif number not in (_DIFF, _DOUBLE_DIFF):
            values = None  # a fork keeps numbers in fields of its own
    if legacy is not None:
        return StoredBlob(tuple(legacy), True, values)
    return StoredBlob(tuple(shape), False, values)


def _dims(data: memoryview, at: int, end: int) -> list[int]:
    dims: list[int] = []
    for number, kind, begin, stop in wire.fields(data, at, end):
        if number == 1 and kind in (wire.LENGTH, wire.VARINT):
            dims += wire.varints(data, begin, stop)
    return dims


def _read_hdf5(path: str) -> tuple[StoredLayer, ...]:
    try:
        import h5py
    except ImportError:
        raise DataError(
            f"{path} is an HDF5 file, and h5py, which reads them, is not installed",
            mend="install it: pip install h5py; or give the .caffemodel",
        ) from None
    layers = []
    with h5py.File(path, "r") as file:
        data = file.get("data")
        if not isinstance(data, h5py.Group):
            raise DataError(
                f"{path} holds no weights: it has no group 'data'",
                mend="give the .caffemodel.h5 that Caffe wrote, not a data set or a solver's state",
            )
        for name in data:
            held = data[name]
            if isinstance(held, h5py.Group):
                # Caffe looks the blobs up by number; a shared one is missing.
                count = len(held)
                numbers = [number for number in range(count) if str(number) in held]
                shapes = tuple(StoredBlob(tuple(map(int, held[str(n)].shape))) for n in numbers)
                layers.append(StoredLayer(name, "", shapes))
    return tuple(layers)
