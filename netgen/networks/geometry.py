"""The arithmetic of a U-Net: which sizes fit, what comes out, where the skips are cropped.

On the way down each level has two 3 x 3 convolutions and a 2 x 2 pooling; on the way up sizes double, the
skip is cropped in the middle, and two 3 x 3 convolutions follow. Without padding each convolution takes 2
from a size. Ronneberger, Fischer, Brox: U-Net, 2015, figure 1: 572 gives 388.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from netgen.errors import OptionError

__all__ = ["MAX_DEPTH", "Plan", "fitting", "margin", "plan", "size_for_output", "smallest"]

MAX_DEPTH = 8


@dataclass(frozen=True)
class Plan:
    """Sizes of one axis of a U-Net.

    Parameters
    ----------
    size, output : int
        In and out, in pixels.
    skips : tuple of int
        The size of each level's skip, level 1 first.
    offsets : tuple of int
        Where each level's skip is cropped, level 1 first; zeros with padding.
    """

    size: int
    output: int
    skips: tuple[int, ...]
    offsets: tuple[int, ...]


def _try(size: int, depth: int, shrink: int) -> Optional[Plan]:
    """Return the plan of one size, None where a pooling does not come out even or nothing is left."""
    skips: list[int] = []
    at = size
    for _ in range(depth):
        at -= shrink
        if at < 2 or at % 2:
            return None
        skips.append(at)
        at //= 2
    at -= shrink
    offsets: list[int] = []
    for skip in reversed(skips):
        if at < 1:
            return None
        at *= 2
        # Both are even, and convolutions only take away: the crop is in the middle.
        offsets.append((skip - at) // 2)
        at -= shrink
    return Plan(size, at, tuple(skips), tuple(reversed(offsets))) if at >= 1 else None


def _shrink(padding: str) -> int:
    return 4 if padding == "valid" else 0


def margin(depth: int, padding: str) -> int:
    """Return what a U-Net takes from a size, in pixels: 184 for depth 4 without padding."""
    # Level k's convolutions work on pixels of 2^(k-1), twice (down and up), the deepest once.
    return _shrink(padding) * (3 * (1 << depth) - 2)


def smallest(depth: int, padding: str) -> int:
    """Return the smallest size that a U-Net takes."""
    # A deepest size of 1 pixel after each of the convolutions bounds the search from above.
    bound = margin(depth, padding) + 2 ** (depth + 2)
    return next(size for size in range(1, bound) if _try(size, depth, _shrink(padding)) is not None)


def _nearest(size: int, depth: int, padding: str) -> list[int]:
    """Return the nearest size below and above that fits; one where only that exists."""
    step, least = 2**depth, smallest(depth, padding)
    if size <= least:
        return [least]
    below = least + (size - least) // step * step
    return [below, below + step]


def fitting(size: int, depth: int, padding: str) -> int:
    """Return the smallest size from ``size`` on that fits."""
    near = _nearest(size, depth, padding)
    return near[0] if near[0] >= size else near[1]


def plan(size: int, depth: int, padding: str) -> Plan:
    """Return the sizes of a U-Net on one axis.

    Parameters
    ----------
    size : int
        Pixels in.
    depth : int
        The number of poolings.
    padding : str
        ``"valid"`` or ``"same"``.

    Raises
    ------
    OptionError
        Where a skip would not line up exactly, with the nearest sizes at which all do.
    """
    found = _try(size, depth, _shrink(padding))
    if found is not None:
        return found
    step, least = 2**depth, smallest(depth, padding)
    fits = [plan(near, depth, padding) for near in _nearest(size, depth, padding)]
    raise OptionError(
        f"size {size} does not fit a U-Net of depth {depth} with {padding} padding: sizes are "
        f"{least % step} mod {step} and at least {least}",
        mend="the nearest that fit: " + " or ".join(f"{p.size} (output {p.output})" for p in fits),
    )


def size_for_output(output: int, depth: int, padding: str) -> int:
    """Return the size in that gives a size out.

    Raises
    ------
    OptionError
        Where no size gives this output, with the nearest outputs that can be had.
    """
    size = output + margin(depth, padding)
    if _try(size, depth, _shrink(padding)) is not None:
        return size
    outputs = [str(near - margin(depth, padding)) for near in _nearest(size, depth, padding)]
    raise OptionError(
        f"no U-Net of depth {depth} with {padding} padding has an output of {output}",
        mend=f"the nearest outputs: {' or '.join(outputs)}",
    )
