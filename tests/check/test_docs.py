"""What docs/checking.md shows is so."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from netgen.check.settings import settings_from
from netgen.cli.check_options import FORMATS, OPTIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "checking.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_settings_are_those_that_there_are(tmp_path: Path) -> None:
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    table = tomllib.loads(block("toml"))["tool"]["netgen"]
    settings = settings_from(table, str(tmp_path), "pyproject.toml")
    unset = {name for name, value in settings._asdict().items() if not value}
    assert unset == {"weights"}, "the page shows every setting"


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("python"), "checking.md", "exec"), {})
    assert "N103" in capsys.readouterr().out


def test_every_option_and_format_is_spoken_of() -> None:
    known = {"--output", "--caffe-python", "--as"}
    for option in OPTIONS:
        assert option.flags[-1] in PAGE or option.flags[-1] in known
    for layout in FORMATS[1:]:
        assert layout in PAGE
