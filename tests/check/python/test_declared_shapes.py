"""The shapes that a Python layer declares, from a module that is found as Caffe's Python would find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netgen.check import check

NET = """name: "net"
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "it" type: "Python" bottom: "x" top: "y" python_param { module: "mine" layer: "It" } }
layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "x" top: "loss" }
"""
MODULE = "LAYERS = {'It': {'shapes': [['bottom 0 axis 0', 7]]}}\n"


def refused(folder: Path) -> bool:
    (folder / "net.prototxt").write_text(NET)
    return any("7 values a sample in 2 x 7" in finding.message for finding in check(folder / "net.prototxt"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("PYTHONPATH", raising=False)


def test_beside_the_net(tmp_path: Path) -> None:
    (tmp_path / "nets" / "mine.py").write_text(MODULE)
    assert refused(tmp_path / "nets")


def test_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert refused(tmp_path / "nets")


def test_nowhere(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MODULE)
    assert not refused(tmp_path / "nets")
