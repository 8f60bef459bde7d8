"""``netgen`` itself: the list of commands, and how errors reach the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from netgen import __version__
from netgen.cli import main
from netgen.cli.main import run

ROOT = Path(__file__).resolve().parents[2]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for name, (_, text) in main._COMMANDS.items():
        assert any(line.split()[:1] == [name] and text in line for line in out.splitlines())
    assert "Exit codes: 0 good; 1 what was checked differs; 2 could not run." in out
    assert run(["-h"]) == 0


@pytest.mark.parametrize("name", main._COMMANDS)
def test_every_command_is_there_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: netgen {name} ")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"netgen, version {__version__}\n"


def test_a_command_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emti"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: netgen has no command 'emti'; it has emit, unet,")
    assert said.err.endswith("  mend: did you mean emit?\n")


def test_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    code = run([])
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.startswith("Usage: netgen [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (click.Abort(), 130, "stopped"),
        (PermissionError(13, "Permission denied", "/a/file"), 2, "error: /a/file: Permission denied"),
        (OSError(28, "No space left on device"), 2, "error: No space left on device"),
    ],
)
def test_how_a_command_may_end(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ended(*words: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(main.netgen, "main", ended)
    assert run([]) == code
    assert capsys.readouterr().err.strip() == said


def test_the_package_and_the_script_are_one() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for words in (["-m", "netgen"], ["-m", "netgen.cli.main"]):
        done = subprocess.run(
            [sys.executable, *words, "emti"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr.startswith("error: netgen has no command 'emti'")


def test_looking_at_help_imports_no_caffe() -> None:
    program = (
        "import sys; from netgen.cli.main import run; assert run(['--help']) == 0; "
        "print(sorted({'caffe', 'numpy', 'google.protobuf', 'jinja2'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == "[]\n"
