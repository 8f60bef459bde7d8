"""The modules of rules for layers are all known."""

from __future__ import annotations

from pathlib import Path

from netgen.graph import setup
from netgen.graph.setup.registry import FAMILIES


def test_every_module_with_rules_is_a_family() -> None:
    folder = Path(setup.__path__[0])
    found = {path.stem for path in folder.glob("*.py") if "\nTYPES" in path.read_text(encoding="utf-8")}
    assert found == set(FAMILIES), "name the new module in netgen.graph.setup.registry.FAMILIES"
