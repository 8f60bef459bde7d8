"""The main job, with few iterations: every step of it runs in real Caffe, and a seed repeats it exactly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netgen.cli.main import run as command
from netgen.demo import job
from netgen.demo.job import DemoResult

pytestmark = pytest.mark.caffe

ITERATIONS = 3


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoResult, list[str]]:
    said: list[str] = []
    result = job.run(tmp_path_factory.mktemp("first"), seed=5, iterations=ITERATIONS, say=said.append)
    return result, said


def weights(result: DemoResult) -> bytes:
    assert result.training.snapshot is not None
    return Path(result.training.snapshot.model).read_bytes()


def test_it_leaves_what_it_says(first: tuple[DemoResult, list[str]]) -> None:
    result, said = first
    assert [line[:5] for line in said if line.startswith("[")] == [f"[{i}/6]" for i in range(1, 7)]
    names = {path.name for path in (result.folder / "unet").iterdir()}
    assert {"train.prototxt", "deploy.prototxt", "solver.prototxt", "loss_layers.py", "README.md"} <= names
    assert {"data", "training"} <= names
    assert result.picture.read_bytes().startswith(b"\x89PNG")
    assert set(result.scores) == {"trained U-Net", "untrained U-Net", "all foreground", "Otsu threshold"}
    assert result.training.iteration == ITERATIONS


def test_the_same_seed_gives_the_same_weights(first: tuple[DemoResult, list[str]], tmp_path: Path) -> None:
    again = job.run(tmp_path, seed=5, iterations=ITERATIONS, say=lambda _: None)
    assert weights(again) == weights(first[0])
    assert again.scores == first[0].scores


def test_another_seed_gives_others(first: tuple[DemoResult, list[str]], tmp_path: Path) -> None:
    other = job.run(tmp_path, seed=6, iterations=ITERATIONS, say=lambda _: None)
    assert weights(other) != weights(first[0])


def test_a_net_that_did_not_learn_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["demo", "-o", str(tmp_path), "--iterations", "1", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["iterations"] == 1
    assert told["iou"]["trained U-Net"] <= max(told["iou"].values())
    assert np.isfinite(told["last_loss"])


def test_it_runs_again_in_the_same_folder(tmp_path: Path) -> None:
    for _ in range(2):
        result = job.run(tmp_path, iterations=1, say=lambda _: None)
        assert result.training.iteration == 1
