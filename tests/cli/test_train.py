"""``netgen train``, as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runner"))
import tiny

from netgen.cli.data_fit import check_data
from netgen.cli.main import run
from netgen.cli.train import describe, duration
from netgen.runner.training import Progress

pytest.importorskip("h5py")
pytestmark = pytest.mark.caffe

ROOT = Path(__file__).parents[2]


def test_a_training_tells_of_itself_on_standard_error_and_of_its_result_on_output(tmp_path, capfd):
    bundle = tiny.write_bundle(tmp_path / "b")
    assert run(["train", str(bundle)]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert lines[0] == "trained to iteration 30 in 0 s"
    assert lines[1].startswith("loss      ")
    assert lines[2].startswith("test_loss ")
    assert lines[3] == f"weights   {bundle}/training/b_iter_30.caffemodel"
    assert lines[4] == f"log       {bundle}/training/log.csv"
    assert lines[5] == f"picture   {bundle}/training/loss.png"
    assert len(lines) == 6
    told = err.splitlines()
    assert told[0] == "training: 0/30"
    assert "saved b_iter_20.caffemodel" in told
    assert any(line.startswith("training: 10/30  loss ") and "it/s" in line for line in told)
    # No terminal, so no colours, no bar, and not a line for each iteration.
    assert "\x1b" not in err
    assert len(told) < 20


def test_the_result_can_be_json_and_nothing_else_is_on_output(tmp_path, capfd):
    bundle = tiny.write_bundle(tmp_path / "b")
    assert (
        run(["train", str(bundle), "--format", "json", "--no-plot", "--iterations", "4", "--seed", "1"]) == 0
    )
    result = json.loads(capfd.readouterr().out)
    assert (result["iteration"], result["start"], result["plot"]) == (4, 0, None)
    assert result["snapshot"]["model"] == f"{bundle}/training/b_iter_4.caffemodel"
    assert set(result["tests"]) == {"test_loss"}


def test_caffes_own_lines_are_shown_when_asked_for(tmp_path, capfd):
    bundle = tiny.write_bundle(tmp_path / "b")
    run(["train", str(bundle), "--no-plot", "--iterations", "1"])
    assert "net.cpp" not in capfd.readouterr().err
    run(["train", str(bundle), "--no-plot", "--iterations", "1", "--fresh", "--verbose"])
    assert "Creating Layer ip" in capfd.readouterr().err


def test_resume_and_fresh(tmp_path, capfd):
    bundle = tiny.write_bundle(tmp_path / "b")
    train = ["train", str(bundle), "--no-plot", "--format", "json"]
    assert run([*train, "--iterations", "6", "--snapshot-every", "4"]) == 0
    capfd.readouterr()
    assert run(train) == 2
    assert capfd.readouterr().err == (
        f"error: {bundle} has been trained to iteration 6 already\n"
        "  mend: --resume goes on from there, --fresh begins anew\n"
    )
    assert run([*train, "--resume", "--iterations", "8"]) == 0
    assert json.loads(capfd.readouterr().out)["start"] == 6
    assert run([*train, "--fresh", "--iterations", "2"]) == 0
    assert json.loads(capfd.readouterr().out)["start"] == 0


def test_a_fault_is_an_error_with_its_place_and_exit_code(tmp_path, capfd):
    bundle = tiny.write_acting(tmp_path / "b", "forward3 raise")
    assert run(["train", str(bundle)]) == 2
    line = next(i for i, text in enumerate(tiny.LAYERS.splitlines(), 1) if "boom" in text)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == (
        f"error: {bundle}/acting_layers.py:{line}: phase TRAIN: layer 'acts': "
        "Python layer Acts failed in forward at iteration 3: ValueError: boom"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no bundle nowhere"),
        (["."], ". has no solver.prototxt, so it is not a bundle to train"),
        (["b", "--resume", "--fresh"], "resume and fresh exclude each other"),
        (["b", "--resume", "--weights", "w"], "a resumed training has its weights from the snapshot"),
        (["b", "--weights", "w"], "there is no weights file w"),
        (["b", "--iterations", "0"], "'--iterations': 0 is not in the range"),
        (["b", "--caffe-python", "nowhere"], "nowhere (--caffe-python): cannot be started: No such file"),
        (["b", "--gpu", "0"], "Cannot use GPU in CPU-only Caffe"),
    ],
)
def test_wrong_use(tmp_path, capfd, monkeypatch, arguments, message):
    tiny.write_bundle(tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    assert run(["train", *arguments]) == 2
    assert message in capfd.readouterr().err
    assert not list(tmp_path.glob("b/training/*.csv"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Write a U-Net's bundle whose data has the size and the blobs that are asked for."""
    image = pytest.importorskip("PIL.Image")
    place = tmp_path_factory.mktemp("pictures")
    for kind in ("images", "masks"):
        (place / kind).mkdir()
        for index in range(3):
            pixels = np.random.RandomState(index).randint(0, 2, (40, 40)) * 255
            image.fromarray(pixels.astype(np.uint8)).save(place / kind / f"{index}.png")

    def make(folder: Path, *options: str, net: str = "data=hdf5", form: str = "hdf5") -> Path:
        sets = ["depth=1", "base=2", "size=32", "dropout=0", net]
        unet = ["unet", "-o", str(folder), *(part for text in sets for part in ("--set", text))]
        assert run([*unet, "--solver", "max_iter=2", "--solver", "test_iter=1"]) == 0
        data = ["prepare", str(place / "images"), str(place / "masks"), "-o", str(folder / "data")]
        assert run([*data, "--format", form, *options]) == 0
        return folder

    return make


SIZES = ["--input-size", "32", "--output-size", "16"]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (SIZES, {}),
        ([*SIZES, "--weight-map"], {"net": "weight_map=true"}),
        (SIZES, {"net": "data=lmdb", "form": "lmdb"}),
        (SIZES, {"net": "data=image", "form": "image"}),
        (SIZES, {"net": "data=python", "form": "python"}),
        # Other tiles than the deploy net's, and the labels that belong to them.
        (["--input-size", "36", "--output-size", "20"], {}),
    ],
    ids=["hdf5", "weights", "lmdb", "image", "python", "larger"],
)
def test_data_that_fits_trains(prepared, tmp_path, capfd, options, kinds):
    bundle = prepared(tmp_path / "b", *options, **kinds)
    capfd.readouterr()
    assert run(["train", str(bundle), "--no-plot"]) == 0, capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "kinds", "message"),
    [
        (
            ["--input-size", "32", "--output-size", "20"],
            {},
            "phase TRAIN: layer 'loss': {data} was prepared for images of 32x32 and labels of 20x20;"
            " with such images the net's 'score' is 16x16\n"
            "  mend: netgen prepare --input-size 32x32 --output-size 16x16, or emit the net for these sizes",
        ),
        (
            ["--input-size", "36", "--output-size", "16"],
            {"net": "data=lmdb", "form": "lmdb"},
            "the net's 'score' is 20x20\n  mend: netgen prepare --input-size 32x32 --output-size 16x16",
        ),
        (
            SIZES,
            {"net": "weight_map=true"},
            "layer 'data': {data} has no blob 'weight' for this layer; it has data, label\n"
            "  mend: make the data with netgen prepare --weight-map, or emit the net with weight_map=false",
        ),
    ],
    ids=["labels", "images", "weights"],
)
def test_data_that_does_not_fit_is_refused_before_caffe_starts(
    prepared, tmp_path, capfd, monkeypatch, options, kinds, message
):
    bundle = prepared(tmp_path / "b", *options, **kinds)
    capfd.readouterr()
    monkeypatch.setattr("netgen.cli.train.Caffe", lambda *_, **__: pytest.fail("started"))
    assert run(["train", str(bundle)]) == 2
    assert message.format(data=bundle / "data") in capfd.readouterr().err
    # Data that the net does not read is no matter.
    net = bundle / "train.prototxt"
    net.write_text(net.read_text().replace("data/", "elsewhere/"))
    check_data(bundle)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_saves_and_stops(tmp_path, number):
    bundle = tiny.write_bundle(tmp_path / "b")
    command = [
        sys.executable,
        "-m",
        "netgen.cli.main",
        "train",
        str(bundle),
        "--iterations",
        "100000000",
        "--no-plot",
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    with process:
        for line in process.stderr:
            if "saved" in line:
                process.send_signal(number)
                break
        rest = process.stderr.read()
        assert process.wait(timeout=20) == 2
    assert "saving and stopping after this iteration" in rest
    assert "and saved, as asked" in rest
    assert "--resume goes on from there" in rest
    assert "Traceback" not in rest


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_second_interrupt_stops_at_once(tmp_path):
    bundle = tiny.write_acting(tmp_path / "b", "forward2 sleep")
    command = [sys.executable, "-m", "netgen.cli.main", "train", str(bundle)]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    with process:
        for line in process.stderr:
            if "1/30" in line or "0/30" in line:
                process.send_signal(signal.SIGINT)
            if "saving and stopping" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(timeout=20) == 2
    assert "stopped by the user" in rest
    assert not tiny.alive(int((bundle / "pid").read_text()))


def test_measures_are_told_in_units_that_suit_them():
    progress = Progress(
        "iteration", 5, 10, loss=0.5, smoothed=0.6, speed=0.08, left=62.5, tests={"test_iou": 0.9}
    )
    assert describe(progress) == "loss 0.5  (mean 0.6)  12.5 s/it  1 min 02 s left  test_iou 0.9"
    assert [duration(s) for s in (0.4, 59.4, 60, 3599, 3600, 90000)] == [
        "0 s",
        "59 s",
        "1 min 00 s",
        "59 min 59 s",
        "1 h 00 min",
        "25 h 00 min",
    ]


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_on_a_terminal_there_is_a_bar(tmp_path):
    import pty

    bundle = tiny.write_bundle(tmp_path / "b")
    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "netgen.cli.main", "train", str(bundle), "--no-plot"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=secondary, stdout=subprocess.DEVNULL, env=environment
    )
    os.close(secondary)
    shown = b""
    while True:
        try:
            part = os.read(primary, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(primary)
    assert process.wait(timeout=20) == 0
    text = shown.decode()
    assert "━" in text
    assert "30/30" in text
    assert "loss" in text
