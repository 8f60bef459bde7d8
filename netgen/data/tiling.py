"""Sizes and windows: how an image of any size is cut into tiles for a net of one size."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from netgen.errors import DataError, OptionError
from netgen.networks.geometry import plan, size_for_output

__all__ = ["Geometry", "cut", "geometry", "mirrored", "spelt", "starts", "windows"]

# What the published U-Net takes.
_PUBLISHED = 572


@dataclass(frozen=True)
class Geometry:
    """What a net reads and what it answers for.

    Parameters
    ----------
    input_size, output_size : tuple of int
        Height and width. The output lies in the middle of the input.
    """

    input_size: tuple[int, int]
    output_size: tuple[int, int]

    @property
    def margin(self) -> tuple[int, int]:
        """Rows above (and below) and columns left (and right) of the output that the net also reads."""
        rows, columns = (i - o for i, o in zip(self.input_size, self.output_size))
        return rows // 2, columns // 2


def geometry(
    input_size: Optional[tuple[int, int]] = None,
    output_size: Optional[tuple[int, int]] = None,
    *,
    padding: str = "valid",
    depth: int = 4,
) -> Geometry:
    """Return the sizes of tiles and labels.

    With both sizes given, any pair is taken whose difference is even and not negative, so that nets other
    than U-Net are served. With one of them or none, the other follows from U-Net's arithmetic.

    Parameters
    ----------
    input_size, output_size : tuple of int, optional
        Height and width. Without either, the published 572 x 572, or the next size that fits.
    padding : {"valid", "same"}
        Whether the net's convolutions lose their borders.
    depth : int
        How many times U-Net halves its input.

    Raises
    ------
    OptionError
        Where the sizes don't fit each other or the net; the message holds the nearest that do.

    Examples
    --------
    >>> geometry((572, 572)).output_size
    (388, 388)
    >>> geometry(output_size=(100, 100), depth=3).input_size
    (188, 188)
    """
    if padding not in ("valid", "same"):
        raise OptionError(f"padding is {padding!r}; it can be 'valid' or 'same'")
    if depth < 1:
        raise OptionError(f"depth is {depth}; a U-Net has a depth of 1 or more")
    for what, size in (("input", input_size), ("output", output_size)):
        if size is not None and min(size) < 1:
            raise OptionError(f"the {what} size is {spelt(size)}; both sides must be 1 or more")
    if input_size is not None and output_size is not None:
        return _pair(input_size, output_size)
    if output_size is not None:
        height, width = (size_for_output(side, depth, padding) for side in output_size)
        return Geometry((height, width), output_size)
    taken = input_size if input_size is not None else _default(depth, padding)
    height, width = (plan(side, depth, padding).output for side in taken)
    return Geometry(taken, (height, width))


def spelt(size: tuple[int, int]) -> str:
    """Return ``height x width`` as people write it."""
    return f"{size[0]}x{size[1]}"


def _default(depth: int, padding: str) -> tuple[int, int]:
    """Return the published size, or the next that fits, as netgen's U-Net has it by default."""
    for side in range(_PUBLISHED, _PUBLISHED + 2**depth):
        with contextlib.suppress(OptionError):
            plan(side, depth, padding)
            return (side, side)
    raise OptionError(f"no U-Net of depth {depth} takes a size near {_PUBLISHED}", mend="give --input-size")


def _pair(input_size: tuple[int, int], output_size: tuple[int, int]) -> Geometry:
    for which, i, o in zip(("height", "width"), input_size, output_size):
        if o > i:
            raise OptionError(
                f"the output size {spelt(output_size)} has a larger {which} than the input size "
                f"{spelt(input_size)}",
                mend="a net answers for the middle of what it reads: swap the sizes, or give one alone",
            )
        if (i - o) % 2:
            raise OptionError(
                f"input size {spelt(input_size)} and output size {spelt(output_size)} differ by the odd "
                f"number {i - o} in {which}, so the output cannot lie in the middle",
                mend=f"take {i - 1} or {i + 1} in, or {o - 1} or {o + 1} out",
            )
    return Geometry(input_size, output_size)


def starts(length: int, tile: int) -> list[int]:
    """Return where tiles begin that cover ``length`` pixels: evenly spread, none outside.

    Tiles overlap where the length is no multiple of theirs. A length shorter than one tile gives one
    tile at 0, which reaches over the end.
    """
    count = max(1, -(-length // tile))
    room = max(0, length - tile)
    return [0] if count == 1 else [round(room * index / (count - 1)) for index in range(count)]


def mirrored(start: int, count: int, length: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the indexes of ``count`` pixels from ``start`` in a row of ``length``, mirrored at both ends.

    The end pixel itself is not repeated: ``mirrored(-2, 4, 9)`` is ``[2, 1, 0, 1]``.
    """
    if length == 1:
        return np.zeros(count, dtype=np.intp)
    period = 2 * (length - 1)
    place = np.abs(np.arange(start, start + count)) % period
    folded: np.ndarray[Any, np.dtype[np.intp]] = np.minimum(place, period - place).astype(np.intp)
    return folded


def windows(height: int, width: int, output_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the top left corners of the output tiles that cover an image, row by row."""
    return [(top, left) for top in starts(height, output_size[0]) for left in starts(width, output_size[1])]


def cut(image: np.ndarray[Any, Any], top: int, left: int, size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Return a window of an image, mirrored where it reaches outside.

    Parameters
    ----------
    image : ndarray, (..., H, W)
        Any leading axes.
    top, left : int
        May be negative.
    size : tuple of int
        Height and width of the window.

    Returns
    -------
    ndarray, (..., height, width)
        A copy.
    """
    if image.shape[-2] == 0 or image.shape[-1] == 0:
        raise DataError("the image has no pixels")
    rows = mirrored(top, size[0], image.shape[-2])
    columns = mirrored(left, size[1], image.shape[-1])
    return np.asarray(image[..., rows[:, None], columns])
