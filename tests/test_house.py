"""The house: imports go down the floors and never in a circle, and every room can be taken in at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From the ground up; what shares a floor does not import each other.
FLOORS = (
    ("version", "resources", "errors"),
    ("prototxt",),
    ("schema",),
    ("interface",),
    ("graph",),
    ("check",),
    ("dsl",),
    ("layers", "params"),
    ("blocks",),
    ("losses",),
    ("networks",),
    ("api",),
    ("emit",),
    ("data", "runner"),
    ("demo",),
    ("cli",),
    ("__main__",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# The package as ``ng.check(...)`` takes what only the floors above know.
KNOWN = {("netgen.check", "netgen.api")}
LONGEST = 510


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / "netgen").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(nodes: list[ast.stmt], inside_functions: bool) -> Iterator[ast.stmt]:
    """Yield the statements that run; what stands under TYPE_CHECKING never does."""
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        if inside_functions or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, field, []), inside_functions)
            for handler in getattr(node, "handlers", []):
                yield from statements(handler.body, inside_functions)


@cache
def imports(name: str, inside_functions: bool) -> frozenset[str]:
    found = set()
    path = modules()[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in statements(ast.parse(path.read_bytes()).body, inside_functions):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # The worker, which Caffe's Python runs without netgen, imports its own modules relatively.
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found.update(
                whole if (whole := f"{base}.{alias.name}") in modules() else base for alias in node.names
            )
    return frozenset(found & modules().keys())


def room(name: str) -> str:
    return name.split(".")[1]


def test_every_room_has_a_floor() -> None:
    rooms = {room(name) for name in modules() if name != "netgen"}
    assert rooms == set(FLOOR_OF), "give the new room a floor here, and a line in CONTRIBUTING.md"


@pytest.mark.parametrize("asked", sorted(FLOOR_OF))
def test_imports_go_down(asked: str) -> None:
    for name in modules():
        if name == "netgen" or room(name) != asked:
            continue
        for other in imports(name, inside_functions=True):
            # netgen/__init__.py itself knows its version, and finds the rest when it is asked.
            if other == "netgen" or room(other) == asked or (name, other) in KNOWN:
                continue
            assert FLOOR_OF[room(other)] < FLOOR_OF[asked], f"{name} imports {other}, which lies above it"


def test_no_module_imports_itself_through_others() -> None:
    wanted = {name: imports(name, inside_functions=False) - {name} for name in modules()}
    while True:
        free = {name for name, others in wanted.items() if not others & wanted.keys()}
        if not free:
            break
        wanted = {name: others for name, others in wanted.items() if name not in free}
    assert not wanted, f"these import each other: {', '.join(sorted(wanted))}"


def test_rules_stand_alone() -> None:
    for name in modules():
        if name.startswith("netgen.check.rules."):
            for other in imports(name, inside_functions=True):
                assert not other.startswith("netgen.check.rules."), f"{name} imports {other}"


@pytest.mark.parametrize("folder", ["netgen", "tools", "benchmarks"])
def test_modules_can_be_taken_in_at_once(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST, f"{path.relative_to(ROOT)} has {lines} lines: split it by what it does"
