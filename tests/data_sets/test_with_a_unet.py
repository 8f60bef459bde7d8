"""A U-Net's bundle and a data set made beside it go together as they are, whatever the data source."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pictures import pairs

from netgen.cli.main import run

pytestmark = pytest.mark.caffe

FORWARD = """
import sys
import caffe
import numpy as np
found = {}
for phase in ("TRAIN", "TEST"):
    net = caffe.Net("train.prototxt", getattr(caffe, phase))
    for _ in range(2):
        net.forward()
    for name, blob in net.blobs.items():
        found[f"{phase}/{name}"] = blob.data.copy()
np.savez("read.npz", **found)
"""


@pytest.mark.parametrize("source", ["hdf5", "lmdb", "image", "python"])
def test_the_bundle_reads_the_data_beside_it(tmp_path, source):
    images, masks = pairs(tmp_path, [(60, 50), (33, 70), (40, 40)])
    bundle = tmp_path / "bundle"
    size = ["--size", "44", "--depth", "2"]
    assert run(["unet", "-o", str(bundle), *size, "--base", "2", "--batch-size", "2", "--data", source]) == 0
    assert run(["prepare", images, masks, "-o", str(bundle / "data"), *size, "--format", source]) == 0
    process = subprocess.run(
        [sys.executable, "-c", FORWARD], cwd=bundle, check=False, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    found = dict(np.load(bundle / "read.npz"))
    for phase in ("TRAIN", "TEST"):
        data, label = found[f"{phase}/data"], found[f"{phase}/label"]
        assert data.shape == (2, 1, 44, 44)
        assert label.shape == (2, 1, 4, 4)
        assert 0 <= data.min() < 0.1
        assert 0.9 < data.max() <= 1
        assert set(np.unique(label)) == {0, 1}
    assert 0 < found["TRAIN/loss_opt"] < 10


def test_a_weight_map_reaches_the_loss(tmp_path):
    images, masks = pairs(tmp_path, [(60, 50), (33, 70)])
    bundle = tmp_path / "bundle"
    size = ["--size", "44", "--depth", "2"]
    assert run(["unet", "-o", str(bundle), *size, "--base", "2", "--weight-map"]) == 0
    assert run(["prepare", images, masks, "-o", str(bundle / "data"), *size, "--weight-map"]) == 0
    process = subprocess.run(
        [sys.executable, "-c", FORWARD], cwd=bundle, check=False, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    found = dict(np.load(bundle / "read.npz"))
    weight, label = found["TRAIN/weight"], found["TRAIN/label"]
    assert weight.shape == label.shape
    assert weight[label == 0].max() > weight[label == 1].min()
    assert np.isfinite(found["TRAIN/loss_opt"])
