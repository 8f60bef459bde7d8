"""A user's module and the modules beside it that it imports: what has to travel together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["modules_beside"]


def modules_beside(module: str, folder: Path) -> dict[str, bytes]:
    """Return the sources of a module in a folder, and of all in that folder that it imports.

    The sources are read, never run.

    Parameters
    ----------
    module : str
        As ``python_param`` names it: ``mylayers`` or ``package.mylayers``.
    folder : Path
        Where to look.

    Returns
    -------
    dict of str to bytes
        By the modules' names, those of packages ending in ``.__init__``; empty where the folder has no such
        module.
    """
    found: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if not all(part.isidentifier() for part in name.split(".")):
            continue
        for each in (*_packages(name), name):
            path = folder / (each.replace(".", "/") + ".py")
            if each not in found and path.is_file():
                found[each] = path.read_bytes()
                waiting += _imported(found[each], each)
    return found if module in found or f"{module}.__init__" in found else {}


def _packages(name: str) -> list[str]:
    """Return the ``__init__`` modules that Python runs before a module, and its own if it is a package."""
    parts = name.split(".")
    return [".".join([*parts[:count], "__init__"]) for count in range(1, len(parts) + 1)]


def _imported(source: bytes, name: str) -> Iterator[str]:
    """Yield what a module may import: ``from a import b`` may mean the module a or the module a.b."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return  # Caffe will say so
    parts = name.split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = parts[: max(0, len(parts) - node.level)] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            if start:
                yield start
            for alias in node.names:
                yield f"{start}.{alias.name}" if start else alias.name
