"""Texts and what C++ says of them: ``verdicts.txt``, one to a line.

``N b'layer { nam: 1 }' -> 1:12 unknown-field``: a text of a NetParameter (S: of a SolverParameter) as a literal of
bytes; ``accepted``, or C++'s line and column and netgen's kind of fault. ``NETGEN_UPDATE=1`` rewrites what is behind
the arrow from C++ itself, to be looked at.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("verdicts.txt")
MESSAGES = {"N": "NetParameter", "S": "SolverParameter"}


@dataclass
class Case:
    message: str
    text: bytes
    verdict: str

    @property
    def line(self) -> str:
        letter = next(letter for letter, name in MESSAGES.items() if name == self.message)
        return f"{letter} {self.text!r} -> {self.verdict}"


def cases() -> list[Case]:
    found = []
    for line in FILE.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            literal, _, verdict = line[2:].rpartition(" -> ")
            found.append(Case(MESSAGES[line[0]], ast.literal_eval(literal), verdict))
    return found


def rewrite(verdicts: list[str]) -> None:
    lines = FILE.read_text(encoding="ascii").splitlines()
    new = iter(verdicts)
    made = [
        line if not line or line.startswith("#") else f"{line.rpartition(' -> ')[0]} -> {next(new)}"
        for line in lines
    ]
    FILE.write_text("\n".join(made) + "\n", encoding="ascii")
