"""U-Net in real Caffe: every value of every option is loaded in TRAIN, in TEST and as the deploy net, and runs."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forked_caffe import judge

import netgen as ng
from netgen import resources
from netgen.cli.main import run
from netgen.graph import filter_net
from netgen.networks import unet

pytestmark = pytest.mark.caffe

SMALL = {"depth": 1, "base": 2, "size": 20}
LAYERS = resources.layers_folder()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, gray and coloured, with masks of 0 and 255, of three classes, and with a value to ignore."""
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.RandomState(0)
    made = {
        "gray": lambda: random.randint(0, 256, (24, 24)),
        "coloured": lambda: random.randint(0, 256, (24, 24, 3)),
        "masks": lambda: random.randint(0, 2, (24, 24)) * 255,
        "classes": lambda: random.randint(0, 3, (24, 24)),
        "ignoring": lambda: random.choice([0, 1, 9], (24, 24)),
        "classes_ignoring": lambda: random.choice([0, 1, 2, 9], (24, 24)),
    }
    for kind, pixels in made.items():
        (folder / kind).mkdir()
        for number in range(4):
            image.fromarray(pixels().astype(np.uint8)).save(folder / kind / f"{number}.png")
    return folder


class Data:
    """Data sets made by ``netgen prepare``, each once."""

    def __init__(self, pictures: Path, folder: Path) -> None:
        self._pictures = pictures
        self._folder = folder
        self._made: dict[tuple[str, ...], Path] = {}

    def of(self, source: str, images: str, masks: str, *words: str) -> Path:
        key = (source, images, masks, *words)
        if key not in self._made:
            folder = self._folder / f"set{len(self._made)}"
            command = [
                "prepare",
                str(self._pictures / images),
                str(self._pictures / masks),
                "--format",
                source,
            ]
            command += ["-o", str(folder), "--depth", "1", "--relative-to", str(self._folder), *words]
            said = io.StringIO()
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                assert run(command) == 0, said.getvalue()
            self._made[key] = folder
        return self._made[key]


@pytest.fixture(scope="session")
def data(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Data:
    pytest.importorskip("h5py")
    pytest.importorskip("lmdb")
    return Data(pictures, tmp_path_factory.mktemp("sets"))


VALID = ("--size", "20")
SAME = ("--size", "20", "--padding", "same")
CLASSES = ("--classes", "3")
ONE_HOT = (*CLASSES, "--one-hot")
IGNORING = ("--ignore-label", "9")

# The options, and how the data for them are made: the images, the masks and what prepare is told.
CASES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "default": ({}, ("gray", "masks", *VALID)),
    "same padding": ({"padding": "same"}, ("gray", "masks", *SAME)),
    "depth 2": ({"depth": 2, "size": 44}, ("gray", "masks", "--size", "44", "--depth", "2")),
    "output size": ({"size": None, "output_size": (4, 6)}, ("gray", "masks", "--size", "20x22")),
    "bilinear": ({"upsampling": "bilinear"}, ("gray", "masks", *VALID)),
    "no dropout": ({"dropout": 0.0}, ("gray", "masks", *VALID)),
    "per axis": ({"crop_offsets": "per-axis"}, ("gray", "masks", *VALID)),
    "scores": ({"deploy_prob": False}, ("gray", "masks", *VALID)),
    "batches": ({"batch_size": 3}, ("gray", "masks", *VALID)),
    "colours": ({"channels": 3}, ("coloured", "masks", *VALID, "--colour", "bgr")),
    "lmdb": ({"data": "lmdb"}, ("gray", "masks", *VALID)),
    "lmdb in colours": ({"data": "lmdb", "channels": 3}, ("coloured", "masks", *VALID, "--colour", "bgr")),
    "lmdb with weights": ({"data": "lmdb", "weight_map": True}, ("gray", "masks", *VALID, "--weight-map")),
    "images": ({"data": "image"}, ("gray", "masks", *VALID)),
    "images in colours": ({"data": "image", "channels": 3}, ("coloured", "masks", *VALID, "--colour", "bgr")),
    "images of classes": (
        {"data": "image", "loss": "softmax", "classes": 3, "ignore_label": 9},
        ("gray", "classes_ignoring", *VALID, *CLASSES, *IGNORING),
    ),
    "python": ({"data": "python"}, ("gray", "masks", *VALID)),
    "python in colours": (
        {"data": "python", "channels": 3},
        ("coloured", "masks", *VALID, "--colour", "bgr"),
    ),
    "python, classes": (
        {"data": "python", "loss": "softmax", "classes": 3},
        ("gray", "classes", *VALID, *CLASSES),
    ),
    "python, one channel a class": ({"data": "python", "classes": 3}, ("gray", "classes", *VALID, *CLASSES)),
    "python, ignoring": ({"data": "python", "ignore_label": 9}, ("gray", "ignoring", *VALID, *IGNORING)),
    "sigmoid loss": ({"loss": "sigmoid"}, ("gray", "masks", *VALID)),
    "sigmoid loss of classes": ({"loss": "sigmoid", "classes": 3}, ("gray", "classes", *VALID, *ONE_HOT)),
    "sigmoid loss in test": ({"loss": "sigmoid", "monitor": "loss"}, ("gray", "masks", *VALID)),
    "softmax loss": ({"loss": "softmax", "classes": 3}, ("gray", "classes", *VALID, *CLASSES)),
    "softmax loss in test": (
        {"loss": "softmax", "classes": 3, "monitor": "loss"},
        ("gray", "classes", *VALID, *CLASSES),
    ),
    "softmax loss, measured": (
        {"loss": "softmax", "classes": 3, "monitor": "accuracy"},
        ("gray", "classes", *VALID, *CLASSES),
    ),
    "softmax loss, unmeasured": (
        {"loss": "softmax", "classes": 3, "monitor": "none"},
        ("gray", "classes", *VALID, *CLASSES),
    ),
    "custom loss of classes": ({"classes": 3}, ("gray", "classes", *VALID, *ONE_HOT)),
    "custom loss in test": ({"monitor": "loss"}, ("gray", "masks", *VALID)),
    "custom loss, unmeasured": ({"monitor": "none"}, ("gray", "masks", *VALID)),
    "custom loss, ignoring": ({"ignore_label": 9}, ("gray", "ignoring", *VALID, *IGNORING)),
    "positive weight": ({"pos_weight": 3.0, "loss_weight": 0.5}, ("gray", "masks", *VALID)),
    "weight map": ({"weight_map": True}, ("gray", "masks", *VALID, "--weight-map")),
    "weight map in test": (
        {"weight_map": True, "monitor": "loss"},
        ("gray", "masks", *VALID, "--weight-map"),
    ),
    "weight map, unmeasured": (
        {"weight_map": True, "monitor": "none"},
        ("gray", "masks", *VALID, "--weight-map"),
    ),
    **{
        f"{loss}, {normalization}": (
            {"normalization": normalization, "loss": loss, "classes": 3 if loss == "softmax" else 1},
            ("gray", *(("classes", *VALID, *CLASSES) if loss == "softmax" else ("masks", *VALID))),
        )
        for loss in ("custom", "sigmoid", "softmax")
        for normalization in ("FULL", "VALID", "BATCH_SIZE", "NONE")
    },
}


@pytest.mark.parametrize("title", CASES)
def test_it_is_loaded_and_runs(title: str, data: Data) -> None:
    given, (images, masks, *words) = CASES[title]
    options = {**SMALL, **given}
    folder = data.of(options.get("data", "hdf5"), images, masks, *words)
    options["data_dir"] = folder.name
    evaluations = unet.evaluations(**options)
    merged = ng.merge(evaluations).message
    for evaluation in evaluations:
        training = evaluation.state.phase == "TRAIN"
        verdict = judge(
            merged,
            evaluation.state.phase,
            folder=folder.parent,
            python_path=[LAYERS],
            run=["forward", "backward"] if training else ["forward"],
        )
        assert verdict, verdict.refused
        assert verdict.own_layers == [layer.name for layer in evaluation.message.layer]
        batch = options.get("batch_size", 1)
        assert verdict.blobs["data"][:2] == (batch, options.get("channels", 1))
        assert verdict.blobs["score"][:2] == (batch, options.get("classes", 1))
        if training:
            # Of ln 2 a pixel, or ln 3, summed over a few; the least is a half of ln 2 in the mean.
            assert 0.05 < verdict.outputs["loss_opt"] < 1000
        else:
            monitors = {"loss": {"loss_opt"}, "none": set()}
            measure = "accuracy" if options.get("loss") == "softmax" else "iou"
            assert set(verdict.outputs) == monitors.get(options.get("monitor"), {measure})
    deploy = unet.deploy(**options)
    verdict = judge(deploy.message, "TEST", run=["forward"])
    assert verdict, verdict.refused
    assert list(verdict.outputs) == ["score" if options.get("deploy_prob") is False else "prob"]


def test_every_value_of_every_option_is_among_them() -> None:
    for option in unet.options.values():
        for value in option.choices or ():
            if option.name == "data" and value == "memory":
                continue  # below
            default = option.default if option.default is not None else {"monitor": "iou"}.get(option.name)
            assert any(given.get(option.name, default) == value for given, _ in CASES.values()), (
                option.name,
                value,
            )
    told = {name for given, _ in CASES.values() for name in given}
    # A data layer of the user's own, a scale, and BatchNorm, which the reference Caffe cannot train.
    assert set(unet.options) - told == {
        "base",
        "data_dir",
        "scale",
        "python_module",
        "python_layer",
        "batch_norm",
    }


@pytest.mark.parametrize("weight_map", [False, True])
@pytest.mark.parametrize(
    ("padding", "channels", "classes"), [("valid", 1, 1), ("same", 3, 2), ("valid", 2, 2)]
)
def test_memory_data(weight_map: bool, padding: str, channels: int, classes: int) -> None:
    options = {
        **SMALL, "data": "memory", "batch_size": 2, "weight_map": weight_map, "padding": padding,
        "channels": channels, "classes": classes,
    }  # fmt: skip
    merged = ng.merge(unet.evaluations(**options)).message
    blobs = channels + classes * (1 + weight_map)
    for phase, steps in (("TRAIN", ["forward", "backward"]), ("TEST", ["forward"])):
        verdict = judge(merged, phase, python_path=[LAYERS], run=steps, feed=(4, blobs, 20, 20))
        assert verdict, verdict.refused
        assert verdict.blobs["memory"] == (2, blobs, 20, 20)
        assert verdict.blobs["label"] == (2, classes, *verdict.blobs["score"][2:])
        assert set(verdict.outputs) == {"loss_opt" if phase == "TRAIN" else "iou"}


@pytest.mark.parametrize("upsampling", ["learned", "bilinear"])
def test_batch_norm_is_loaded(upsampling: str, data: Data) -> None:
    folder = data.of("hdf5", "gray", "masks", *VALID)
    options = {**SMALL, "batch_norm": True, "upsampling": upsampling, "data_dir": folder.name}
    merged = ng.merge(unet.evaluations(**options)).message
    for phase in ("TRAIN", "TEST"):
        verdict = judge(merged, phase, folder=folder.parent, python_path=[LAYERS])
        assert verdict, verdict.refused
    verdict = judge(unet.deploy(**options).message, "TEST", run=["forward"])
    assert verdict.types.count("BatchNorm") == 6


def test_the_python_data_layer_scales(data: Data) -> None:
    folder = data.of("python", "gray", "masks", *VALID)
    options = {**SMALL, "data": "python", "data_dir": folder.name, "scale": 2.0}
    message = filter_net(ng.merge(unet.evaluations(**options)).message, ng.State("TEST"))
    del message.layer[1:]
    verdict = judge(message, "TEST", folder=folder.parent, python_path=[LAYERS], run=["forward"])
    assert verdict.outputs["data"] > 100 * 20 * 20


@pytest.mark.parametrize(("classes", "count"), [(1, 31_030_593), (2, 31_030_658)])
def test_the_published_network_has_its_parameters(classes: int, count: int) -> None:
    verdict = judge(unet.deploy(classes=classes).message, "TEST")
    assert verdict.blobs["score"] == (1, classes, 388, 388)
    assert verdict.parameter_count == count
    assert sum(kind in ("Convolution", "Deconvolution") for kind in verdict.types) == 23


def test_444_x_892() -> None:
    verdict = judge(unet.deploy(size=(444, 892), base=2).message, "TEST")
    assert verdict.blobs["prob"] == (1, 1, 260, 708)


@pytest.mark.slow
def test_the_published_network_goes_forward_and_backward_at_full_size(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "data").mkdir()
    random = np.random.RandomState(0)
    with h5py.File(tmp_path / "data" / "one.h5", "w") as file:
        file["data"] = random.rand(1, 1, 572, 572).astype(np.float32)
        file["label"] = random.randint(0, 2, (1, 1, 388, 388)).astype(np.float32)
    for phase in ("train", "test"):
        (tmp_path / "data" / f"{phase}.txt").write_text("data/one.h5\n")
    merged = ng.merge(unet.evaluations()).message
    verdict = judge(merged, "TRAIN", folder=tmp_path, python_path=[LAYERS], run=["forward", "backward"])
    assert verdict, verdict.refused
    assert verdict.parameter_count == 31_030_593
    assert 0.3 < verdict.outputs["loss_opt"] < 30
    assert judge(merged, "TEST", folder=tmp_path, python_path=[LAYERS])
