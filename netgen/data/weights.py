"""U-Net's weight map: pixels between close objects count for more.

Ronneberger, Fischer, Brox: U-Net, 2015, equation 2: w(x) = wc(x) + w0 · exp(-(d1(x) + d2(x))² / (2 σ²)),
where d1 and d2 are the distances to the nearest and the second nearest object, and wc balances the classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from netgen.data.extras import library
from netgen.errors import OptionError

__all__ = ["WeightRules", "balance", "weight_map"]

_Array = np.ndarray[Any, np.dtype[np.float32]]

# Beyond this many sigmas the border term is below w0 · exp(-18), which float32 does not see beside 1.
_REACH = 6.0


@dataclass(frozen=True)
class WeightRules:
    """The two numbers of the border term.

    Parameters
    ----------
    border : float
        w0, the weight of a pixel squeezed between two objects.
    sigma : float
        How far the border term reaches, in pixels.
    """

    border: float = 10.0
    sigma: float = 5.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.border) and self.border >= 0):
            raise OptionError(f"the weight of borders is {self.border}; it must be 0 or more")
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise OptionError(f"the sigma of the weight map is {self.sigma}; it must be above 0")


def balance(counts: Mapping[int, int]) -> dict[int, float]:
    """Return a weight for each class that makes all classes count alike, 1 on average over the pixels.

    Parameters
    ----------
    counts : mapping of int to int
        Pixels of each class, without the ignored ones.
    """
    present = {label: count for label, count in counts.items() if count}
    total = sum(present.values())
    return {label: total / (len(present) * present[label]) if label in present else 1.0 for label in counts}


def weight_map(
    labels: _Array, class_weights: Mapping[int, float], rules: WeightRules, ignore_label: Optional[int] = None
) -> _Array:
    """Return the weight of each pixel of one mask.

    Parameters
    ----------
    labels : ndarray, H x W
        Class indexes; 0 is the background. An object is a connected piece of one class (pixels that touch
        at corners alone are not connected). The border term is added on the background.
    class_weights : mapping of int to float
        wc, from `balance`.
    rules : WeightRules
        w0 and sigma.
    ignore_label : int, optional
        Pixels of this value weigh 0.

    Returns
    -------
    ndarray, H x W, float32
    """
    weights = np.ones(labels.shape, dtype=np.float32)
    for label, weight in class_weights.items():
        weights[labels == label] = weight
    nearest, second = _distances(labels, rules.sigma, ignore_label)
    with np.errstate(over="ignore"):
        border = rules.border * np.exp(-np.square(nearest + second) / (2.0 * rules.sigma**2))
    weights += np.where(labels == 0, border, 0.0).astype(np.float32)
    if ignore_label is not None:
        weights[labels == ignore_label] = 0.0
    return weights


def _distances(
    labels: _Array, sigma: float, ignore_label: Optional[int]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the distances to the nearest and the second nearest object, infinite out of reach."""
    ndimage = library("scipy.ndimage", "making weight maps")
    nearest = np.full(labels.shape, np.inf)
    second = np.full(labels.shape, np.inf)
    reach = math.ceil(_REACH * sigma)
    for label in np.unique(labels):
        if label == 0 or label == ignore_label:
            continue
        objects, _ = ndimage.label(labels == label)
        for number, place in enumerate(ndimage.find_objects(objects), start=1):
            around = tuple(
                slice(max(0, side.start - reach), min(length, side.stop + reach))
                for side, length in zip(place, labels.shape)
            )
            distance = ndimage.distance_transform_edt(objects[around] != number)
            second[around] = np.minimum(second[around], np.maximum(nearest[around], distance))
            nearest[around] = np.minimum(nearest[around], distance)
    return nearest, second
