"""Which files of a folder are netgen's own, and so what a write may change there."""

# ruff: noqa: PTH112, PTH113, PTH114, PTH116, PTH118, PTH123
# As in storage.py.

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from netgen.emit import storage
from netgen.emit.bundle import MANIFEST, Bundle, digest, read_manifest
from netgen.emit.staging import Plan, folders_of
from netgen.errors import BundleError, listed

__all__ = ["Digests", "content_of", "owned", "plan"]

# Names of files and the digests of what they hold, None for a file that is not there.
Digests = Mapping[str, Optional[str]]


def content_of(folder: str, name: str) -> Optional[bytes]:
    """Return what a file holds, or None where there is none.

    Raises
    ------
    BundleError
        It is a folder or a device.
    """
    path = os.path.join(folder, name)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            what = "a folder" if os.path.isdir(path) else "not a file"
            raise BundleError(
                f"{path} is {what}, and the bundle has a file of that name", mend="move it elsewhere"
            )
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def owned(folder: str) -> Mapping[str, str]:
    """Return the digests that the folder's manifest gives, none where there is no manifest.

    Raises
    ------
    BundleError
        The manifest is not one.
    """
    content = content_of(folder, MANIFEST)
    return {} if content is None else read_manifest(content, Path(folder, MANIFEST))


def plan(bundle: Bundle, folder: str, force: bool) -> tuple[Plan, Digests]:
    """Compare a bundle with a folder.

    Parameters
    ----------
    bundle : Bundle
        What the folder is to hold.
    folder : str
        Where.
    force : bool
        Overwrite files that netgen did not write, or that were edited since.

    Returns
    -------
    plan : Plan
        What changes.
    before : mapping
        The digests of the files that change.

    Raises
    ------
    BundleError
        Files are in the way.
    """
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise BundleError(f"{folder} is a file, and a bundle is a folder", mend="give another folder")
    try:
        mine = owned(folder)
    except BundleError:
        if not force:
            raise
        mine = {}
    for inner in sorted(folders_of(tuple(bundle.files))):
        path = os.path.join(folder, inner)
        if os.path.lexists(path) and not storage.is_real_folder(path):
            raise BundleError(
                f"{path} is not a folder, and the bundle has one of that name", mend="move it elsewhere"
            )
    writes: dict[str, bytes] = {}
    before: dict[str, Optional[str]] = {}
    unchanged: list[str] = []
    edited: list[str] = []
    foreign: list[str] = []
    for name, content in bundle.files.items():
        current = content_of(folder, name)
        held = None if current is None else digest(current)
        if held == digest(content):
            unchanged.append(name)
            continue
        writes[name], before[name] = content, held
        if not os.path.lexists(os.path.join(folder, name)) or name == MANIFEST:
            continue
        if os.path.islink(os.path.join(folder, name)) or name not in mine:
            foreign.append(name)
        elif mine[name] != held:
            edited.append(name)
    if not force:
        _refuse(folder, foreign, edited)
    removals: list[str] = []
    kept: list[str] = []
    for name in sorted(set(mine) - set(bundle.files)):
        if os.path.isfile(os.path.join(folder, name)):
            current = content_of(folder, name)
            before[name] = None if current is None else digest(current)
            (removals if before[name] == mine[name] else kept).append(name)
    return Plan(writes, tuple(removals), tuple(unchanged), tuple(kept)), before


def _refuse(folder: str, foreign: list[str], edited: list[str]) -> None:
    said = []
    if edited:
        said.append(f"edited since netgen wrote them: {listed(edited)}")
    if foreign:
        said.append(f"not written by netgen: {listed(foreign)}")
    if said:
        raise BundleError(
            f"{folder} has files that would be overwritten; {'; '.join(said)}",
            mend="move them elsewhere, put the change into the source, or overwrite them with --force",
        )
