from __future__ import annotations

import numpy as np
import pytest

from netgen.data.weights import WeightRules, balance, weight_map
from netgen.errors import OptionError

LABELS = np.zeros((40, 50), np.float32)
LABELS[5:20, 5:20] = 1
LABELS[5:20, 24:40] = 1
LABELS[28:36, 10:30] = 1


def plainly(labels, class_weights, border, sigma):
    """Equation 2, pixel by pixel, from the distances to every pixel of every object."""
    objects = [np.argwhere(mask) for mask in (SQUARE_LEFT, SQUARE_RIGHT, BAR)]
    expected = np.empty(labels.shape)
    for place in np.ndindex(labels.shape):
        label = labels[place]
        near = sorted(np.sqrt(((pixels - place) ** 2).sum(axis=1).min()) for pixels in objects)
        expected[place] = class_weights[int(label)]
        if label == 0:
            expected[place] += border * np.exp(-((near[0] + near[1]) ** 2) / (2 * sigma**2))
    return expected


SQUARE_LEFT = (LABELS == 1) & (np.arange(50) < 22) & (np.arange(40)[:, None] < 22)
SQUARE_RIGHT = (LABELS == 1) & (np.arange(50) > 22) & (np.arange(40)[:, None] < 22)
BAR = (LABELS == 1) & (np.arange(40)[:, None] > 22)


@pytest.mark.parametrize(("border", "sigma"), [(10.0, 5.0), (3.0, 1.5)])
def test_the_map_is_equation_two(border, sigma):
    weights = {0: 0.7, 1: 2.5}
    found = weight_map(LABELS, weights, WeightRules(border, sigma))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plainly(LABELS, weights, border, sigma), atol=1e-5)


def test_the_gap_between_objects_weighs_most():
    found = weight_map(LABELS, {0: 1.0, 1: 1.0}, WeightRules())
    assert 20 <= np.unravel_index(found.argmax(), found.shape)[1] <= 23
    assert found.max() > 5


def test_one_object_has_no_border_term():
    found = weight_map(SQUARE_LEFT.astype(np.float32), {0: 1.0, 1: 2.0}, WeightRules())
    assert np.array_equal(found, 1 + SQUARE_LEFT)


def test_objects_of_different_classes_are_different_objects():
    touching = np.zeros((20, 20), np.float32)
    touching[:, :8] = 1
    touching[:, 10:] = 2
    found = weight_map(touching, {0: 1.0, 1: 1.0, 2: 1.0}, WeightRules())
    assert found[10, 8] > 8


def test_ignored_pixels_weigh_nothing_and_are_no_object():
    labels = LABELS.copy()
    labels[BAR] = 255
    found = weight_map(labels, {0: 1.0, 1: 1.0}, WeightRules(), ignore_label=255)
    assert (found[BAR] == 0).all()
    without = weight_map(np.where(BAR, 0, LABELS).astype(np.float32), {0: 1.0, 1: 1.0}, WeightRules())
    assert np.array_equal(found[~BAR], without[~BAR])


def test_balanced_classes_count_alike_and_one_on_average():
    counts = {0: 900, 1: 100, 2: 0}
    weights = balance(counts)
    assert weights[0] * 900 == pytest.approx(weights[1] * 100)
    assert (weights[0] * 900 + weights[1] * 100) / 1000 == pytest.approx(1)
    assert weights[2] == 1


@pytest.mark.parametrize(("border", "sigma"), [(-1, 5), (float("nan"), 5), (10, 0), (10, float("inf"))])
def test_numbers_that_make_no_map(border, sigma):
    with pytest.raises(OptionError):
        WeightRules(border, sigma)
