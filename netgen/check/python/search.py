"""Where the module that a Python layer names lies, and which PYTHONPATH would find it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Optional, Union

from netgen.graph.setup.modules import module_below, module_file, python_path
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

    ``near`` is the folder that PYTHONPATH would have to name, and ``file`` the module's there; None where no
    file of the name lies near.
    """

    near: Optional[str]
    file: Optional[str] = None


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
        Netgen's own layers count as found, unless the user's project has a module of that name: then it was
        copied and changed, and is what the net means.
    """
    path = module_file(module, python_path(folders, start))
    brought = path is not None and path.parent == layers_folder()
    # What was found is remembered: a folder's whole path means the same wherever the process goes.
    near = _near(module, os.path.abspath(start)) if start is not None and (path is None or brought) else None
    if path is not None and not (brought and near is not None and _in_project(near, str(start))):
        return Found(str(path))
    file = None if near is None else module_below(near, module)
    return Missing(None, None) if near is None or file is None else Missing(near, str(file))


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


def _in_project(folder: str, start: str) -> bool:
    """Tell whether a folder lies in the prototxt's, or in one repository with it."""
    here = Path(start).absolute()
    if Path(folder) == layers_folder():
        return False
    top = next((above for above in (here, *here.parents) if _is_root(above)), here)
    return top in (Path(folder), *Path(folder).parents)


def _is_root(folder: Path) -> bool:
    return any((folder / root).exists() for root in _ROOTS)


@lru_cache(maxsize=128)
def _near(module: str, start: str) -> Optional[str]:
    """Return the nearest folder that holds the module: above the prototxt's, or below one of those."""
    looked: set[str] = set()
    folder = Path(start)
    for _ in range(_UP + 1):
        for candidate in _folders(str(folder), looked):
            if module_below(candidate, module) is not None:
                return candidate
        above = folder.parent
        # Neither the home folder nor the root is anyone's project.
        if _is_root(folder) or above in (folder, Path.home(), above.parent):
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
