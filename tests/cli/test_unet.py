"""``netgen unet``: every option of the network is a flag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netgen as ng
from netgen.cli.main import run
from netgen.networks import unet


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def netgen(capsys: pytest.CaptureFixture[str]) -> Any:
    def called(*words: str) -> tuple[int, str, str]:
        code = run(["unet", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_default_bundle(netgen: Any, here: Path) -> None:
    code, _out, err = netgen("-o", "unet")
    assert (code, err) == (0, "")
    assert set(files(here / "unet")) == {
        "train.prototxt",
        "deploy.prototxt",
        "solver.prototxt",
        "loss_layers.py",
        "README.md",
        "netgen.json",
    }
    assert "dim: 572 dim: 572" in (here / "unet" / "deploy.prototxt").read_text()
    assert netgen("-o", "unet", "--check") == (0, "", "")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--size", "444x892", "--base", "2"], {"size": (444, 892), "base": 2}),
        (["--output-size", "388", "--base", "2"], {"output_size": 388, "base": 2}),
        (
            ["--set", "size=188", "--base=2", "--set", "batch-norm=true"],
            {"size": 188, "base": 2, "batch_norm": True},
        ),
        (
            ["--base", "2", "--batch-norm", "--no-deploy-prob", "--dropout", "0", "--monitor", "none"],
            {"base": 2, "batch_norm": True, "deploy_prob": False, "dropout": 0.0, "monitor": "none"},
        ),
        (
            ["--base", "2", "--loss", "softmax", "--classes", "3", "--normalization", "NONE"],
            {"base": 2, "loss": "softmax", "classes": 3, "normalization": "NONE"},
        ),
        (
            ["--base", "2", "--padding", "same", "--upsampling", "bilinear", "--ignore-label", "255"],
            {"base": 2, "padding": "same", "upsampling": "bilinear", "ignore_label": 255},
        ),
        (
            ["--base", "2", "--weight-map", "--pos-weight", "2.5", "--crop-offsets", "per-axis"],
            {"base": 2, "weight_map": True, "pos_weight": 2.5, "crop_offsets": "per-axis"},
        ),
        (
            [
                "--base",
                "2",
                "--data",
                "python",
                "--python-module",
                "m",
                "--python-layer",
                "L",
                "--scale",
                "0.5",
            ],
            {"base": 2, "data": "python", "python_module": "m", "python_layer": "L", "scale": 0.5},
        ),
        (
            ["--base", "2", "--data", "lmdb", "--data-dir", "a b", "--batch-size", "4", "--channels", "3"],
            {"base": 2, "data": "lmdb", "data_dir": "a b", "batch_size": 4, "channels": 3},
        ),
        (["--base", "2", "--depth", "2", "--loss-weight", "2"], {"base": 2, "depth": 2, "loss_weight": 2.0}),
    ],
)
def test_flags_are_the_networks_options(netgen: Any, here: Path, words: list[str], options: Any) -> None:
    code, _, err = netgen("-o", "flags", *words)
    assert code == 0, err
    ng.emit_bundle(unet, here / "python", **options)
    flags, python = files(here / "flags"), files(here / "python")
    # The order of options in the headers is the function's, however they are given.
    assert flags == python


def test_every_option_has_a_flag(netgen: Any) -> None:
    code, out, _ = netgen("--help")
    assert code == 0
    for name, option in unet.options.items():
        assert f"--{name.replace('_', '-')}" in out
        assert option.help.split()[0] in out


def test_a_flag_and_a_set_of_one_option(netgen: Any) -> None:
    code, _out, err = netgen("--base", "2", "--set", "base=3", "--stdout")
    assert code == 2
    assert "error: option base is given twice, as --base 2 and as --set base=3" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "512"], "the nearest that fit: 508 (output 324) or 524 (output 340)"),
        (["--size", "big"], "error: option size wants integer, integer x integer or none, came 'big'"),
        (["--base", "x"], "error: option base wants a whole number, came 'x'"),
        (["--padding", "vlaid"], "error: invalid value for '--padding'"),
        (["--bsae", "3"], "did you mean --base?"),
        (["--set", "bsae=3"], "did you mean base?"),
        (["--loss", "softmax"], "the softmax loss needs two classes or more"),
    ],
)
def test_mistakes(netgen: Any, here: Path, words: list[str], said: str) -> None:
    code, out, err = netgen("-o", "out", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert not list(here.iterdir())


def test_notes_are_no_part_of_the_file(netgen: Any) -> None:
    code, out, err = netgen("--base", "2", "--data", "python", "--python-module", "mine", "--stdout")
    assert code == 0
    assert err == (
        "note: module mine, which a Python layer names, does not come with netgen: "
        "it has to be on PYTHONPATH where Caffe runs\n"
    )
    assert "note:" not in out
