"""Solvers that Caffe takes or dies of: ``solver/solvers.txt``, with the nets in ``solver/nets``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

SOLVERS = Path(__file__).parent / "solver"
NETS = SOLVERS / "nets"


class SolverCase(NamedTuple):
    name: str
    text: str
    beside: Path
    """A folder of files that it names; it need not be there."""
    dies: bool
    """Whether Caffe dies of it when it trains to the end."""


def variants() -> list[SolverCase]:
    cases = []
    for block in (SOLVERS / "solvers.txt").read_text(encoding="utf-8").split("\n=== ")[1:]:
        head, _, text = block.partition("\n")
        name, _, end = head.rpartition(" | ")
        cases.append(SolverCase(name, text, NETS, end == "dies"))
    return cases
