"""The pre-commit hook and the GitHub Action, run as others would run them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = 'name: "good"\nlayer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 } } }\n'
WRONG = GOOD + 'layer { name: "r" type: "ReLU" bottom: "x" top: "r" }\n'

yaml = pytest.importorskip("yaml")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which ``netgen`` is this one."""
    script = tmp_path / "bin" / "netgen"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m netgen "$@"\n')
    script.chmod(0o755)
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PRE_COMMIT_HOME": str(tmp_path / "cache")}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "good.prototxt").write_text(GOOD)
    (folder / "wrong.prototxt").write_text(WRONG)
    (folder / "readme.md").write_text("bottom: no")
    (folder / "weights.pt").write_bytes(b"PK\x03\x04\0\0")
    return folder


def run(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def hook(name: str) -> dict[str, Any]:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (found,) = (one for one in hooks if one["id"] == name)
    return dict(found)


def test_pre_commit_runs_the_hook(repository: Path, environment: dict[str, str]) -> None:
    pytest.importorskip("pre_commit")
    # Installing netgen takes a package index; the hook is run as it is but for that.
    config = {"repos": [{"repo": "local", "hooks": [{**hook("netgen-check"), "language": "system"}]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    for words in (["git", "init", "-q"], ["git", "add", "."]):
        assert run(words, repository, environment).returncode == 0
    done = run([sys.executable, "-m", "pre_commit", "run", "--all-files"], repository, environment)
    assert done.returncode == 1, done.stdout
    assert "wrong.prototxt:3:32: error: no layer before it makes the bottom 'x'" in done.stdout
    assert "1 error in 1 of 2 files" in done.stdout
    (repository / "wrong.prototxt").write_text(GOOD)
    run(["git", "add", "."], repository, environment)
    done = run([sys.executable, "-m", "pre_commit", "run", "--all-files"], repository, environment)
    assert done.returncode == 0, done.stdout


def test_the_hook_that_mends_mends(repository: Path, environment: dict[str, str]) -> None:
    text = GOOD + 'layer { name: "r" type: "relu" bottom: "d" top: "r" }  # why\n'
    (repository / "wrong.prototxt").write_text(text)
    words = [*shlex.split(hook("netgen-check-fix")["entry"]), "good.prototxt", "wrong.prototxt"]
    assert run(words, repository, environment).returncode == 0
    assert (repository / "wrong.prototxt").read_text() == text.replace("relu", "ReLU")


def test_the_action_runs(repository: Path, environment: dict[str, str]) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert action["runs"]["using"] == "composite"
    install, check = action["runs"]["steps"]
    assert install["run"] == 'python -m pip install --quiet "$WHERE"'
    for step in (install, check):
        # What a workflow gives reaches a script as a variable alone: its text is never run.
        assert "${{" not in step["run"]
    given = {"inputs.paths": "good.prototxt *rong.prototxt", "inputs.options": "--ignore W4"}
    variables = {
        name: given[value.removeprefix("${{ ").removesuffix(" }}")] for name, value in check["env"].items()
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", check["run"]]
    done = run(words, repository, {**environment, **variables})
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=wrong.prototxt,line=3,endLine=3,col=32,")
    assert set(action["inputs"]) == {name.partition(".")[2] for name in given}
