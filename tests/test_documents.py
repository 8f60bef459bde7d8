"""The documents' Python runs, and the README's first example is the one in examples/."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from netgen.cli.main import run

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def blocks(name: str) -> list[str]:
    found = BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))
    assert found, f"{name} has no Python"
    return found


def test_the_readme_shows_the_example() -> None:
    def essence(text: str) -> str:
        return re.sub(r"\n{2,}", "\n", text).strip()

    example = (ROOT / "examples" / "tiny.py").read_text(encoding="utf-8")
    assert essence(blocks("README.md")[0]) == essence(example.split('"""', 2)[2])


@pytest.mark.parametrize("name", ["README.md", "docs/writing.md"])
def test_networks_in_documents_are_emitted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.py").write_text(blocks(name)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["emit", "net.py", "-o", "out"]) == 0
    assert 'layer: "CustomSigmoidCrossEntropyLossLayer"' in (tmp_path / "out" / "train.prototxt").read_text()


def test_the_error_in_the_readme_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = blocks("README.md")[0].replace("num_output=1", "num_outputs=1")
    (tmp_path / "tiny.py").write_text(wrong, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["emit", "tiny.py", "-o", "tiny"]) == 2
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("$ netgen emit tiny.py -o tiny\n")[1]
    before, after = shown.split("```")[0].strip().split("…")
    said = capsys.readouterr().err.strip()
    assert said.startswith(before)
    assert said.endswith(after)


def test_what_the_readme_shows_of_checking_is_what_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["check", "examples/mistakes.prototxt"]) == 1
    shown = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("$ netgen check examples/mistakes.prototxt\n")
    )
    assert capsys.readouterr().out.strip() == shown[1].split("```")[0].strip()


@pytest.mark.parametrize("number", range(3))
def test_checking_from_python_runs(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    code = blocks("docs/checking.md")[number]
    exec(compile(code, "checking.md", "exec"), {})
    said = capsys.readouterr().out
    promised = re.findall(r"print\(.*\)  # (\{.*)", code)
    assert all(text in said for text in promised)
    assert said


@pytest.mark.caffe
def test_the_runner_in_documents_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(blocks("docs/running.md")[0], "running.md", "exec"), {})
    assert "(1, 3)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("tiny.py", []),
        ("two_heads.py", []),
        ("lenet_netspec.py:lenet", ["--set", "phase=TEST"]),
    ],
)
def test_examples_are_emitted(target: str, more: list[str], tmp_path: Path) -> None:
    assert run(["emit", f"{ROOT / 'examples'}/{target}", "-o", str(tmp_path / "out"), *more]) == 0
    assert (tmp_path / "out" / "train.prototxt").is_file()


def test_links_in_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_this_python_is_one_that_netgen_says_it_runs_on() -> None:
    declared = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert declared is not None
    assert sys.version_info >= (3, int(declared.group(1)))
