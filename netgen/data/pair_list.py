"""The list that netgen's Python data layer reads: an image and its mask a line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from netgen.data.pairs import Pair
from netgen.errors import DataError

__all__ = ["write_pair_list"]


def write_pair_list(path: Path, pairs: Sequence[Pair], relative_to: Optional[Path]) -> None:
    """Write one line for each pair: the image, a tab, the mask.

    Parameters
    ----------
    path : Path
        The list file.
    pairs : sequence of Pair
        Of files that hold one picture each.
    relative_to : Path, optional
        The folder that the paths are relative to; absolute paths where it is left out.

    Raises
    ------
    DataError
        Where a file holds several pictures, or its name has a tab or a line break.
    """
    lines = []
    for pair in pairs:
        names = []
        for picture in (pair.image, pair.mask):
            if picture.frames > 1:
                raise DataError(
                    f"{picture.path} holds {picture.frames} pictures; the Python data layer reads one a file",
                    mend="save them one a file, or take hdf5 or lmdb",
                )
            name = (
                str(picture.path.resolve())
                if relative_to is None
                else os.path.relpath(picture.path, relative_to)
            )
            if any(character in name for character in "\t\r\n"):
                raise DataError(f"the name {name!r} has a tab or a line break, which a list file cannot hold")
            names.append(Path(name).as_posix())
        lines.append("\t".join(names) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
