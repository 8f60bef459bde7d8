from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netgen.data.tiling import cut, geometry, mirrored, starts, windows
from netgen.errors import OptionError


@pytest.mark.parametrize(
    ("given_sizes", "how", "expected"),
    [
        ((None, None), {}, ((572, 572), (388, 388))),
        ((None, None), {"padding": "same"}, ((576, 576), (576, 576))),
        (((444, 892), None), {}, ((444, 892), (260, 708))),
        ((None, (388, 388)), {}, ((572, 572), (388, 388))),
        ((None, (100, 100)), {"depth": 3}, ((188, 188), (100, 100))),
        (((64, 32), None), {"padding": "same"}, ((64, 32), (64, 32))),
        (((100, 50), (90, 50)), {}, ((100, 50), (90, 50))),
    ],
)
def test_sizes_follow_from_each_other(given_sizes, how, expected):
    found = geometry(*given_sizes, **how)
    assert (found.input_size, found.output_size) == expected
    assert found.margin == tuple((i - o) // 2 for i, o in zip(*expected))


@pytest.mark.parametrize(
    ("given_sizes", "how", "words"),
    [
        (((570, 570), None), {}, ["570", "556", "572"]),
        ((None, (387, 388)), {}, ["387", "372", "388"]),
        (((100, 100), (101, 100)), {}, ["larger height", "100x100"]),
        (((100, 100), (90, 93)), {}, ["odd", "7 in width", "99 or 101"]),
        (((0, 5), None), {}, ["0x5"]),
        (((100, 100), None), {"padding": "sane"}, ["sane", "valid", "same"]),
        (((100, 100), None), {"depth": 0}, ["0"]),
    ],
)
def test_sizes_that_do_not_fit_are_refused_with_a_mend(given_sizes, how, words):
    with pytest.raises(OptionError) as error:
        geometry(*given_sizes, **how)
    assert all(word in str(error.value) for word in words), str(error.value)


@given(st.integers(1, 500), st.integers(1, 200))
def test_tiles_cover_everything_evenly_and_none_reaches_outside(length, tile):
    found = starts(length, tile)
    assert found[0] == 0
    if length >= tile:
        assert found[-1] == length - tile
    assert len(found) == max(1, -(-length // tile))
    steps = np.diff(found)
    assert (steps <= tile).all()
    assert len(steps) == 0 or steps.max() - steps.min() <= 1


@given(st.integers(2, 70), st.data())
def test_mirroring_is_that_of_numpy(length, data):
    # NumPy before 2.0 goes wrong where it mirrors more than once.
    before, after = data.draw(st.tuples(*[st.integers(0, length - 1)] * 2))
    expected = np.pad(np.arange(length), (before, after), mode="reflect")
    assert mirrored(-before, before + length + after, length).tolist() == expected.tolist()


@given(st.integers(2, 9), st.integers(-50, 50))
def test_mirroring_goes_on_for_ever(length, start):
    found = mirrored(start, 40, length)
    assert found.min() >= 0
    assert found.max() < length
    assert (np.abs(np.diff(found)) == 1).all()
    period = 2 * (length - 1)
    assert np.array_equal(found[period:], found[:-period])


def test_one_pixel_mirrors_into_itself():
    assert mirrored(-3, 7, 1).tolist() == [0] * 7


def test_a_window_is_a_part_of_the_mirrored_image():
    image = np.arange(2 * 7 * 9).reshape(2, 7, 9)
    padded = np.pad(image, ((0, 0), (6, 6), (6, 6)), mode="reflect")
    assert np.array_equal(cut(image, -6, 3, (12, 8)), padded[:, 0:12, 9:17])


def test_windows_go_row_by_row():
    assert windows(150, 90, (100, 80)) == [(0, 0), (0, 10), (50, 0), (50, 10)]
