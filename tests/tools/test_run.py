"""``./run``: what it says where a Python is missing, before it makes anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="`run` is a shell script; Windows calls tools/run.py")


def run(folder: Path, pythons: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call ``./run`` of a copy where these Pythons and no others are on PATH, with an empty HOME."""
    copy = folder / "copy"
    (copy / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "run", copy / "run")
    shutil.copy(ROOT / "tools" / "run.py", copy / "tools" / "run.py")
    shutil.copytree(ROOT / "requirements", copy / "requirements")
    shutil.copy(ROOT / "pyproject.toml", copy / "pyproject.toml")
    path = folder / "bin"
    path.mkdir()
    for tool in ("sh", "dirname", "env"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    for name, target in pythons.items():
        script = path / name
        script.write_text(f'#!/bin/sh\nexec "{target}" "$@"\n')
        script.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    done = subprocess.run(
        [str(copy / "run"), *arguments],
        env={"PATH": str(path), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert not (copy / ".venv").exists()
    return done


def test_no_python_at_all(tmp_path: Path) -> None:
    done = run(tmp_path, {}, "demo")
    assert done.returncode == 2
    assert "no Python of 3.8 or later was found" in done.stderr
    assert "pyenv install 3.9" in done.stderr


@pytest.mark.parametrize("job", ["demo", "test"])
@pytest.mark.skipif(sys.version_info[:2] == (3, 9), reason="this Python would be the one that is missing")
def test_no_python_3_9(job: str, tmp_path: Path) -> None:
    done = run(tmp_path, {"python3": sys.executable}, job)
    assert done.returncode == 2
    assert "no CPython 3.9 was found" in done.stderr
    assert "pyenv install 3.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_job(tmp_path: Path) -> None:
    done = run(tmp_path, {"python3": sys.executable}, "dance")
    assert done.returncode == 2
    assert "dance" in done.stderr
