"""What a write is about to change, staged beside a record of it: both ways of committing begin with this."""

# ruff: noqa: PTH102, PTH105, PTH106, PTH108, PTH112, PTH118, PTH120, PTH123, PTH208
# As in storage.py.

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from netgen.emit import storage

__all__ = ["Plan", "Record", "read_record", "stage"]


@dataclass(frozen=True)
class Plan:
    """What a write changes in a folder, and what it leaves.

    Parameters
    ----------
    writes : mapping of str to bytes
        The files to be written, by their names.
    removals : tuple of str
        The files to be removed.
    unchanged, kept : tuple of str
        Files that are as they should be already, and files that netgen wrote once and somebody edited since.
    """

    writes: Mapping[str, bytes]
    removals: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def folders(self) -> frozenset[str]:
        """The folders on the way to what changes, outer ones too, by their names in the bundle's folder."""
        return folders_of((*self.writes, *self.removals))


@dataclass(frozen=True)
class Record:
    """What was staged, as it is read back after a run was killed.

    Parameters
    ----------
    staged : mapping of str to str
        The names of the files to be written, and what each is called where it is staged.
    inodes : mapping of str to int
        The staged files' inodes.
    before : mapping of str to (str or None)
        The digests of the files that the writes and removals replace.
    removals : tuple of str
        The files to be removed.
    """

    staged: Mapping[str, str]
    inodes: Mapping[str, int]
    before: Mapping[str, Optional[str]] = field(default_factory=dict)
    removals: tuple[str, ...] = ()

    @property
    def folders(self) -> frozenset[str]:
        """As ``Plan.folders``."""
        return folders_of((*self.staged, *self.removals))

    def to_json(self) -> bytes:
        """Return the record as it is stored."""
        content = {
            "staged": dict(self.staged),
            "inodes": dict(self.inodes),
            "before": dict(self.before),
            "removals": list(self.removals),
        }
        return json.dumps(content).encode("utf-8")


def folders_of(names: tuple[str, ...]) -> frozenset[str]:
    """Return the folders on the way to files, by names with ``/`` between."""

    def outer(name: str) -> Iterator[str]:
        while "/" in name:
            name = name.rpartition("/")[0]
            yield name

    return frozenset(folder for name in names for folder in outer(name))


def stage(plan: Plan, folder: str, place: str, before: Mapping[str, Optional[str]]) -> Record:
    """Write a plan's files into a new folder, numbered, with the permissions of the files they will replace.

    Parameters
    ----------
    plan : Plan
        What is to be written.
    folder : str
        The bundle's folder.
    place : str
        The folder to stage in, which exists.
    before : mapping of str to (str or None)
        The digests of what is there now.
    """
    staged, inodes = {}, {}
    for number, (name, content) in enumerate(plan.writes.items()):
        path = os.path.join(place, str(number))
        storage.write_new(path, content, _mode(os.path.join(folder, name)))
        staged[name] = str(number)
        inodes[name] = os.lstat(path).st_ino
    return Record(staged, inodes, before, plan.removals)


def _mode(path: str) -> Optional[int]:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None


def read_record(path: str) -> Optional[Record]:
    """Return a stored record, or None where there is none."""
    try:
        with open(path, "rb") as file:
            read: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return None
    return Record(read["staged"], read["inodes"], read["before"], tuple(read["removals"]))


def install(record: Record, place: str, folder: str) -> None:
    """Move staged files to where they belong and remove what goes; what was done already is left."""
    for name, staged in record.staged.items():
        source = os.path.join(place, staged)
        if os.path.lexists(source):
            target = os.path.join(folder, name)
            make_folders(os.path.dirname(target))
            os.replace(source, target)
    for name in record.removals:
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            os.unlink(path)
    for inner in sorted(record.folders, key=len, reverse=True):
        path = os.path.join(folder, inner)
        if storage.is_real_folder(path):
            if not os.listdir(path):
                os.rmdir(path)
            else:
                storage.sync_folder(path)
    storage.sync_folder(folder)


def make_folders(path: str) -> None:
    """Make a folder and those that it is in, where they are not there."""
    if not os.path.isdir(path):
        make_folders(os.path.dirname(path))
        os.mkdir(path)
