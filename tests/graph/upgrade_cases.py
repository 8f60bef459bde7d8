"""Net files of every age, and what their upgrade says: ``data/upgrade.txt``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data" / "upgrade.txt"


class Case(NamedTuple):
    name: str
    text: str
    said: list[str]


def _cases() -> list[Case]:
    cases = []
    for block in DATA.read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, *lines = block.splitlines()
        said = [line[2:] for line in lines if line.startswith("- ")]
        cases.append(Case(name, "\n".join(line for line in lines if not line.startswith("- ")), said))
    return cases


CASES = _cases()
