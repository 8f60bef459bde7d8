"""What is said of each solver in ``solver/solvers.txt``, word for word; ``NETGEN_UPDATE=1`` writes it anew."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
import pytest
from solver_cases import NETS, SOLVERS, variants

from netgen.check import check

# These short trainings show and save nothing; that is said of a few, and would hide the rest in all others.
_IN_EACH = ("V209", "V210")
_FULL = ("plain", "a long training that saves nothing before its end")

SAID = SOLVERS / "said.txt"


def test_what_is_said_of_solvers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(NETS, tmp_path, dirs_exist_ok=True)
    said = []
    for case in variants():
        Path("solver.prototxt").write_text(case.text, encoding="utf-8")
        found = [one for one in check("solver.prototxt", kind="solver") if one.path == "solver.prototxt"]
        if case.name not in _FULL:
            found = [one for one in found if one.code not in _IN_EACH]
        said.append(
            "\n".join(
                [
                    f"=== {case.name}",
                    case.text.strip(),
                    "---",
                    *(click.unstyle(str(one)) for one in found),
                    "",
                ]
            )
        )
    text = "\n".join(said)
    if os.environ.get("NETGEN_UPDATE"):
        SAID.write_text(text, encoding="utf-8")
    assert text == SAID.read_text(encoding="utf-8")


def test_every_error_is_said_of_some_solver() -> None:
    from netgen.check.loading import rules_of

    text = SAID.read_text(encoding="utf-8")
    never = [rule.code for rule in rules_of("solver") if f" {rule.code} " not in text]
    assert never == ["V217"], "a case for each, but for the one that depends on the schema"
