"""Which files to check: those that are named, those that patterns find, those in folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Optional

from netgen.check.settings import Settings, settings_for
from netgen.errors import OptionError, nearest

__all__ = ["STDIN", "Target", "families", "find_targets"]

STDIN = "<stdin>"
_ENDINGS = (".prototxt", ".prototxt.txt")
_MAYBE = ".pt"  # py-faster-rcnn's nets, PyTorch's weights
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "site-packages"})
# What the names of one network's files differ in.
_PART = r"(?i)train[_-]?(?:val|test)?|trainval|deploy|inference|predict|test|val|solver|net|\d+$"
_JOINT = r"[\W_]+"


class Target(NamedTuple):
    """A file to check."""

    path: str
    named: bool
    """Whether the user named the file itself: a walk passes over what is plainly no net and no solver."""


def find_targets(paths: Iterable[str], settings: Optional[Settings] = None) -> list[Target]:
    """Return the files that paths mean, each once, in the order of the paths.

    Parameters
    ----------
    paths : iterable of str
        Files, folders, patterns, ``-`` for standard input.
    settings : Settings, optional
        In place of those that each folder's ``pyproject.toml`` gives.

    Raises
    ------
    OptionError
        Where a path does not exist, or a pattern finds nothing.
    """
    found: dict[str, Target] = {}
    for path in paths:
        for target in _targets(path, settings):
            found.setdefault(target.path, target)
    return list(found.values())


def _targets(path: str, settings: Optional[Settings]) -> Iterator[Target]:
    if path == "-":
        yield Target(STDIN, True)
    elif os.path.isdir(path):
        yield from _walk(path, settings)
    elif os.path.exists(path):
        yield Target(path, True)
    elif any(character in path for character in "*?["):
        import glob

        matching = sorted(glob.glob(path, recursive=True))
        if not matching:
            raise OptionError(f"no file matches {path}")
        for one in matching:
            if os.path.isdir(one):
                yield from _walk(one, settings)
            else:
                yield Target(one, True)
    elif os.path.islink(path):
        raise OptionError(f"{path} is a link to {os.readlink(path)}, which is not there")
    else:
        raise OptionError(f"there is no file or folder {path}", mend=_near(path))


def _near(path: str) -> Optional[str]:
    try:
        beside = os.listdir(os.path.dirname(path) or ".")
    except OSError:
        return None
    # Without their endings, which make all names alike.
    stems = {os.path.splitext(name)[0]: name for name in sorted(beside)}
    guess = nearest(os.path.splitext(os.path.basename(path))[0], stems)
    return f"did you mean {os.path.join(os.path.dirname(path), stems[guess])}?" if guess else None


def _walk(folder: str, settings: Optional[Settings]) -> Iterator[Target]:
    for where, folders, files in os.walk(folder):
        asked = settings if settings is not None else settings_for(os.path.join(where, "x"))
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _LEFT_OUT
            and not asked.excludes(os.path.join(where, name))
        )
        for name in sorted(files):
            path = os.path.join(where, name)
            low = name.lower()
            if not low.endswith(_ENDINGS) and not (low.endswith(_MAYBE) and _is_text(path)):
                continue
            if not asked.excludes(path):
                yield Target(os.path.normpath(path), False)


def _is_text(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"\0" not in file.read(1024)
    except OSError:
        return False


def families(targets: Sequence[Target]) -> list[list[Target]]:
    """Return the files in groups that belong to one network each: in one folder, of names alike.

    Two files that were named, and nothing else, belong together whatever their names.
    """
    if len(targets) == 1 or (len(targets) == 2 and all(target.named for target in targets)):
        return [list(targets)]
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        folder, name = os.path.split(target.path)
        stem = name.split(".")[0]
        groups.setdefault((folder, re.sub(_JOINT, "", re.sub(_PART, "", stem)).lower()), []).append(target)
    return list(groups.values())
