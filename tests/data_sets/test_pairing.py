from __future__ import annotations

import pytest
from pictures import blobs, noise, pairs, save
from PIL import Image

from netgen.data.pairs import match, split
from netgen.errors import DataError, OptionError


def names(found):
    return [(pair.image.path.name, pair.mask.path.name) for pair in found]


def made(folder, images, masks):
    for where, files in (("images", images), ("masks", masks)):
        (folder / where).mkdir()
        for name in files:
            save(folder / where / name, noise(4, 5) if where == "images" else blobs(4, 5))
    return str(folder / "images"), str(folder / "masks")


def test_pairs_by_stem_whatever_the_ending(tmp_path):
    images, masks = made(tmp_path, ["b.jpg", "a.png", ".hidden.png"], ["a.bmp", "b.png"])
    (tmp_path / "images" / "notes.md").write_text("not a picture")
    assert names(match(images, masks)[0]) == [("a.png", "a.bmp"), ("b.jpg", "b.png")]


def test_patterns_list_files_and_single_files(tmp_path):
    images, masks = made(tmp_path, ["a.png", "b.png", "c.png"], ["a.png", "b.png", "x.png"])
    assert names(match(f"{images}/[ab].png", f"{masks}/[ab].png")[0]) == [
        ("a.png", "a.png"),
        ("b.png", "b.png"),
    ]
    (tmp_path / "i.txt").write_text("images/c.png\nimages/a.png\n")
    (tmp_path / "m.txt").write_text("masks/x.png\n\nmasks/a.png\n")
    by_line, _ = match(str(tmp_path / "i.txt"), str(tmp_path / "m.txt"))
    assert names(by_line) == [("c.png", "x.png"), ("a.png", "a.png")]
    assert names(match(f"{images}/c.png", f"{masks}/x.png")[0]) == [("c.png", "x.png")]


def test_masks_with_names_of_their_own(tmp_path):
    images, masks = made(tmp_path, ["a.png", "b.png"], ["a_mask.png", "b_mask.png"])
    with pytest.raises(DataError, match=r"give --mask-name '\{stem\}_mask'"):
        match(images, masks)
    assert names(match(images, masks, mask_name="{stem}_mask")[0]) == [
        ("a.png", "a_mask.png"),
        ("b.png", "b_mask.png"),
    ]


def test_what_has_no_counterpart_is_named_with_its_nearest(tmp_path):
    images, masks = made(tmp_path, ["cell1.png", "cell2.png", "plate.png"], ["cell1.png", "cell_2.png"])
    with pytest.raises(DataError) as error:
        match(images, masks)
    assert str(error.value) == (
        "2 of 3 images have no mask: cell2.png (nearest mask: cell_2.png), plate.png; "
        "1 of 2 masks have no image: cell_2.png\n  mend: give --skip-unmatched to go on with the rest"
    )
    found, left_out = match(images, masks, skip_unmatched=True)
    assert names(found) == [("cell1.png", "cell1.png")]
    assert [name.rsplit("/", 1)[1] for name in left_out] == ["cell2.png", "plate.png", "cell_2.png"]


def test_two_files_of_one_stem(tmp_path):
    images, masks = made(tmp_path, ["a.png", "a.bmp"], ["a.png"])
    with pytest.raises(DataError, match=r"a\.bmp and .*a\.png have the same stem"):
        match(images, masks)


def test_every_pair_of_different_sizes_is_named(tmp_path):
    images, masks = pairs(tmp_path, [(4, 5), (6, 7), (8, 9)])
    save(tmp_path / "masks" / "p000.png", blobs(5, 4))
    save(tmp_path / "masks" / "p002.png", blobs(8, 10))
    with pytest.raises(DataError) as error:
        match(images, masks)
    for words in (
        "p000.png is 4 x 5 and",
        "p000.png is 5 x 4",
        "p002.png is 8 x 9 and",
        "p002.png is 8 x 10",
    ):
        assert words in str(error.value)
    assert "p001" not in str(error.value)


def test_stacks_pair_picture_by_picture(tmp_path):
    for name, make in (("volume.tif", noise), ("labels.tif", blobs)):
        first, *rest = [Image.fromarray(make(6, 5, seed)) for seed in range(3)]
        first.save(tmp_path / name, save_all=True, append_images=rest)
    found, _ = match(str(tmp_path / "volume.tif"), str(tmp_path / "labels.tif"))
    assert [(pair.image.frame, pair.mask.frame) for pair in found] == [(0, 0), (1, 1), (2, 2)]
    Image.fromarray(blobs(6, 5)).save(tmp_path / "labels.tif")
    with pytest.raises(DataError, match=r"holds 3 pictures and .* holds 1"):
        match(str(tmp_path / "volume.tif"), str(tmp_path / "labels.tif"))


def test_lists_of_different_lengths(tmp_path):
    made(tmp_path, ["a.png", "b.png"], ["a.png"])
    (tmp_path / "i.txt").write_text("images/a.png\nimages/b.png\n")
    (tmp_path / "m.txt").write_text("masks/a.png\n")
    with pytest.raises(DataError, match=r"has 2 images and .* has 1 masks"):
        match(str(tmp_path / "i.txt"), str(tmp_path / "m.txt"))


def test_nothing_there(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    (tmp_path / "list.txt").write_text("\n")
    for source, words in {
        "empty": "holds no pictures; it is empty",
        "outer": "it has the folders inner",
        "list.txt": "is empty",
        "emtpy": "did you mean .*empty",
        "*.gif": "no file matches",
    }.items():
        with pytest.raises(DataError, match=words):
            match(str(tmp_path / source), str(tmp_path / "empty"))


def test_a_split_is_by_image_and_repeats(tmp_path):
    found, _ = match(*pairs(tmp_path, [(4, 5)] * 10))
    train, test = split(found, 0.7, seed=3)
    assert len(train) == 7
    assert names(sorted(train + test, key=lambda pair: pair.image.path)) == names(found)
    assert split(found, 0.7, seed=3) == (train, test)
    assert split(found, 0.7, seed=4) != (train, test)
    # Frozen: whoever held these images out once must never train with them later.
    assert [pair.image.path.stem for pair in test] == ["p000", "p003", "p008"]


def test_both_sides_of_a_split_get_something(tmp_path):
    found, _ = match(*pairs(tmp_path, [(4, 5)] * 3))
    assert [len(side) for side in split(found, 0.99, 0)] == [2, 1]
    assert [len(side) for side in split(found, 0.01, 0)] == [1, 2]
    assert [len(side) for side in split(found, 1, 0)] == [3, 0]
    assert [len(side) for side in split(found, 0, 0)] == [0, 3]
    with pytest.raises(DataError, match="one image cannot be split"):
        split(found[:1], 0.8, 0)
    with pytest.raises(OptionError, match="from 0 to 1"):
        split(found, 80, 0)
