"""The demo's data: a photograph of coins from scikit-image, in a part to train with and one held out."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np

from netgen.data.extras import library
from netgen.data.images import look, read_image
from netgen.errors import DataError

__all__ = ["HELD_OUT", "METHOD", "SOURCE", "TRAINED", "Coins", "Side", "baselines", "coins", "iou"]

SOURCE = (
    "24 Greek coins from Pompeii, 303 x 384 pixels, from scikit-image (Brooklyn Museum, no known copyright)"
)

METHOD = (
    "watershed of the Sobel gradient, flooded from pixels darker than 30 (background) and brighter than 150 "
    "(coins); holes filled, specks of less than 100 pixels dropped"
)

# Columns. The gap between the two belongs to neither: it holds what remains of the one coin that the held-out
# part cuts, so that no coin is on both sides.
HELD_OUT = slice(0, 128)
TRAINED = slice(137, 384)

_SHAPE = (303, 384)
_Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Side:
    """One part of the picture and its truth.

    Parameters
    ----------
    image : ndarray, H x W, uint8
        Gray values.
    mask : ndarray, H x W, uint8
        255 where there is a coin, else 0.
    """

    image: _Pixels
    mask: _Pixels

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write ``images/coins.png`` and ``masks/coins.png``, and return their paths."""
        image_module = library("PIL.Image", "writing the demo's pictures")
        paths = folder / "images" / "coins.png", folder / "masks" / "coins.png"
        for path, pixels in zip(paths, (self.image, self.mask)):
            path.parent.mkdir(parents=True, exist_ok=True)
            image_module.fromarray(np.ascontiguousarray(pixels)).save(path)
        return paths


@dataclass(frozen=True)
class Coins:
    """The picture, the truth and the two parts.

    Parameters
    ----------
    picture, truth : ndarray, H x W, uint8
        The whole.
    train, held_out : Side
        Two pictures of their own. Each is mirrored in itself where a net's input reaches outside, so that no
        pixel of one is ever in an input made of the other, whatever the net's size.
    """

    picture: _Pixels
    truth: _Pixels
    train: Side
    held_out: Side


def coins() -> Coins:
    """Return the demo's picture with its truth and its two parts.

    Raises
    ------
    DataError
        Where scikit-image is not installed, or comes without the picture.
    """
    picture = _picture()
    truth = _truth(picture)
    sides = [Side(picture[:, columns], truth[:, columns]) for columns in (TRAINED, HELD_OUT)]
    return Coins(picture, truth, *sides)


def _picture() -> _Pixels:
    """Read the file itself: `skimage.data` would go to the network for one that is missing."""
    found = importlib.util.find_spec("skimage")
    mend = "pip install 'caffe-netgen[caffe,data]', which brings scikit-image"
    if found is None or not found.submodule_search_locations:
        raise DataError("the demo's picture comes with scikit-image, which is not installed", mend=mend)
    path = Path(next(iter(found.submodule_search_locations))) / "data" / "coins.png"
    if not path.is_file():
        raise DataError(f"this scikit-image comes without the demo's picture {path}", mend=mend)
    picture: _Pixels = read_image(look(path)[0], "gray")[0].astype(np.uint8)
    if picture.shape != _SHAPE:
        raise DataError(
            f"the demo's picture {path} is not the photograph of {_SHAPE[0]} x {_SHAPE[1]} pixels", mend=mend
        )
    return picture


def _truth(picture: _Pixels) -> _Pixels:
    """Find the coins by their edges; `METHOD` says how."""
    filters = library("skimage.filters", "finding the coins")
    segmentation = library("skimage.segmentation", "finding the coins")
    ndimage = library("scipy.ndimage", "finding the coins")
    seeds = np.zeros(picture.shape, dtype=np.int32)
    seeds[picture < 30] = 1
    seeds[picture > 150] = 2
    coin = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(picture), seeds) == 2)
    objects, _ = ndimage.label(coin)
    large = np.bincount(objects.ravel()) >= 100
    large[0] = False
    mask: _Pixels = (large[objects] * 255).astype(np.uint8)
    return mask


def iou(mask: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> float:
    """Return the intersection over the union of two masks, 1 where both are empty."""
    if mask.shape != truth.shape:
        raise DataError(f"masks of different shapes have no IoU: {mask.shape} and {truth.shape}")
    here, there = mask != 0, truth != 0
    union = int((here | there).sum())
    return int((here & there).sum()) / union if union else 1.0


def baselines(side: Side, other: Optional[Side] = None) -> dict[str, float]:
    """Return the IoU of simple masks, which a trained net has to beat.

    Parameters
    ----------
    side : Side
        What is scored.
    other : Side, optional
        The part whose Otsu threshold is tried too; the better of the two counts.

    Returns
    -------
    dict
        ``all foreground`` and ``Otsu threshold``.
    """
    otsu = library("skimage.filters", "the Otsu threshold").threshold_otsu
    thresholds = [otsu(part.image) for part in (side, other) if part is not None]
    return {
        "all foreground": iou(np.ones_like(side.mask), side.mask),
        "Otsu threshold": max(iou(side.image > threshold, side.mask) for threshold in thresholds),
    }
