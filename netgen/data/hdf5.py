"""Data sets for Caffe's HDF5Data layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable, Optional

from netgen.data.extras import library
from netgen.data.samples import Sample
from netgen.errors import DataError, OptionError

__all__ = ["Hdf5Store"]

# HDF5Data refuses a data set of more elements than a C int counts.
_MOST_ELEMENTS = 2**31 - 1


class Hdf5Store:
    """HDF5 files of bounded size, and the list of them that the layer reads.

    Parameters
    ----------
    folder : Path
        Where to write.
    phase : str
        The files' prefix and the list's name.
    shapes : mapping
        From each blob's name to its C x H x W; each becomes a data set N x C x H x W of that name.
    count : int
        How many samples there will be.
    megabytes : float
        The most that one file holds when it is read: HDF5Data loads each file whole.
    gzip : int
        0 for none, up to 9.
    listed_as : callable
        Gives the name under which the list names a file of the folder.

    Raises
    ------
    DataError
        Where a listed name has a blank, which the layer would take for the end of the name.
    """

    def __init__(
        self,
        folder: Path,
        phase: str,
        shapes: Mapping[str, tuple[int, int, int]],
        count: int,
        *,
        megabytes: float,
        gzip: int,
        listed_as: Callable[[str], str],
    ) -> None:
        if not megabytes > 0:
            raise OptionError(f"the file size is {megabytes:g} MB; it must be above 0")
        if not 0 <= gzip <= 9:
            raise OptionError(f"the gzip level is {gzip}; it can be from 0 (none) to 9")
        self._h5py = library("h5py", "writing HDF5 files")
        sizes = [math.prod(shape) for shape in shapes.values()]
        self.span = max(1, min(int(megabytes * 1e6) // (4 * sum(sizes)), _MOST_ELEMENTS // max(sizes)))
        self._folder, self._phase, self._shapes, self._count, self._gzip = folder, phase, shapes, count, gzip
        self._open: Optional[Any] = None
        self._number = -1
        self._names = [f"{phase}_{number:05d}.h5" for number in range(-(-count // self.span))]
        self._listed = [listed_as(name) for name in self._names]
        blank = next((name for name in self._listed if any(character.isspace() for character in name)), None)
        if blank is not None:
            raise DataError(
                f"the list file would name {blank!r}, and Caffe's HDF5Data reads names up to the first blank",
                mend="write to a folder without blanks in its path, or give --relative-to DIR",
            )

    def put(self, place: int, sample: Sample) -> None:
        """Write a sample as number ``place``; all of one file come before any of the next."""
        number, row = divmod(place, self.span)
        if number != self._number:
            self._next(number)
        assert self._open is not None
        for name, array in sample.items():
            self._open[name][row] = array

    def _next(self, number: int) -> None:
        self.close()
        rows = min(self.span, self._count - number * self.span)
        self._open = self._h5py.File(self._folder / self._names[number], "w")
        self._number = number
        packing = (
            {"compression": "gzip", "compression_opts": self._gzip, "shuffle": True} if self._gzip else {}
        )
        for name, shape in self._shapes.items():
            # No time stamps: the same samples give the same bytes.
            self._open.create_dataset(
                name, (rows, *shape), dtype="float32", chunks=(1, *shape), track_times=False, **packing
            )

    def close(self) -> None:
        """Close the file that is being written."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def finish(self) -> dict[str, str]:
        """Write the list file and return what the net names as ``source``, by blob."""
        self.close()
        source = f"{self._phase}.txt"
        (self._folder / source).write_text("".join(f"{name}\n" for name in self._listed), encoding="utf-8")
        return dict.fromkeys(self._shapes, source)
