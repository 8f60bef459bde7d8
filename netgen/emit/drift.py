"""Where the files on disk are not what their source gives."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from netgen.emit.bundle import MANIFEST, Bundle, digest
from netgen.emit.commit import interrupted
from netgen.emit.ownership import content_of, owned
from netgen.emit.storage import explained
from netgen.errors import BundleError

__all__ = ["Drift", "compare"]

# difflib's time grows with the square of the lines; past this many, only the beginning is compared.
_MOST_LINES = 2000


@dataclass(frozen=True)
class Drift:
    """One file that is not what its source gives.

    Parameters
    ----------
    name : str
        The file's name in the bundle; ``.`` for the folder.
    kind : str
        ``missing``, ``differs``, ``stale`` (netgen wrote it before and would remove it) or ``interrupted`` (a
        write was killed and netgen would complete it).
    diff : str
        For a file that differs, the change from the disk to the source as a unified diff.
    """

    name: str
    kind: str
    diff: str = ""

    def __str__(self) -> str:
        said = {
            "missing": "is missing",
            "differs": "differs from what its source gives",
            "stale": "is no longer in the bundle",
            "interrupted": "was left by a write that was interrupted",
        }
        return f"{self.name} {said[self.kind]}" + (f"\n{self.diff}" if self.diff else "")


def compare(bundle: Bundle, folder: Path) -> list[Drift]:
    """Compare the files on disk with a bundle; nothing is written.

    Line ends don't count, nor do files that netgen did not write.

    Parameters
    ----------
    bundle : Bundle
        What the source gives.
    folder : Path
        Where its files are.

    Returns
    -------
    list of Drift
        Empty where everything is as it should be. The manifest is named only where nothing else explains it.

    Raises
    ------
    BundleError
        The folder is a file, or a file cannot be read.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise BundleError(f"{folder} is a file, and a bundle is a folder", mend="give another folder")
    with explained(f"cannot compare the bundle with {folder}"):
        return _drifts(bundle, folder)


def _drifts(bundle: Bundle, folder: Path) -> list[Drift]:
    drifts = [Drift(".", "interrupted")] if interrupted(folder) else []
    for name, content in bundle.files.items():
        if name != MANIFEST:
            drifts += _compare(folder, name, content)
    try:
        mine = owned(os.fspath(folder))
    except BundleError:
        mine = {}
    for name in sorted(set(mine) - set(bundle.files)):
        current = content_of(os.fspath(folder), name) if (folder / name).is_file() else None
        if current is not None and digest(current) == mine[name]:
            drifts.append(Drift(name, "stale"))
    return drifts or _compare(folder, MANIFEST, bundle.files[MANIFEST])


def _compare(folder: Path, name: str, content: bytes) -> list[Drift]:
    current = content_of(os.fspath(folder), name)
    if current is None:
        return [Drift(name, "missing")]
    if digest(current) == digest(content):
        return []
    return [Drift(name, "differs", _diff(name, current, content))]


def _diff(name: str, current: bytes, content: bytes) -> str:
    disk, source = (
        data.replace(b"\r\n", b"\n").decode("utf-8", "replace").splitlines() for data in (current, content)
    )
    same = 0
    while same < min(len(disk), len(source)) and disk[same] == source[same]:
        same += 1
    start = max(0, same - 3)
    end = 0
    while end < min(len(disk), len(source)) - same and disk[-1 - end] == source[-1 - end]:
        end += 1
    end = max(0, end - 3)
    disk, source = disk[start : len(disk) - end], source[start : len(source) - end]
    cut = max(len(disk), len(source)) > _MOST_LINES
    lines = difflib.unified_diff(
        disk[:_MOST_LINES],
        source[:_MOST_LINES],
        f"{name} (on disk)",
        f"{name} (from the source)",
        lineterm="",
    )
    text = "\n".join(_moved(line, start) for line in lines)
    return f"{text}\n… and more after line {start + _MOST_LINES}" if cut else text


def _moved(line: str, start: int) -> str:
    """Return a line of a diff with its places counted from the file's beginning."""
    if not line.startswith("@@ "):
        return line
    places = []
    for part in line.split()[1:3]:
        first, comma, count = part[1:].partition(",")
        places.append(f"{part[0]}{int(first) + start}{comma}{count}")
    return f"@@ {' '.join(places)} @@"
