"""The wheel: templates and layers travel inside it, and it emits what a checkout emits, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def call(*words: str, cwd: Path, path: Path, code: int = 0) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NETGEN"))}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**env, "PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout and install it alone, away from it."""
    folder = tmp_path_factory.mktemp("wheel")
    call(
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
        cwd=folder,
        path=folder,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    call(
        *("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target), str(wheel)),
        cwd=folder,
        path=folder,
    )
    return target


def bundle(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "words",
    [
        ["unet"],
        ["unet", "--depth", "2", "--loss", "softmax", "--classes", "3", "--data", "python"],
        ["emit", str(ROOT / "examples" / "tiny.py"), "--set", "size=32"],
    ],
    ids=lambda words: " ".join(Path(word).name for word in words),
)
def test_the_same_bundle(installed: Path, tmp_path: Path, words: list[str]) -> None:
    where = "import netgen; print(netgen.__file__)"
    made = {}
    for name, path in (("wheel", installed), ("checkout", ROOT)):
        away = tmp_path / name
        away.mkdir()
        assert Path(call("-c", where, cwd=away, path=path).strip()).is_relative_to(path)
        call("-m", "netgen", *words, "-o", str(away / "bundle"), cwd=away, path=path)
        made[name] = bundle(away / "bundle")
    assert made["wheel"] == made["checkout"]
    assert {"train.prototxt", "deploy.prototxt", "solver.prototxt", "README.md"} < set(made["wheel"])


@pytest.mark.parametrize("more", [[], ["--schema", "ssd"], ["--format", "sarif"]], ids=" ".join)
def test_the_same_findings(installed: Path, tmp_path: Path, more: list[str]) -> None:
    net = (ROOT / "examples" / "mistakes.prototxt").read_bytes()
    (tmp_path / "mistakes.prototxt").write_bytes(net)
    words = ("-m", "netgen", "check", "mistakes.prototxt", *more)
    wheel, checkout = (call(*words, cwd=tmp_path, path=path, code=1) for path in (installed, ROOT))
    assert wheel == checkout
    assert "kernal_size" in wheel


def test_what_is_in_it(installed: Path) -> None:
    (wheel,) = installed.parent.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("templates", "_templates"), ("layers", "_layers")):
        for path in (ROOT / folder).iterdir():
            if path.suffix in (".j2", ".py"):
                assert f"netgen/{inside}/{path.name}" in names
    compiled = {
        path for path in (ROOT / "netgen" / "schema").rglob("*") if path.suffix in (".binpb", ".json")
    }
    assert {"netgen/py.typed", *(path.relative_to(ROOT).as_posix() for path in compiled)} <= names
    assert not any(name.startswith(("tests/", "tools/", "benchmarks/")) for name in names)
    assert not any(name.endswith((".pyc", ".proto")) for name in names)
    assert any(name.endswith("entry_points.txt") for name in names)
