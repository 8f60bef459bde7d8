from __future__ import annotations

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from netgen.data import Options, prepare
from netgen.data.tiling import geometry
from netgen.demo.coins import HELD_OUT, TRAINED, Side, baselines, coins, iou
from netgen.errors import DataError

ndimage = pytest.importorskip("scipy.ndimage")


@pytest.fixture(scope="module")
def data():
    return coins()


def test_the_picture_is_inside_the_installed_package(data, monkeypatch):
    skimage = pytest.importorskip("skimage.data")
    assert np.array_equal(data.picture, skimage.coins())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="comes with scikit-image, which is not installed"):
        coins()


def test_the_truth_has_the_24_coins_whole(data):
    assert set(np.unique(data.truth)) == {0, 255}
    objects, count = ndimage.label(data.truth)
    assert count == 24
    for number, place in enumerate(ndimage.find_objects(objects), start=1):
        coin = objects[place] == number
        assert np.array_equal(ndimage.binary_fill_holes(coin), coin)
        # Coins are nearly discs: they fill pi / 4 of their bounding box, and none touches another.
        assert 0.7 < coin.mean() < 0.88
        assert all(30 < side < 70 for side in coin.shape)


def test_the_truth_is_no_threshold_of_the_picture(data):
    """No gray value separates coins from background: the best leaves a fifth of the union wrong."""
    best = max(iou(data.picture > value, data.truth) for value in range(256))
    assert 0.8 < best < 0.85


def test_no_coin_is_on_both_sides(data):
    objects, _ = ndimage.label(data.truth)
    sides = [set(np.unique(objects[:, columns])) - {0} for columns in (HELD_OUT, TRAINED)]
    assert [len(side) for side in sides] == [8, 16]
    assert not sides[0] & sides[1]


def test_the_sides_are_their_columns(data):
    for side, columns in ((data.held_out, HELD_OUT), (data.train, TRAINED)):
        assert np.array_equal(side.image, data.picture[:, columns])
        assert np.array_equal(side.mask, data.truth[:, columns])


@pytest.mark.parametrize(
    "sizes",
    [
        geometry((188, 188), depth=3),
        geometry((140, 140), depth=2),
        geometry((572, 572)),
        geometry((444, 892)),
        geometry((64, 96), padding="same"),
    ],
    ids=lambda sizes: "x".join(map(str, sizes.input_size)),
)
def test_held_out_pixels_share_no_receptive_field_with_training(data, tmp_path, sizes):
    """Pictures of column numbers go the way of the coins: the inputs made of each side hold its own columns alone."""
    numbers = np.broadcast_to(np.arange(384, dtype=np.uint16), (303, 384))
    for name, columns in (("train", TRAINED), ("test", HELD_OUT)):
        side = {"train": data.train, "test": data.held_out}[name]
        side.write(tmp_path / name)
        Image.fromarray(np.ascontiguousarray(numbers[:, columns])).save(
            tmp_path / name / "images" / "coins.png"
        )
    train, test = (
        (str(tmp_path / name / "images"), str(tmp_path / name / "masks")) for name in ("train", "test")
    )
    options = Options(geometry=sizes, scale=1.0, augment=2)
    outcome = prepare(*train, tmp_path / "data", options, test=test)
    for name, columns in (("train", TRAINED), ("test", HELD_OUT)):
        with h5py.File(outcome.folder / f"{name}_00000.h5") as file:
            assert set(np.unique(file["data"])) == set(range(columns.start, columns.stop))


def test_sides_are_written_as_pairs(data, tmp_path):
    image, mask = data.train.write(tmp_path)
    assert [path.relative_to(tmp_path) for path in (image, mask)] == [
        Path("images/coins.png"),
        Path("masks/coins.png"),
    ]
    assert np.array_equal(np.asarray(Image.open(image)), data.train.image)
    assert np.array_equal(np.asarray(Image.open(mask)), data.train.mask)


def test_what_a_trained_net_has_to_beat(data):
    scores = baselines(data.held_out, data.train)
    assert scores["all foreground"] == pytest.approx(0.2880, abs=1e-4)
    assert scores["Otsu threshold"] == pytest.approx(0.6761, abs=1e-4)


def test_the_better_threshold_counts():
    ramp = np.arange(100, dtype=np.uint8).reshape(10, 10)
    side = Side(ramp, np.where(ramp > 80, 255, 0).astype(np.uint8))
    other = Side((ramp // 2 + 55).astype(np.uint8), side.mask)
    assert baselines(side, other)["Otsu threshold"] > baselines(side)["Otsu threshold"]


def test_iou():
    left, right = np.array([[1, 1, 0, 0]]), np.array([[0, 255, 255, 0]])
    assert iou(left, right) == pytest.approx(1 / 3)
    assert iou(left, left) == 1
    assert iou(left * 0, right * 0) == 1
    with pytest.raises(DataError, match="different shapes"):
        iou(left, right[:, :3])
