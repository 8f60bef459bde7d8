from __future__ import annotations

import numpy as np
import pytest
from pictures import noise, save
from PIL import Image

from netgen.data.images import MaskRules, look, read_image, read_mask
from netgen.errors import DataError, OptionError

GRAY = noise(5, 7)
COLOUR = noise(5, 7, channels=3)


def read(path, colour="gray"):
    (picture,) = look(path)
    return read_image(picture, colour)


def test_gray_and_colours(tmp_path):
    gray, colour = save(tmp_path / "g.png", GRAY), save(tmp_path / "c.png", COLOUR)
    assert np.array_equal(read(gray), GRAY[None])
    assert np.array_equal(read(colour, "rgb"), COLOUR.transpose(2, 0, 1))
    assert np.array_equal(read(colour, "bgr"), COLOUR.transpose(2, 0, 1)[::-1])
    luminance = COLOUR @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read(colour)[0] - luminance).max() <= 1
    assert read(gray).dtype == np.float32


def test_pictures_of_two_colours_are_black_and_white(tmp_path):
    path = tmp_path / "b.png"
    Image.fromarray(GRAY).convert("1").save(path)
    assert set(np.unique(read(path))) <= {0.0, 255.0}


def test_palettes_are_colours_in_images_and_indexes_in_masks(tmp_path):
    path = tmp_path / "p.png"
    indexes = (GRAY % 3).astype(np.uint8)
    picture = Image.fromarray(indexes)
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture.save(path)
    assert np.array_equal(read(path, "rgb"), np.array([10, 20, 30])[:, None, None] + indexes * 30)
    assert np.array_equal(read_mask(look(path)[0], MaskRules(classes=3)), indexes)


def test_sixteen_bits_keep_all_their_values(tmp_path):
    path = tmp_path / "s.png"
    deep = (GRAY.astype(np.uint16) * 257) ^ 3
    Image.fromarray(deep).save(path)
    (picture,) = look(path)
    assert picture.white == 65535
    assert np.array_equal(read(path)[0], deep)


def test_floating_point_is_taken_as_it_is(tmp_path):
    path = tmp_path / "f.tif"
    Image.fromarray(GRAY.astype(np.float32) / 100).save(path)
    assert look(path)[0].white == 1
    assert np.allclose(read(path)[0], GRAY / np.float32(100))


def test_a_camera_that_was_held_sideways(tmp_path):
    path = tmp_path / "e.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GRAY).save(path, exif=exif)
    (picture,) = look(path)
    assert picture.size == (7, 5)
    assert np.array_equal(read(path)[0], np.rot90(GRAY, -1))


def test_every_picture_of_a_stack(tmp_path):
    path = tmp_path / "stack.tif"
    frames = [noise(5, 7, seed) for seed in range(3)]
    first, *rest = map(Image.fromarray, frames)
    first.save(path, save_all=True, append_images=rest)
    pictures = look(path)
    assert [str(picture) for picture in pictures] == [f"{path}[{n}]" for n in range(3)]
    for picture, pixels in zip(pictures, frames):
        assert np.array_equal(read_image(picture, "gray")[0], pixels)


def test_opaque_alpha_is_dropped_and_transparency_refused(tmp_path):
    alpha = np.full((5, 7), 255, np.uint8)
    path = save(tmp_path / "a.png", np.dstack([COLOUR, alpha]))
    assert np.array_equal(read(path, "rgb"), COLOUR.transpose(2, 0, 1))
    alpha[2, 3] = 200
    path = save(tmp_path / "a.png", np.dstack([COLOUR, alpha]))
    with pytest.raises(DataError, match=r"a\.png is partly transparent \(alpha down to 200\)"):
        read(path, "rgb")


def test_a_gray_picture_among_colours_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"g\.png is gray \(L\), but bgr was asked for"):
        read(save(tmp_path / "g.png", GRAY), "bgr")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture", "is not a picture"), (None, "no such file")],
)
def test_files_that_are_no_pictures(tmp_path, content, words):
    path = tmp_path / "x.png"
    if content:
        path.write_bytes(content)
    with pytest.raises(DataError, match=f"x.png.*{words}"):
        look(path)


def test_a_picture_that_ends_too_early(tmp_path):
    path = save(tmp_path / "x.png", noise(200, 200))
    path.write_bytes(path.read_bytes()[:9000])
    (picture,) = look(path)
    with pytest.raises(DataError, match=r"x\.png cannot be read"):
        read_image(picture, "gray")


def test_infinite_pixels_are_refused(tmp_path):
    path = tmp_path / "f.tif"
    Image.fromarray(np.array([[1, np.inf]], np.float32)).save(path)
    with pytest.raises(DataError, match="not finite"):
        read(path)


def labels(tmp_path, values, **rules):
    path = save(tmp_path / "m.png", np.array([values], np.uint8))
    return read_mask(look(path)[0], MaskRules(**rules))[0].tolist()


@pytest.mark.parametrize(
    ("values", "rules", "expected"),
    [
        ([0, 1, 1], {}, [0, 1, 1]),
        ([0, 255, 255], {}, [0, 1, 1]),
        ([255, 255, 255], {}, [1, 1, 1]),
        ([0, 127, 128], {"threshold": 127}, [0, 0, 1]),
        ([0, 1, 255], {"ignore_label": 255}, [0, 1, 255]),
        ([0, 200, 255], {"threshold": 100, "ignore_label": 255}, [0, 1, 255]),
        ([0, 2, 1], {"classes": 3}, [0, 2, 1]),
        ([0, 2, 255], {"classes": 3, "ignore_label": 255}, [0, 2, 255]),
    ],
)
def test_what_mask_values_mean(tmp_path, values, rules, expected):
    assert labels(tmp_path, values, **rules) == expected


@pytest.mark.parametrize(
    ("values", "rules", "words"),
    [
        ([0, 1, 255], {}, ["0 (1 px), 1 (1 px), 255 (1 px)", "--ignore-label"]),
        ([0, 128, 128], {}, ["0 (1 px), 128 (2 px)", "--threshold 127"]),
        ([0, 1, 7], {"classes": 3}, ["7 (1 px)", "0 to 2", "--classes"]),
    ],
)
def test_values_that_the_rules_do_not_know_are_listed(tmp_path, values, rules, words):
    with pytest.raises(DataError) as error:
        labels(tmp_path, values, **rules)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_masks_saved_in_colour(tmp_path):
    gray = np.array([[0, 255]], np.uint8)
    path = save(tmp_path / "m.png", np.dstack([gray] * 3))
    assert read_mask(look(path)[0], MaskRules()).tolist() == [[0, 1]]
    path = save(tmp_path / "m.png", np.dstack([gray, gray, gray // 2]))
    with pytest.raises(DataError, match=r"m\.png is a coloured mask \(RGB\)"):
        read_mask(look(path)[0], MaskRules())


@pytest.mark.parametrize(
    "rules",
    [{"classes": 0}, {"classes": 3, "threshold": 5}, {"ignore_label": 1}, {"classes": 5, "ignore_label": 4}],
)
def test_rules_that_contradict_themselves(rules):
    with pytest.raises(OptionError):
        MaskRules(**rules)
