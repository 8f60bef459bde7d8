"""From pairs of pictures to samples: the arrays that a net trains with, one tile at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from netgen.data.images import MaskRules, read_image, read_mask
from netgen.data.pairs import Pair
from netgen.data.tiling import Geometry, cut, windows
from netgen.data.weights import WeightRules, weight_map

__all__ = ["Recipe", "Sample", "samples"]

Array = np.ndarray[Any, np.dtype[np.float32]]
# From the blob's name (data, label, weight) to its array, C x H x W.
Sample = dict[str, Array]


@dataclass(frozen=True)
class Recipe:
    """How a pair of pictures becomes samples.

    Parameters
    ----------
    geometry : Geometry
        Sizes of data and label.
    colour : str
        The channels of the data: gray, rgb or bgr.
    scale : float
        What pixel values are multiplied with.
    masks : MaskRules
        What mask values mean.
    weights : WeightRules, optional
        Make a weight map too.
    class_weights : dict
        The class weights of the map.
    augment : int
        How many changed copies of each tile follow the tile itself: flipped, turned, brighter or darker.
    jitter : float
        The most by which a copy's contrast and brightness change, 0.15 for 15 per cent.
    seed : int
        Of the changes.
    one_hot : bool
        Labels (and weights) have one channel a class, 1 where the pixel is of it.
    """

    geometry: Geometry
    colour: str
    scale: float
    masks: MaskRules
    weights: Optional[WeightRules]
    class_weights: dict[int, float]
    augment: int
    jitter: float
    seed: int
    one_hot: bool = False

    def count(self, pair: Pair) -> int:
        """Return how many samples a pair gives."""
        return len(windows(*pair.image.size, self.geometry.output_size)) * (1 + self.augment)

    def shapes(self) -> dict[str, tuple[int, int, int]]:
        """Return the shape of each blob, without the batch."""
        label = (self.masks.classes if self.one_hot else 1, *self.geometry.output_size)
        found = {"data": (1 if self.colour == "gray" else 3, *self.geometry.input_size), "label": label}
        return {**found, "weight": label} if self.weights else found


def samples(pair: Pair, number: int, recipe: Recipe) -> Iterator[Sample]:
    """Yield the samples of one pair: all its tiles, then all of them changed, and so on.

    Parameters
    ----------
    pair : Pair
        Read here, once.
    number : int
        The pair's place in the data set, so that its changes depend on nothing else than it and the seed.

    Raises
    ------
    DataError
        Where a picture is broken or a mask holds what the recipe does not allow.
    """
    image = read_image(pair.image, recipe.colour)
    labels = read_mask(pair.mask, recipe.masks)
    planes = {"label": labels[None]}
    if recipe.weights is not None:
        planes["weight"] = weight_map(
            labels, recipe.class_weights, recipe.weights, recipe.masks.ignore_label
        )[None]
    if recipe.one_hot:
        planes = {name: _by_class(plane, name, recipe.masks) for name, plane in planes.items()}
    geometry = recipe.geometry
    height, width = pair.image.size
    for copy in range(1 + recipe.augment):
        # RandomState's streams are frozen: the same seed gives the same data under every NumPy.
        random = np.random.RandomState([recipe.seed, number, copy])
        for top, left in windows(height, width, geometry.output_size):
            rows, columns = geometry.margin
            sample = {"data": cut(image, top - rows, left - columns, geometry.input_size)}
            for name, plane in planes.items():
                sample[name] = cut(plane, top, left, geometry.output_size)
            if recipe.masks.ignore_label is not None:
                _void(sample, height - top, width - left, recipe.masks.ignore_label)
            if copy:
                sample = _changed(sample, random, recipe.jitter, pair.image.white)
            sample["data"] = sample["data"] * np.float32(recipe.scale)
            yield sample


def _by_class(plane: Array, name: str, masks: MaskRules) -> Array:
    """Return a label or weight plane, 1 x H x W, with one channel a class."""
    if name != "label":
        return np.repeat(plane, masks.classes, axis=0)
    channels: Array = (plane == np.arange(masks.classes)[:, None, None]).astype(np.float32)
    if masks.ignore_label is not None:
        channels[:, plane[0] == masks.ignore_label] = masks.ignore_label
    return channels


def _void(sample: Sample, height: int, width: int, ignore_label: int) -> None:
    """Take what lies outside the image out of the loss."""
    for name, value in (("label", ignore_label), ("weight", 0)):
        if name in sample:
            sample[name][:, height:, :] = value
            sample[name][:, :, width:] = value


def _changed(sample: Sample, random: np.random.RandomState, jitter: float, white: float) -> Sample:
    """Return a sample flipped and turned, its contrast and brightness changed within the pictures' range."""
    turns, flip = random.randint(4), random.randint(2)
    gain, offset = random.uniform(-jitter, jitter, 2)
    square = all(array.shape[-1] == array.shape[-2] for array in sample.values())
    # A quarter turn would give an oblong net the wrong shape.
    turns = turns if square else turns // 2 * 2
    changed = {}
    for name, array in sample.items():
        turned = np.rot90(array, turns, (1, 2))
        changed[name] = np.ascontiguousarray(turned[..., ::-1] if flip else turned)
    if jitter:
        changed["data"] = np.clip(changed["data"] * (1 + gain) + offset * white, 0, white).astype(np.float32)
    return changed
