"""Where the module that a Python layer names lies, and which PYTHONPATH would find it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Optional, Union

from netgen.resources import layers_folder

__all__ = ["Found", "Missing", "find", "from_here", "is_installed"]

# How far around a prototxt a module is looked for: folders up, folders down from each, folders in all.
_UP = 4
_DOWN = 3
_MOST = 3000
# A repository ends here.
_ROOTS = (".git", ".hg", ".svn")
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


class Found(NamedTuple):
    """A module's file."""

    path: str


class Missing(NamedTuple):
    """A module that is nowhere on the path.

    ``near`` is the folder that PYTHONPATH would have to name; None where no file of the name lies near.
    """

    near: Optional[str]


def find(module: str, folders: Sequence[str], start: Optional[str]) -> Union[Found, Missing]:
    """Look for a module's source.

    Parameters
    ----------
    module : str
        As ``python_param`` names it: ``loss_layers`` or ``package.loss_layers``.
    folders : sequence of str
        The python paths that the user gave.
    start : str, optional
        The folder of the prototxt.

    Returns
    -------
    Found or Missing
    """
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return Missing(None)
    environment = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    own = [start] if start is not None else []
    path = _on_path(parts, (*folders, *environment, *own, str(layers_folder())))
    if path is not None:
        return Found(path)
    return Missing(_near(module, start) if start is not None else None)


def is_installed(module: str) -> bool:
    """Tell whether this Python has a module, or the package that it is in, without importing it."""
    from importlib.util import find_spec

    try:
        return find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def from_here(folder: str) -> str:
    """Return a folder as a user would write it: from the current one, if it lies in it."""
    try:
        return str(Path(folder).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return folder


def _on_path(parts: list[str], folders: Iterable[str]) -> Optional[str]:
    for folder in folders:
        path = _below(Path(folder), parts)
        if path is not None:
            return str(path)
    return None


def _below(folder: Path, parts: list[str]) -> Optional[Path]:
    """Return the module's file below a folder: a file of its name, or a package's ``__init__.py``."""
    base = folder.joinpath(*parts)
    for path in (base.with_name(base.name + ".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@lru_cache(maxsize=128)
def _near(module: str, start: str) -> Optional[str]:
    """Return the nearest folder that holds the module: above the prototxt's, or below one of those."""
    parts = module.split(".")
    looked: set[str] = set()
    folder = Path(start).absolute()
    for _ in range(_UP + 1):
        for candidate in _folders(str(folder), looked):
            if _below(Path(candidate), parts) is not None:
                return candidate
        above = folder.parent
        rooted = any((folder / root).exists() for root in _ROOTS)
        # Neither the home folder nor the root is anyone's project.
        if rooted or above in (folder, Path.home(), above.parent):
            break
        folder = above
    return None


def _folders(top: str, looked: set[str]) -> Iterator[str]:
    """Yield a folder and those below it that were not looked at, nearest first, until there were too many."""
    level = [top]
    for _ in range(_DOWN + 1):
        below: list[str] = []
        for folder in level:
            if folder in looked:
                continue
            if len(looked) >= _MOST:
                return
            looked.add(folder)
            yield folder
            below += _subfolders(folder)
        level = below


def _subfolders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.path
                for entry in entries
                if entry.name not in _SKIPPED and entry.name[0] != "." and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
    return sorted(names)
