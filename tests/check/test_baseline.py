"""Baselines: what an old repository lives with is not said again, wherever its lines have moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

import pytest
from check_nets import GOOD, UNKNOWN, write

from netgen.check.baseline import baseline_of, read_baseline, without
from netgen.check.discovery import find_targets
from netgen.check.run import run
from netgen.errors import OptionError

TWICE = UNKNOWN + 'layer { name: "r2" type: "ReLU" bottom: "dat" top: "r2" }\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(file: str = "known.json") -> list[tuple[str, Optional[str]]]:
    results = run(find_targets(["."]), jobs=1).results
    return [(f.code, f.layer) for one in without(results, read_baseline(file), file) for f in one.findings]


def save(file: str = "known.json") -> None:
    text = baseline_of(run(find_targets(["."]), jobs=1).findings, file)
    Path(file).write_text(text, encoding="utf-8")


def test_what_is_listed_is_not_said(folder: Path) -> None:
    write(folder, net=UNKNOWN)
    save()
    assert left() == []
    write(folder, net="# moved\n\n\n" + UNKNOWN)
    assert left() == []
    write(folder, net=TWICE)
    assert left() == [("N101", "r2")]
    write(folder, net=GOOD, other=UNKNOWN)
    assert left() == [("N101", "relu")]


def test_each_is_listed_as_often_as_it_was(folder: Path) -> None:
    unnamed = 'layer { type: "ReLU" bottom: "dat" top: "%s" }\n'
    write(folder, net=GOOD + unnamed % "a")
    save()
    count = len(left())
    write(folder, net=GOOD + unnamed % "a" + unnamed % "b")
    assert count == 0
    assert ("N101", None) in left()


def test_paths_are_from_the_baselines_own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "deep").mkdir()
    write(folder / "deep", net=UNKNOWN)
    save()
    assert json.loads(Path("known.json").read_text())["findings"][0]["path"] == "deep/net.prototxt"
    monkeypatch.chdir(folder / "deep")
    assert left("../known.json") == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"netgen-baseline": 1}', '{"netgen-baseline": 1, "findings": [1]}']
)
def test_what_is_no_baseline(folder: Path, text: str) -> None:
    Path("b.json").write_text(text)
    with pytest.raises(OptionError, match=r"b\.json is no baseline"):
        read_baseline("b.json")


def test_a_baseline_of_another_version_or_none(folder: Path) -> None:
    Path("b.json").write_text('{"netgen-baseline": 2, "findings": []}')
    with pytest.raises(OptionError, match="version 2"):
        read_baseline("b.json")
    with pytest.raises(OptionError, match="there is no baseline c.json") as raised:
        read_baseline("c.json")
    assert raised.value.mend == "--write-baseline c.json makes one"
