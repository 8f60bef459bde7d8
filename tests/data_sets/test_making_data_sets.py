from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import lmdb
import numpy as np
import pytest
from pictures import blobs, noise, pairs, save
from PIL import Image

import netgen
from netgen.data import DataSet, Options, prepare
from netgen.data.images import MaskRules
from netgen.data.lmdb_store import LmdbStore
from netgen.data.tiling import geometry
from netgen.data.weights import WeightRules
from netgen.errors import DataError, OptionError
from netgen.schema import caffe_pb2

SMALL = geometry((48, 40), (28, 20))


def made(tmp_path, sizes=((60, 50), (33, 70), (10, 12)), on=255, test=None, **options):
    images, masks = pairs(tmp_path, list(sizes), on)
    return prepare(images, masks, tmp_path / "data", Options(**{"geometry": SMALL, **options}), test=test)


def listed(folder, phase):
    return [Path(line) for line in (folder / f"{phase}.txt").read_text().splitlines()]


def contents(folder, phase="train"):
    """Return the arrays of all HDF5 files of a phase, one after the other."""
    files = [h5py.File(path) for path in listed(folder, phase)]
    return {name: np.concatenate([file[name][...] for file in files]) for name in files[0]}


def by_hand(image, mask, geom):
    """Return what the tiles of one image should hold, from a padded copy of it."""
    (ih, iw), (oh, ow) = geom.input_size, geom.output_size
    height, width = image.shape
    fill = [(max(0, o - n)) for o, n in zip((oh, ow), (height, width))]
    margins = [(m, m + f) for m, f in zip(geom.margin, fill)]

    def mirror(pixels, pads):
        # One pixel more at a time: NumPy before 2.0 goes wrong where it mirrors more than once.
        for axis, (before, after) in enumerate(pads):
            length = pixels.shape[axis]
            index = [
                abs((i + length - 1) % (2 * length - 2) - length + 1) for i in range(-before, length + after)
            ]
            pixels = np.take(pixels, index, axis)
        return pixels

    data, label = mirror(image, margins), mirror(mask, [(0, f) for f in fill])
    tops = [round(t) for t in np.linspace(0, max(0, height - oh), -(-height // oh))]
    lefts = [round(t) for t in np.linspace(0, max(0, width - ow), -(-width // ow))]
    return [
        (data[y : y + ih, x : x + iw] / np.float32(255), label[y : y + oh, x : x + ow] / 255)
        for y, x in itertools.product(tops, lefts)
    ]


def test_tiles_of_images_of_any_size(tmp_path):
    outcome = made(tmp_path, share=0)
    found = contents(outcome.folder, "test")
    sizes = ((60, 50), (33, 70), (10, 12))
    expected = [
        tile
        for number, size in enumerate(sizes)
        for tile in by_hand(noise(*size, number), blobs(*size, number), SMALL)
    ]
    assert found["data"].shape == (len(expected), 1, 48, 40)
    assert found["label"].shape == (len(expected), 1, 28, 20)
    assert found["data"].dtype == found["label"].dtype == np.float32
    for row, (data, label) in enumerate(expected):
        np.testing.assert_allclose(found["data"][row, 0], data, rtol=1e-6)
        assert np.array_equal(found["label"][row, 0], label)


def test_labels_outside_a_small_image_are_ignored_on_request(tmp_path):
    outcome = made(tmp_path, [(10, 12)], share=0, masks=MaskRules(ignore_label=200), weights=WeightRules())
    found = contents(outcome.folder, "test")
    label, weight = found["label"][0, 0], found["weight"][0, 0]
    assert np.array_equal(label[:10, :12], blobs(10, 12) / 255)
    assert (label[10:] == 200).all()
    assert (label[:, 12:] == 200).all()
    assert ((weight == 0) == (label == 200)).all()
    assert outcome.data.phases["test"].pixels["ignored"] == 28 * 20 - 10 * 12


def test_shuffling_keeps_every_sample_and_testing_keeps_the_order(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50), (33, 70), (40, 40)])
    folders = {}
    for shuffle in (True, False):
        options = Options(geometry=SMALL, share=1, shuffle=shuffle, megabytes=0.05)
        folders[shuffle] = prepare(images, masks, tmp_path / f"s{shuffle}", options).folder
    mixed, plain = (contents(folders[shuffle]) for shuffle in (True, False))
    places = [
        next(i for i, data in enumerate(plain["data"]) if np.array_equal(data, one)) for one in mixed["data"]
    ]
    assert sorted(places) == list(range(len(plain["data"])))
    assert places != sorted(places)
    assert np.array_equal(mixed["label"], plain["label"][places])


def test_one_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50)] * 4)

    def digest(name, seed):
        options = Options(geometry=SMALL, seed=seed, augment=2, jitter=0.1, relative_to=tmp_path / name)
        folder = prepare(images, masks, tmp_path / name / "data", options).folder
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    first = digest("a", 7)
    assert digest("b", 7) == first
    assert digest("c", 8)["train_00000.h5"] != first["train_00000.h5"]


def test_copies_are_flips_and_turns_of_the_tile(tmp_path):
    square = geometry((40, 40), (20, 20))
    outcome = made(tmp_path, [(20, 20)], share=1, augment=100, geometry=square, shuffle=False)
    found = contents(outcome.folder)
    assert len(found["data"]) == 101

    def variants(plane):
        turned = [np.rot90(plane, k) for k in range(4)]
        return turned + [t[:, ::-1] for t in turned]

    data, label = variants(found["data"][0, 0]), variants(found["label"][0, 0])
    seen = set()
    for row in range(101):
        (which,) = [i for i in range(8) if np.array_equal(found["data"][row, 0], data[i])]
        assert np.array_equal(found["label"][row, 0], label[which])
        seen.add(which)
    assert seen == set(range(8))


def test_oblong_tiles_turn_by_half_turns_and_held_out_tiles_not_at_all(tmp_path):
    outcome = made(tmp_path, [(28, 20)] * 2, share=0.5, augment=12)
    assert outcome.data.phases["train"].samples == 13
    assert outcome.data.phases["test"].samples == 1
    first, *rest = sorted(contents(outcome.folder)["label"][:, 0].tolist())
    flips = [np.array(first), np.array(first)[::-1], np.array(first)[:, ::-1], np.array(first)[::-1, ::-1]]
    assert all(any(np.array_equal(one, flip) for flip in flips) for one in rest)


def test_jitter_changes_contrast_and_brightness_alone(tmp_path):
    images = save(tmp_path / "i.png", np.arange(80, 144, dtype=np.uint8).reshape(4, 16).repeat(4, 0))
    masks = save(tmp_path / "m.png", blobs(16, 16))
    plain = geometry((16, 16), (16, 16))
    options = Options(geometry=plain, share=1, augment=30, jitter=0.2, shuffle=False)
    found = contents(prepare(str(images), str(masks), tmp_path / "data", options).folder)
    original = np.sort(found["data"][0].ravel())
    gains = []
    for copy in found["data"][1:]:
        gain, offset = np.polyfit(original, np.sort(copy.ravel()), 1)
        np.testing.assert_allclose(np.sort(copy.ravel()), gain * original + offset, atol=1e-5)
        assert abs(gain - 1) <= 0.2
        assert abs(offset) <= 0.2
        gains.append(gain)
    assert np.ptp(gains) > 0.2


def test_jitter_stays_in_the_range_of_the_pictures(tmp_path):
    outcome = made(tmp_path, [(60, 50)], share=1, augment=10, jitter=0.9)
    data = contents(outcome.folder)["data"]
    assert data.min() == 0
    assert data.max() == 1


def test_files_are_bounded_and_listed_in_order(tmp_path):
    outcome = made(tmp_path, [(60, 50)] * 5, share=1, megabytes=0.1)
    row = 4 * (48 * 40 + 28 * 20)
    counts = [len(h5py.File(path)["data"]) for path in listed(outcome.folder, "train")]
    assert counts[:-1] == [100_000 // row] * (len(counts) - 1)
    assert sum(counts) == outcome.data.phases["train"].samples == 5 * 9
    assert max(counts) * row <= 100_000
    assert [path.name for path in listed(outcome.folder, "train")] == [
        f"train_{n:05d}.h5" for n in range(len(counts))
    ]


def test_a_sample_larger_than_the_limit_still_gets_a_file(tmp_path):
    outcome = made(tmp_path, [(28, 20)], share=1, megabytes=0.0001)
    assert len(listed(outcome.folder, "train")) == 1


def test_gzip_makes_files_smaller_and_keeps_values(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50)] * 2)
    sets = [
        prepare(images, masks, tmp_path / f"g{g}", Options(geometry=SMALL, share=1, gzip=g)).folder
        for g in (0, 9)
    ]
    sizes = [(folder / "train_00000.h5").stat().st_size for folder in sets]
    assert sizes[1] < sizes[0]
    plain, packed = map(contents, sets)
    assert all(np.array_equal(plain[name], packed[name]) for name in plain)


def test_the_scale_follows_the_range_of_the_pictures(tmp_path):
    deep = (noise(30, 30).astype(np.uint16)) * 257
    (tmp_path / "i").mkdir()
    Image.fromarray(deep).save(tmp_path / "i" / "a.png")
    save(tmp_path / "m" / "a.png", blobs(30, 30))
    arguments = str(tmp_path / "i"), str(tmp_path / "m"), tmp_path / "data"
    outcome = prepare(*arguments, Options(geometry=SMALL, share=1))
    assert outcome.data.scale == 1 / 65535
    assert contents(outcome.folder)["data"].max() == pytest.approx(deep.max() / 65535)
    save(tmp_path / "i" / "b.png", noise(30, 30))
    save(tmp_path / "m" / "b.png", blobs(30, 30))
    with pytest.raises(DataError, match=r"b\.png \(up to 255\) and .*a\.png \(up to 65535\)"):
        prepare(*arguments, Options(geometry=SMALL, share=1, force=True))
    outcome = prepare(*arguments, Options(geometry=SMALL, share=1, scale=0.5, force=True))
    assert contents(outcome.folder)["data"].max() == deep.max() / 2


def test_classes_as_indexes_and_one_channel_each(tmp_path):
    values = np.array([[0, 1, 2, 255]], np.uint8).repeat(4, 0)
    image, mask = save(tmp_path / "i.png", noise(4, 4)), save(tmp_path / "m.png", values)
    rules = MaskRules(classes=3, ignore_label=255)
    shared = {"geometry": geometry((4, 4), (4, 4)), "masks": rules, "share": 1.0, "weights": WeightRules()}
    index = prepare(str(image), str(mask), tmp_path / "a", Options(**shared))
    assert np.array_equal(contents(index.folder)["label"][0, 0], values)
    hot = prepare(str(image), str(mask), tmp_path / "b", Options(**shared, one_hot=True))
    found = contents(hot.folder)
    expected = np.array([[1, 0, 0, 255], [0, 1, 0, 255], [0, 0, 1, 255]])[:, None, :].repeat(4, 1)
    assert np.array_equal(found["label"][0], expected)
    assert found["weight"].shape == (1, 3, 4, 4)
    assert index.data.phases["train"].pixels == hot.data.phases["train"].pixels
    assert index.data.phases["train"].pixels == {"0": 4, "1": 4, "2": 4, "ignored": 4}


def test_weights_are_balanced_over_the_training_masks(tmp_path):
    outcome = made(tmp_path, [(60, 50), (56, 40)], share=0.5, weights=WeightRules(border=0), seed=1)
    train, test = contents(outcome.folder, "train"), contents(outcome.folder, "test")
    assert train["weight"].shape == train["label"].shape
    (name,) = outcome.data.phases["train"].images
    mask = np.asarray(Image.open(name.replace("images", "masks"))) > 0
    for found in (train, test):
        for label, share in ((0, 1 - mask.mean()), (1, mask.mean())):
            np.testing.assert_allclose(found["weight"][found["label"] == label], 1 / (2 * share), rtol=1e-6)


def test_held_out_images_of_their_own(tmp_path):
    test = pairs(tmp_path / "other", [(28, 20)] * 2)
    outcome = made(tmp_path, [(60, 50)], test=test)
    assert outcome.data.phases["train"].samples == 9
    assert outcome.data.phases["test"].samples == 2
    with pytest.raises(DataError, match=r"both trained with and held out: .*p000\.png"):
        made(tmp_path, [(60, 50)], test=(str(tmp_path / "images"), str(tmp_path / "masks")), force=True)


# Formats --------------------------------------------------------------------------------------------------------------


def records(path):
    with lmdb.open(str(path), readonly=True, lock=False) as environment, environment.begin() as transaction:
        return [(key, caffe_pb2.Datum.FromString(value)) for key, value in transaction.cursor()]


def datum(record):
    shape = (record.channels, record.height, record.width)
    if record.data:
        return np.frombuffer(record.data, np.uint8).reshape(shape).astype(np.float32)
    return np.array(record.float_data, np.float32).reshape(shape)


def test_lmdbs_hold_what_hdf5_holds_before_scaling(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50), (33, 70)])
    shared = {"geometry": SMALL, "shuffle": False, "share": 1.0, "weights": WeightRules()}
    plain = contents(prepare(images, masks, tmp_path / "h", Options(**shared)).folder)
    outcome = prepare(images, masks, tmp_path / "l", Options(**shared, format="lmdb"))
    assert outcome.data.layer_scale == outcome.data.scale == 1 / 255
    found = {}
    for blob, source in outcome.data.phases["train"].sources.items():
        entries = records(outcome.folder / source)
        assert [key for key, _ in entries] == [b"%010d" % n for n in range(len(plain["data"]))]
        found[blob] = np.stack([datum(record) for _, record in entries])
    np.testing.assert_allclose(found["data"] / 255, plain["data"], rtol=1e-6)
    assert np.array_equal(found["label"], plain["label"])
    assert np.array_equal(found["weight"], plain["weight"])


def test_an_lmdb_grows_beyond_its_first_map(tmp_path, monkeypatch):
    monkeypatch.setattr("netgen.data.lmdb_store._FIRST_MAP", 2**16)
    monkeypatch.setattr("netgen.data.lmdb_store._BATCH_BYTES", 2**15)
    store = LmdbStore(tmp_path, "train", {"data": (1, 100, 100)}, whole=True)
    for place in (3, 0, 2, 1, *range(4, 40)):
        store.put(place, {"data": np.full((1, 100, 100), place, np.float32)})
    store.finish()
    found = [datum(record)[0, 0, 0] for _, record in records(tmp_path / "train_data.lmdb")]
    assert found == list(range(40))


def test_labels_that_are_no_bytes_and_deep_pictures_become_floats(tmp_path):
    store = LmdbStore(tmp_path, "test", {"data": (1, 1, 2), "label": (1, 1, 2)}, whole=False)
    store.put(0, {"data": np.array([[[0.5, 700]]], np.float32), "label": np.array([[[-1, 1]]], np.float32)})
    store.finish()
    assert datum(records(tmp_path / "test_data.lmdb")[0][1]).tolist() == [[[0.5, 700]]]
    assert datum(records(tmp_path / "test_label.lmdb")[0][1]).tolist() == [[[-1, 1]]]


def test_pngs_for_image_data(tmp_path):
    save(tmp_path / "i" / "a.png", noise(30, 30, channels=3))
    save(tmp_path / "m" / "a.png", blobs(30, 30, on=1))
    options = Options(geometry=SMALL, share=0, format="image", colour="bgr", relative_to=tmp_path)
    outcome = prepare(str(tmp_path / "i"), str(tmp_path / "m"), tmp_path / "data", options)
    lines = (outcome.folder / "test_data.txt").read_text().splitlines()
    assert lines == [f"data/test_data/{n:08d}.png 0" for n in range(4)]
    tile = np.asarray(Image.open(tmp_path / lines[0].split()[0]))
    assert np.array_equal(tile[10:38, 10:30], noise(30, 30, channels=3)[:28, :20])
    mask = np.asarray(Image.open(outcome.folder / "test_label" / "00000000.png"))
    assert np.array_equal(mask, blobs(30, 30)[:28, :20])
    assert (outcome.data.layer_scale, outcome.data.label_scale) == (1 / 255, 1 / 255)


def test_lists_for_the_python_layer(tmp_path):
    outcome = made(tmp_path, format="python", share=0.67, relative_to=tmp_path)
    lines = [line.split("\t") for phase in ("train", "test") for line in listed_lines(outcome.folder, phase)]
    assert sorted(lines) == [[f"images/p{n:03d}.png", f"masks/p{n:03d}.png"] for n in range(3)]
    assert all((tmp_path / name).is_file() for line in lines for name in line)


def listed_lines(folder, phase):
    return (folder / f"{phase}.txt").read_text().splitlines()


# Names in lists -------------------------------------------------------------------------------------------------------


def test_listed_paths_are_absolute_relative_or_relative_to_the_bundle(tmp_path):
    images, masks = pairs(tmp_path, [(28, 20)])

    def names(output, **options):
        folder = prepare(images, masks, output, Options(geometry=SMALL, share=1, **options)).folder
        return listed_lines(folder, "train")

    assert names(tmp_path / "a") == [str(tmp_path.resolve() / "a" / "train_00000.h5")]
    assert names(tmp_path / "b", relative_to=tmp_path / "x" / "y") == ["../../b/train_00000.h5"]
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "solver.prototxt").touch()
    assert names(tmp_path / "bundle" / "data") == ["data/train_00000.h5"]


def test_a_blank_in_a_listed_name_is_refused_before_anything_is_written(tmp_path):
    images, masks = pairs(tmp_path, [(28, 20)])
    options = Options(geometry=SMALL, share=1)
    with pytest.raises(DataError, match="reads names up to the first blank"):
        prepare(images, masks, tmp_path / "my data", options)
    assert not (tmp_path / "my data").exists()


# The folder -----------------------------------------------------------------------------------------------------------


def entries(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_manifest_reads_back_and_names_every_file(tmp_path):
    outcome = made(tmp_path, format="lmdb")
    assert DataSet.read(outcome.folder) == outcome.data
    assert outcome.data.files == entries(outcome.folder)
    content = json.loads((outcome.folder / "data.json").read_text())
    content["fromat"] = content.pop("format")
    (outcome.folder / "data.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match="format, fromat"):
        DataSet.read(outcome.folder)
    with pytest.raises(DataError, match=r"is no data set: it has no data\.json"):
        DataSet.read(tmp_path)


def test_an_earlier_data_set_is_replaced_by_force_alone(tmp_path):
    made(tmp_path, share=1)
    with pytest.raises(DataError, match="holds a data set already\n  mend: give --force"):
        made(tmp_path, share=1)
    outcome = made(tmp_path, share=0, force=True)
    assert entries(outcome.folder) == ["data.json", "test.txt", "test_00000.h5"]
    assert entries(tmp_path) == ["data", "images", "masks"]


def test_what_others_wrote_is_never_deleted(tmp_path):
    outcome = made(tmp_path)
    (outcome.folder / "thesis.tex").touch()
    with pytest.raises(DataError, match=r"would delete them: thesis\.tex"):
        made(tmp_path, force=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    images, masks = pairs(tmp_path, [(28, 20)])
    for output, words in (
        ("other", "no data set of netgen's: thesis.tex"),
        ("other/thesis.tex", "is a file"),
    ):
        with pytest.raises(DataError, match=words):
            prepare(images, masks, tmp_path / output, Options(geometry=SMALL, share=1, force=True))
    assert entries(tmp_path / "other") == ["thesis.tex"]


@pytest.mark.parametrize("form", ["hdf5", "lmdb", "image"])
def test_a_failure_halfway_leaves_the_old_or_nothing(tmp_path, form):
    outcome = made(tmp_path, [(28, 20)] * 3, share=1, format=form)
    before = {path: path.read_bytes() for path in outcome.folder.rglob("*") if path.is_file()}
    save(tmp_path / "masks" / "p001.png", noise(28, 20))
    images, masks = str(tmp_path / "images"), str(tmp_path / "masks")
    for output in (outcome.folder, tmp_path / "new"):
        with pytest.raises(DataError, match=r"p001\.png is no mask"):
            prepare(images, masks, output, Options(geometry=SMALL, share=1, format=form, force=True))
    assert {path: path.read_bytes() for path in outcome.folder.rglob("*") if path.is_file()} == before
    assert entries(tmp_path) == ["data", "images", "masks"]


def run(folder, code, *arguments):
    """Run Python in a process of its own, with this netgen."""
    there = os.pathsep.join([str(Path(netgen.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": there},
        check=False,
        capture_output=True,
        text=True,
    )


KILLED = """
import os, signal, sys
from pathlib import Path
from netgen.data import Options, prepare
from netgen.data.tiling import geometry
at = int(sys.argv[1])
count = 0
def kill(what, done, total):
    global count
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGKILL)
prepare("images", "masks", Path("data"), Options(geometry=geometry((48, 40), (28, 20)), share=0.5, force=True), progress=kill)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_leaves_the_old_and_the_next_run_tells_of_it(tmp_path):
    outcome = made(tmp_path, [(60, 50)] * 2, share=1)
    before = {path: path.read_bytes() for path in outcome.folder.rglob("*") if path.is_file()}
    for at in (1, 6, 14):
        process = run(tmp_path, KILLED, str(at))
        assert process.returncode == -signal.SIGKILL
        assert {path: path.read_bytes() for path in outcome.folder.rglob("*") if path.is_file()} == before
    again = made(tmp_path, [(60, 50)] * 2, share=1, force=True)
    assert len(again.leftovers) == 3
    assert all(path.name.startswith(".data.") and path.is_dir() for path in again.leftovers)


MEASURED = """
import resource, sys
from pathlib import Path
from netgen.data import Options, prepare
from netgen.data.tiling import geometry
form, count, augment = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sizes = geometry((188, 188), (100, 100))
options = Options(format=form, geometry=sizes, share=1, megabytes=4, augment=augment)
prepare(f"images/p00[0-{count}].png", f"masks/p00[0-{count}].png", Path(f"{form}{count}"), options)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no getrusage")
@pytest.mark.parametrize(("form", "augment"), [("hdf5", 1), ("lmdb", 5)])
def test_memory_does_not_grow_with_the_data_set(tmp_path, form, augment):
    pairs(tmp_path, [(400, 900)] * 10)
    peaks = []
    for count in (0, 9):
        process = run(tmp_path, MEASURED, form, str(count), str(augment))
        assert process.returncode == 0, process.stderr
        peaks.append(int(process.stdout))
    written = sum(path.stat().st_size for path in (tmp_path / f"{form}9").rglob("*")) / 1024
    assert peaks[1] - peaks[0] < written / 4, f"{peaks} KB for {written:.0f} KB of files"


# Options --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "hdf"}, "did you mean hdf5"),
        ({"colour": "grey"}, "gray, rgb, bgr"),
        ({"scale": 0.0}, "other than 0"),
        ({"augment": -1}, "0 or more"),
        ({"augment": 1, "jitter": 1.0}, "below 1"),
        ({"jitter": 0.1}, "give --augment"),
        ({"seed": -1}, "seed"),
        ({"one_hot": True}, "give --classes"),
        ({"format": "python", "augment": 3}, "the layer itself does this"),
        ({"format": "python", "weights": WeightRules()}, "take the format hdf5 or lmdb"),
        ({"format": "image", "colour": "rgb"}, "take bgr"),
        ({"format": "image", "weights": WeightRules()}, "hdf5 or lmdb"),
        ({"format": "image", "masks": MaskRules(ignore_label=255)}, "cannot hold the ignored label"),
    ],
)
def test_options_that_contradict_each_other(options, words):
    with pytest.raises(OptionError, match=words):
        Options(**options)


@pytest.mark.parametrize("limits", [{"megabytes": 0.0}, {"gzip": 10}])
def test_limits_of_hdf5_files(tmp_path, limits):
    with pytest.raises(OptionError):
        made(tmp_path, share=1, **limits)


def test_a_missing_package_is_named_with_the_extra_that_brings_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DataError) as error:
        made(tmp_path)
    assert "writing HDF5 files needs the package h5py" in str(error.value)
    assert "pip install 'caffe-netgen[data]'" in str(error.value)
    assert not (tmp_path / "data").exists()


def test_progress_counts_every_sample(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50)] * 2)
    told = []
    options = Options(geometry=SMALL, share=0.5, weights=WeightRules())
    prepare(images, masks, tmp_path / "data", options, progress=lambda *news: told.append(news))
    assert [done for what, done, _ in told if what == "writing train samples"] == list(range(10))
    assert {total for what, _, total in told if what == "writing test samples"} == {9}
    assert told[0] == ("counting classes", 0, 1)
