"""The benchmark of the loss layer runs, judges by its own figures, and says how it ended. No time is tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "loss.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=120
    )


@pytest.mark.caffe
def test_figures_and_verdict() -> None:
    done = run("--sizes", "1x1x9x9,2x3x16x16", "--rounds", "5", "--options", "--format", "json")
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["met"] else 1)
    assert [row["size"] for row in answer["rows"][:2]] == ["1x1x9x9", "2x3x16x16"]
    assert len({row["options"] for row in answer["rows"]}) == len(answer["rows"]) / 2
    for row in answer["rows"]:
        caffe = row["caffe_forward_ms"] + row["caffe_backward_ms"]
        custom = row["custom_forward_ms"] + row["custom_backward_ms"]
        assert row["together_ratio"] == pytest.approx(caffe / custom)
        assert row["custom_error"] <= 1e-6
        if "missed" in row:
            too_slow = any("together" in reason for reason in row["missed"])
            assert too_slow == (row["together_ratio"] < 10)


@pytest.mark.caffe
def test_text_says_the_same() -> None:
    done = run("--sizes", "1x1x9x9", "--rounds", "3")
    assert "kendryte-caffe 1.0.0.20210829" in done.stdout
    assert "goal: together 10, forward 1, backward 1, error 1e-06" in done.stdout
    verdict = done.stdout.splitlines()[-1]
    assert verdict.startswith("  1x1x9x9: missed: " if done.returncode else "  1x1x9x9: met")


@pytest.mark.caffe
def test_sizes_that_are_none() -> None:
    done = run("--sizes", "1xx9")
    assert done.returncode == 2
    assert "--sizes must be like 1x1x388x388,8x1x388x388,4x8x388x388, came 1xx9" in done.stderr


def test_without_caffe() -> None:
    code = (
        "import importlib.util, runpy, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'caffe' else find(name, *rest)\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(SCRIPT)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == f"error: {sys.executable} has no Caffe\n  mend: run this with the reference environment's Python\n"
    )
