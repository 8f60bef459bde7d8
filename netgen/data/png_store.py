"""Data sets for Caffe's ImageData layer: PNG files, and lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Callable

import numpy as np

from netgen.data.extras import library
from netgen.data.samples import Sample

__all__ = ["PngStore"]


class PngStore:
    """A folder of image tiles and one of mask tiles, each with a list of ``path 0`` lines in the same order.

    Parameters
    ----------
    folder : Path
        Where to write.
    phase : str
        The folders' and lists' prefix: ``train_data``, ``train_data.txt``.
    shapes : mapping
        From each blob's name to its C x H x W.
    count : int
        How many samples there will be.
    classes : int
        1 for foreground and background.
    listed_as : callable
        Gives the name under which a list names a file of the folder.

    Notes
    -----
    A PNG holds bytes: values are not scaled, which is the layer's ``transform_param`` to do. For masks to be
    looked at, foreground is 255 where there is one class; class indexes are stored as they are.
    """

    span = 2**16

    def __init__(
        self,
        folder: Path,
        phase: str,
        shapes: Mapping[str, tuple[int, int, int]],
        count: int,
        *,
        classes: int,
        listed_as: Callable[[str], str],
    ) -> None:
        self._image = library("PIL.Image", "writing pictures")
        self._folder, self._phase, self._count, self._listed_as = folder, phase, count, listed_as
        self._classes = classes
        self._blobs: list[str] = list(shapes)
        for blob in self._blobs:
            (folder / f"{phase}_{blob}").mkdir()

    def _name(self, blob: str, place: int) -> str:
        return f"{self._phase}_{blob}/{place:08d}.png"

    def put(self, place: int, sample: Sample) -> None:
        """Write a sample as number ``place``."""
        for blob, array in sample.items():
            factor = 255 if blob == "label" and self._classes == 1 else 1
            pixels = np.rint(array * factor).astype(np.uint8)
            # Colours come as bgr, the order in which ImageData gives them back; a PNG has rgb.
            plane = pixels[0] if pixels.shape[0] == 1 else pixels[::-1].transpose(1, 2, 0)
            self._image.fromarray(np.ascontiguousarray(plane)).save(self._folder / self._name(blob, place))

    def close(self) -> None:
        """Nothing stays open."""

    def finish(self) -> dict[str, str]:
        """Write the lists and return what the net names as ``source``, by blob."""
        sources = {}
        for blob in self._blobs:
            sources[blob] = f"{self._phase}_{blob}.txt"
            with (self._folder / sources[blob]).open("w", encoding="utf-8") as lines:
                for place in range(self._count):
                    lines.write(f"{self._listed_as(self._name(blob, place))} 0\n")
        return sources
