"""Real Caffe reads the data sets: shapes, values, order, and the two scales that ``data.json`` names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from pictures import blobs, noise, pairs, save

from netgen.data import Options, prepare
from netgen.data.images import MaskRules
from netgen.data.tiling import geometry
from netgen.data.weights import WeightRules

pytestmark = pytest.mark.caffe

SMALL = geometry((48, 40), (28, 20))

# A file that Caffe does not take ends the process, so that it is not this one.
READ = """
import sys
import caffe
import numpy as np
net = caffe.Net("net.prototxt", caffe.TEST)
batches = {name: [] for name in net.blobs}
for _ in range(int(sys.argv[1])):
    net.forward()
    for name, blob in net.blobs.items():
        batches[name].append(blob.data.copy())
np.savez("read.npz", **{name: np.stack(found) for name, found in batches.items()})
"""


def attempt(folder: Path, layers: str, batches: int = 1) -> subprocess.CompletedProcess[str]:
    (folder / "net.prototxt").write_text(layers)
    return subprocess.run(
        [sys.executable, "-c", READ, str(batches)], cwd=folder, check=False, capture_output=True, text=True
    )


def read(folder: Path, layers: str, batches: int = 1) -> dict[str, np.ndarray]:
    """Return each blob of a net for some batches, B x N x C x H x W."""
    process = attempt(folder, layers, batches)
    assert process.returncode == 0, process.stderr
    return dict(np.load(folder / "read.npz"))


def rows(found):
    """Return batches one after the other."""
    return found.reshape(-1, *found.shape[2:])


def stored(folder, phase="train"):
    """Return the samples of HDF5 files as h5py reads them."""
    files = [h5py.File(line) for line in (folder / f"{phase}.txt").read_text().splitlines()]
    return {name: np.concatenate([file[name][...] for file in files]) for name in files[0]}


@pytest.fixture
def folders(tmp_path):
    return pairs(tmp_path, [(60, 50), (33, 70)])


def hdf5(source, tops, batch):
    names = " ".join(f'top: "{top}"' for top in tops)
    return f'layer {{ name: "d" type: "HDF5Data" {names} hdf5_data_param {{ source: "{source}" batch_size: {batch} }} }}'


@pytest.mark.parametrize("gzip", [0, 4])
def test_hdf5_data_over_several_files(tmp_path, folders, gzip):
    options = Options(geometry=SMALL, share=1, weights=WeightRules(), megabytes=0.06, gzip=gzip)
    outcome = prepare(*folders, tmp_path / "data", options)
    expected = stored(outcome.folder)
    count = outcome.data.phases["train"].samples
    assert len((outcome.folder / "train.txt").read_text().splitlines()) > 2
    found = read(tmp_path, hdf5(outcome.folder / "train.txt", ["data", "label", "weight"], 3), batches=count)
    for blob in ("data", "label", "weight"):
        assert found[blob].shape[1:] == (3, *expected[blob].shape[1:])
        # Three times round, so that the way from the last file to the first is shown too.
        assert np.array_equal(rows(found[blob]), np.concatenate([expected[blob]] * 3))


def test_paths_relative_to_where_caffe_runs(tmp_path, folders):
    outcome = prepare(*folders, tmp_path / "data", Options(geometry=SMALL, share=1, relative_to=tmp_path))
    found = read(tmp_path, hdf5("data/train.txt", ["data", "label"], 2))
    assert np.array_equal(found["data"][0], stored_from(tmp_path, outcome)["data"][:2])


def stored_from(start, outcome):
    (line,) = (outcome.folder / "train.txt").read_text().splitlines()
    with h5py.File(start / line) as file:
        return {name: file[name][...] for name in file}


def test_hdf5_data_reads_names_up_to_a_blank(tmp_path, folders):
    """Why a blank in a listed name is refused."""
    outcome = prepare(*folders, tmp_path / "data", Options(geometry=SMALL, share=1))
    (tmp_path / "my data").mkdir()
    (outcome.folder / "train_00000.h5").rename(tmp_path / "my data" / "train.h5")
    (tmp_path / "train.txt").write_text(f"{tmp_path}/my data/train.h5\n")
    process = attempt(tmp_path, hdf5("train.txt", ["data", "label"], 1))
    assert process.returncode < 0
    assert "/my" in process.stderr


def database(outcome, blob, top, batch, phase="train"):
    source = outcome.folder / outcome.data.phases[phase].sources[blob]
    scale = f"transform_param {{ scale: {outcome.data.layer_scale!r} }}" if blob == "data" else ""
    return (
        f'layer {{ name: "{top}" type: "Data" top: "{top}" {scale} '
        f'data_param {{ source: "{source}" batch_size: {batch} backend: LMDB }} }}\n'
    )


def test_lmdb_gives_what_hdf5_gives(tmp_path, folders):
    shared = {"geometry": SMALL, "share": 1.0, "weights": WeightRules()}
    expected = stored(prepare(*folders, tmp_path / "h", Options(**shared)).folder)
    outcome = prepare(*folders, tmp_path / "l", Options(**shared, format="lmdb"))
    count = outcome.data.phases["train"].samples
    layers = "".join(database(outcome, blob, blob, 1) for blob in ("data", "label", "weight"))
    found = {name: rows(batches) for name, batches in read(tmp_path, layers, batches=count).items()}
    # Both are shuffled, each in its own spans.
    order = [int(np.abs(expected["data"] - data).max(axis=(1, 2, 3)).argmin()) for data in found["data"]]
    assert sorted(order) == list(range(count))
    np.testing.assert_allclose(found["data"], expected["data"][order], rtol=1e-6)
    assert np.array_equal(found["label"], expected["label"][order])
    assert np.array_equal(found["weight"], expected["weight"][order])


def test_lmdb_of_sixteen_bits_and_ignored_labels(tmp_path):
    deep = noise(28, 20).astype(np.uint16) * 257
    values = (blobs(28, 20, on=1)).astype(np.uint8)
    values[:3] = 9
    image, mask = save(tmp_path / "i.png", deep), save(tmp_path / "m.png", values)
    rules = MaskRules(ignore_label=9)
    options = Options(geometry=geometry((28, 20), (28, 20)), share=1, format="lmdb", masks=rules)
    outcome = prepare(str(image), str(mask), tmp_path / "data", options)
    found = read(tmp_path, database(outcome, "data", "data", 1) + database(outcome, "label", "label", 1))
    np.testing.assert_allclose(found["data"][0, 0, 0], deep / 65535, rtol=1e-6)
    assert np.array_equal(found["label"][0, 0, 0], values)


@pytest.mark.parametrize("colour", ["gray", "bgr"])
def test_image_data_gives_what_hdf5_gives(tmp_path, colour):
    for number in range(2):
        save(tmp_path / "i" / f"{number}.png", noise(40, 30, number, channels=1 if colour == "gray" else 3))
        save(tmp_path / "m" / f"{number}.png", blobs(40, 30, number))
    shared = {"geometry": SMALL, "share": 0.0, "colour": colour}
    folders = str(tmp_path / "i"), str(tmp_path / "m")
    expected = stored(prepare(*folders, tmp_path / "h", Options(**shared)).folder, "test")
    outcome = prepare(*folders, tmp_path / "p", Options(**shared, format="image"))
    sources = outcome.data.phases["test"].sources
    layers = ""
    for blob, scale in (("data", outcome.data.layer_scale), ("label", outcome.data.label_scale)):
        is_color = "true" if blob == "data" and colour == "bgr" else "false"
        layers += (
            f'layer {{ name: "{blob}" type: "ImageData" top: "{blob}" top: "{blob}_class" '
            f"transform_param {{ scale: {scale!r} }} image_data_param {{ "
            f'source: "{outcome.folder / sources[blob]}" batch_size: 1 is_color: {is_color} }} }}\n'
        )
    found = read(tmp_path, layers, batches=outcome.data.phases["test"].samples)
    for blob in ("data", "label"):
        np.testing.assert_allclose(rows(found[blob]), expected[blob], rtol=1e-6)
