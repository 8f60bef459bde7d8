"""Where the source of a module of Python layers lies; nothing is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Optional

from netgen.resources import layers_folder

__all__ = ["module_below", "module_file", "python_path"]


def python_path(given: Sequence[str], beside: Optional[str]) -> tuple[str, ...]:
    """Return the folders in which modules may lie: those given, PYTHONPATH, beside the net.

    Parameters
    ----------
    given : sequence of str
        The python paths that the user gave.
    beside : str, optional
        The net's folder; None where its text has no place.
    """
    environment = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    return (*given, *environment, *([] if beside is None else [beside]))


def module_file(module: str, folders: Iterable[str]) -> Optional[Path]:
    """Return a module's file: in the first folder that has it, or among the modules that netgen brings.

    Parameters
    ----------
    module : str
        As ``python_param`` names it: ``loss_layers`` or ``package.loss_layers``.
    folders : iterable of str
        Where to look, in order.
    """
    for folder in (*folders, str(layers_folder())):
        path = module_below(folder, module)
        if path is not None:
            return path
    return None


def module_below(folder: str, module: str) -> Optional[Path]:
    """Return the file that Python would take for a module in a folder; a package goes before a file."""
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    base = Path(folder, *parts)
    for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
        if path.is_file():
            return path
    return None
