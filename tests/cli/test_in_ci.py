"""What a user's continuous integration sees: a repository with a network's source and its emitted files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """\
import netgen as ng
from netgen import blocks, losses
from netgen import layers as L


@ng.network
def cells(net, size: int = 32, width: int = 8):
    if net.deploying:
        net.data = L.Input(shape=dict(dim=[1, 1, size, size]))
    else:
        net.data, net.label = L.HDF5Data(source=f"data/{net.phase.lower()}.txt", batch_size=1, ntop=2)
    x = blocks.conv_relu(net, "conv1", net.data, width, pad=1)
    net.score = L.Convolution(x, num_output=1, kernel_size=1)
    if net.training:
        net.loss_opt = losses.sigmoid_cross_entropy(net.score, net.label)
"""

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="a repository needs git")


def call(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def netgen(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return call(sys.executable, "-m", "netgen", *words, cwd=cwd)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Emit, commit, and clone, as CI does: the clone is what is checked."""
    origin = tmp_path / "origin"
    (origin / "nets").mkdir(parents=True)
    (origin / "nets" / "cells.py").write_text(SOURCE, encoding="utf-8")
    done = netgen("emit", "nets/cells.py", "-o", "nets/cells", "--set", "size=48", cwd=origin)
    assert done.returncode == 0, done.stderr
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "nets"],
    ):
        assert call("git", *words, cwd=origin).returncode == 0
    assert call("git", "clone", "--quiet", str(origin), str(tmp_path / "clone"), cwd=tmp_path).returncode == 0
    return tmp_path / "clone"


def check(repository: Path, cwd: str = ".") -> subprocess.CompletedProcess[str]:
    here = repository / cwd
    return netgen(
        *("emit", os.path.relpath(repository / "nets" / "cells.py", here)),
        *("-o", os.path.relpath(repository / "nets" / "cells", here), "--set", "size=48", "--check"),
        cwd=here,
    )


@pytest.mark.parametrize("cwd", [".", "nets", "nets/cells"])
def test_it_passes(repository: Path, cwd: str) -> None:
    done = check(repository, cwd)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert call("git", "status", "--porcelain", cwd=repository).stdout == ""


def test_the_source_was_edited(repository: Path) -> None:
    source = repository / "nets" / "cells.py"
    source.write_text(SOURCE.replace("kernel_size=1", "kernel_size=3"), encoding="utf-8")
    done = check(repository)
    assert done.returncode == 1
    assert "nets/cells/train.prototxt: differs" in done.stdout
    assert "-    kernel_size: 1\n+    kernel_size: 3\n" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_emitted_file_was_edited(repository: Path) -> None:
    deploy = repository / "nets" / "cells" / "deploy.prototxt"
    deploy.write_text(deploy.read_text().replace("num_output: 8", "num_output: 16"))
    before = deploy.read_bytes()
    done = check(repository)
    assert done.returncode == 1
    assert "nets/cells/deploy.prototxt: differs" in done.stdout
    assert "-    num_output: 16\n+    num_output: 8\n" in done.stdout
    assert "train.prototxt" not in done.stdout
    assert deploy.read_bytes() == before


def test_a_file_is_gone(repository: Path) -> None:
    (repository / "nets" / "cells" / "solver.prototxt").unlink()
    done = check(repository)
    assert done.returncode == 1
    assert "nets/cells/solver.prototxt: missing" in done.stdout


def test_other_options_than_it_was_emitted_with(repository: Path) -> None:
    done = netgen("emit", "nets/cells.py", "-o", "nets/cells", "--check", cwd=repository)
    assert done.returncode == 1
    assert "-# Options: size=48" in done.stdout


def test_the_network_no_longer_works(repository: Path) -> None:
    source = repository / "nets" / "cells.py"
    source.write_text(SOURCE.replace("num_output=1", "num_outputs=1"), encoding="utf-8")
    done = check(repository)
    assert done.returncode == 2
    assert "mend: did you mean num_output?" in done.stderr
