"""Data sets for Caffe's Data layer: one LMDB a blob, their samples in one order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netgen.data.extras import library
from netgen.data.samples import Array, Sample
from netgen.schema import caffe_pb2

__all__ = ["LmdbStore"]

_FIRST_MAP = 64 * 2**20
_BATCH_BYTES = 4 * 2**20


class _Database:
    """One LMDB whose map grows as it needs to."""

    def __init__(self, folder: Path) -> None:
        self._lmdb = library("lmdb", "writing LMDB")
        # Nobody reads it before it is whole, so that syncing once at the end is enough.
        self._environment = self._lmdb.open(str(folder), map_size=_FIRST_MAP, sync=False)
        self._waiting: list[tuple[bytes, bytes]] = []
        self._bytes = 0

    def put(self, key: bytes, value: bytes) -> None:
        self._waiting.append((key, value))
        self._bytes += len(value)
        if self._bytes >= _BATCH_BYTES:
            self._write()

    def _write(self) -> None:
        while self._waiting:
            try:
                with self._environment.begin(write=True) as transaction:
                    for key, value in self._waiting:
                        transaction.put(key, value)
                self._waiting = []
            except self._lmdb.MapFullError:
                self._environment.set_mapsize(2 * self._environment.info()["map_size"])
        self._bytes = 0

    def finish(self) -> None:
        self._write()
        self._environment.sync(True)

    def close(self) -> None:
        self._environment.close()


class LmdbStore:
    """An LMDB for the data, one for the labels, one for the weights: Caffe's Data layer reads one blob.

    Parameters
    ----------
    folder : Path
        Where to write.
    phase : str
        The databases' prefix: ``train_data.lmdb``.
    shapes : mapping
        From each blob's name to its C x H x W.
    whole : bool
        Whether the data are bytes, as 8-bit pictures give them.

    Notes
    -----
    Data are not scaled, which is the layer's ``transform_param`` to do: bytes take a fifth of the room that
    ``float_data`` does. Labels are bytes where all of them fit; weights are floats.
    """

    #: Samples are shuffled among as many as this; a permutation of all would grow with the data set.
    span = 2**16

    def __init__(
        self, folder: Path, phase: str, shapes: Mapping[str, tuple[int, int, int]], *, whole: bool
    ) -> None:
        self._packed = {"data", "label"} if whole else {"label"}
        self._names = {blob: f"{phase}_{blob}.lmdb" for blob in shapes}
        self._databases = {blob: _Database(folder / name) for blob, name in self._names.items()}

    def put(self, place: int, sample: Sample) -> None:
        """Write a sample as number ``place``."""
        key = b"%010d" % place
        for blob, array in sample.items():
            self._databases[blob].put(key, _record(array, packed=blob in self._packed))

    def close(self) -> None:
        """Close the databases."""
        for database in self._databases.values():
            database.close()

    def finish(self) -> dict[str, str]:
        """Write what waits and return what the net names as ``source``, by blob."""
        for database in self._databases.values():
            database.finish()
        self.close()
        return dict(self._names)


def _record(array: Array, packed: bool) -> bytes:
    channels, height, width = array.shape
    datum: Any = caffe_pb2.Datum(channels=channels, height=height, width=width)
    as_bytes = np.rint(array).astype(np.uint8) if packed and array.min() >= 0 and array.max() <= 255 else None
    if as_bytes is not None:
        datum.data = as_bytes.tobytes()
    else:
        datum.float_data.extend(array.ravel().tolist())
    return bytes(datum.SerializeToString())
