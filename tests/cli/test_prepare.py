"""``netgen prepare`` as a person uses it.

The wrong uses lie in ``wrong_prepare.txt``: a title after ``===``, the files that are there, the command, ``---``, what
the user sees. ``NETGEN_UPDATE=1`` writes what is seen into the file, for a person to read and to commit.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

import netgen
from netgen.cli.main import run

WRONG = Path(__file__).with_name("wrong_prepare.txt")
UPDATE = os.environ.get("NETGEN_UPDATE") == "1"


def cases():
    found = {}
    for block in re.split(r"^=== ", WRONG.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, said = block.partition("\n---\n")
        title, _, code = head.partition("\n")
        assert title not in found, f"{WRONG.name} has the title {title!r} twice"
        found[title] = (code, said.strip())
    return found


def make(line: str) -> None:
    """Make the file that a line of a case describes."""
    kind, name, *rest = line.split()
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("no picture")
    elif kind == "values":
        Image.fromarray(np.array([rest], int).astype(np.uint8)).save(path)
    else:
        height, width = map(int, rest[0].split("x"))
        pixels = np.random.RandomState(0).randint(0, 256, (height, width, 4)).astype(np.uint8)
        masks = (pixels[..., 0] > 127).astype(np.uint8) * 255
        kinds = {"gray": pixels[..., 0], "mask": masks, "colour": pixels[..., :3], "glass": pixels}
        Image.fromarray(np.ascontiguousarray(kinds[kind])).save(path)


@pytest.mark.parametrize("title", list(cases()))
def test_wrong_use(title, tmp_path, monkeypatch, capsys):
    code, expected = cases()[title]
    monkeypatch.chdir(tmp_path)
    *files, command = code.splitlines()
    for line in files:
        make(line)
    before = sorted(tmp_path.rglob("*"))
    assert run(shlex.split(command)[2:]) == 2
    assert sorted(tmp_path.rglob("*")) == before
    said = capsys.readouterr().err.replace(f"{tmp_path}{os.sep}", "").strip()
    if UPDATE:
        every = cases()
        every[title] = (code, said)
        text = "\n\n".join(f"=== {name}\n{case}\n---\n{words}" for name, (case, words) in every.items())
        WRONG.write_text(text + "\n", encoding="utf-8")
    else:
        assert said == expected


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(5):
        make(f"gray images/{number}.png 60x50")
        make(f"mask masks/{number}.png 60x50")
    return tmp_path


def prepare(*arguments: str) -> int:
    return run(
        ["prepare", "images", "masks", "-o", "data", "--size", "48x40", "--output-size", "28x20", *arguments]
    )


def test_what_was_made_is_said(here, capsys):
    assert prepare() == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == f"{here / 'data'}: hdf5, data 1 x 48x40, labels 28x20"
    assert re.search(
        r"^train 36 samples of 4 images \(\d\d\.\d% class 0, \d\d\.\d% class 1\)$", said.out, re.MULTILINE
    )
    assert re.search(r"^test  9 samples of 1 image \(", said.out, re.MULTILINE)
    assert f"source: {here / 'data' / 'train.txt'}" in said.out
    assert said.err == ""


def test_the_scales_that_the_net_has_to_apply_are_said(here, capsys):
    assert prepare("--format", "image") == 0
    said = capsys.readouterr().out
    assert "the net has to scale the data by 0.0039215686" in said
    assert "the net has to scale the labels by 0.0039215686" in said


def test_every_option_arrives(here):
    assert (
        prepare(
            *[
                "--split",
                "0.6",
                "--seed",
                "3",
                "--no-shuffle",
                "--scale",
                "0.5",
                "--threshold",
                "100",
                "--ignore-label",
                "9",
                "--augment",
                "2",
            ],
            *[
                "--jitter",
                "0.1",
                "--file-size",
                "0.1",
                "--gzip",
                "3",
                "--weight-map",
                "--weight-border",
                "7",
                "--weight-sigma",
                "2",
            ],
            *["--relative-to", "..", "--force"],
        )
        == 0
    )
    made = json.loads((here / "data" / "data.json").read_text())
    assert {
        name: made[name] for name in ("seed", "scale", "ignore_label", "augment", "jitter", "weights")
    } == {
        "seed": 3,
        "scale": 0.5,
        "ignore_label": 9,
        "augment": 2,
        "jitter": 0.1,
        "weights": {"border": 7.0, "sigma": 2.0},
    }
    assert made["phases"]["train"]["samples"] == 3 * 9 * 3
    names = (here / "data" / "train.txt").read_text().splitlines()
    assert len(names) > 1
    assert names[0] == f"{here.name}/data/train_00000.h5"
    with h5py.File(here / "data" / "train_00000.h5") as file:
        assert file["data"].compression_opts == 3
        assert file["data"][...].max() > 100
        assert file["weight"].shape[1:] == (1, 28, 20)


def test_sizes_from_depth_and_padding(here):
    arguments = ["prepare", "images", "masks", "-o", "data", "--split", "1"]
    for more, sizes in {
        "--output-size 100 --depth 3": ([188, 188], [100, 100]),
        "--size 64x32 --padding same": ([64, 32], [64, 32]),
    }.items():
        assert run([*arguments, *more.split(), "--force"]) == 0
        made = json.loads((here / "data" / "data.json").read_text())
        assert (made["input_size"], made["output_size"]) == sizes


def test_held_out_images_and_what_is_left_out(here, capsys):
    make("gray more/7.png 28x20")
    make("mask more_masks/7.png 28x20")
    make("gray more/8.png 28x20")
    assert prepare("--test", "more", "more_masks", "--skip-unmatched") == 0
    said = capsys.readouterr()
    assert "test  1 sample of 1 image" in said.out
    assert said.err == f"note: left out {Path('more') / '8.png'}, which has no counterpart\n"


def test_what_a_killed_run_left_is_said(here, capsys):
    (here / ".data.abc.partial").mkdir()
    assert prepare() == 0
    assert "an earlier run was killed and left" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_sees_a_bar_and_the_result(here):
    import pty

    leader, follower = pty.openpty()
    there = os.pathsep.join([str(Path(netgen.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command = "from netgen.cli.main import run; run('prepare images masks -o data --size 48 --output-size 28'.split())"
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        stderr=follower,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": there, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(follower)
    seen = b""
    try:
        while chunk := os.read(leader, 4096):
            seen += chunk
    except OSError:
        # A pseudo-terminal whose other end is closed raises this on Linux.
        pass
    assert process.wait() == 0
    assert b"writing train samples" in seen
    assert b"100%" in seen
