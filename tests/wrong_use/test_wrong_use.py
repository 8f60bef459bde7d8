"""Wrong uses of the DSL, the blocks and the commands, each with the whole message that a user sees.

The cases lie in ``data/*.txt``: a title after ``===``, what the user writes, ``---``, what the user sees. A case that
begins with ``$`` is a command; any other is the body of a network (or a whole file, where it imports for itself), which
is emitted. ``NETGEN_UPDATE=1`` writes what is seen into the files, for a person to read and to commit.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from netgen.cli.main import run

DATA = Path(__file__).parent / "data"
UPDATE = os.environ.get("NETGEN_UPDATE") == "1"

PRELUDE = """\
import netgen as ng
from netgen import blocks, losses
from netgen import layers as L, params as P

@ng.network
def net(net):
    net.data = L.Input(shape=dict(dim=[1, 3, 28, 28]))
"""


@dataclass
class Case:
    file: Path
    title: str
    code: str
    said: str


def read(path: Path) -> list[Case]:
    cases = []
    for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, said = block.partition("\n---\n")
        title, _, code = head.partition("\n")
        cases.append(Case(path, title.strip(), code.rstrip(), said.strip()))
    return cases


def write(path: Path, cases: list[Case]) -> None:
    text = "\n\n".join(f"=== {case.title}\n{case.code}\n---\n{case.said}" for case in cases)
    path.write_text(text + "\n", encoding="utf-8")


def use(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(folder)
    commands = [line[1:].strip() for line in case.code.splitlines() if line.startswith("$")]
    source = "\n".join(line for line in case.code.splitlines() if not line.startswith("$"))
    if source.strip():
        whole = re.match(r"(import|from|def|@|#!)", source) is not None
        body = source if whole else PRELUDE + re.sub(r"^(?=.)", "    ", source, flags=re.MULTILINE)
        (folder / "net.py").write_text(body + "\n", encoding="utf-8")
    code = 0
    for command in commands or ["netgen emit net.py --stdout"]:
        code = run(shlex.split(command)[1:])
    said = capsys.readouterr().err
    assert code == 2, f"exit code {code}, expected 2; standard error: {said}"
    return said.replace(str(folder) + os.sep, "").replace(str(folder), ".").replace(os.sep, "/").strip()


CASES = [case for path in sorted(DATA.glob("*.txt")) for case in read(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file.stem}: {case.title}")
def test_the_message(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = use(case, tmp_path, monkeypatch, capsys)
    if UPDATE:
        cases = read(case.file)
        next(each for each in cases if each.title == case.title).said = said
        write(case.file, cases)
        return
    assert said == case.said


def test_titles_are_different() -> None:
    for path in DATA.glob("*.txt"):
        titles = [case.title for case in read(path)]
        assert len(titles) == len(set(titles)), f"{path.name} has a title twice"
