"""Committing by journal, where folders cannot be exchanged: whole after the next run, not at every moment.

The new files are staged in a folder inside the bundle's, then a record is put beside them, which commits the
write; then they are renamed into their places one by one. A run that is killed in between leaves some files
old and some new until netgen writes there again, or is asked to recover, and completes what the record says.
"""

# ruff: noqa: PTH102, PTH105, PTH108, PTH118, PTH123
# As in storage.py.

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Optional

from netgen.emit import storage
from netgen.emit.bundle import digest
from netgen.emit.staging import Plan, Record, install, read_record, stage
from netgen.errors import BundleError, listed

__all__ = ["apply", "discard", "needs_recovery", "prepare", "recover"]

_JOURNAL = ".netgen-journal"
_RECORD = "record.json"


def _journal(folder: str) -> str:
    return os.path.join(folder, _JOURNAL)


def prepare(folder: str, plan: Plan, before: Mapping[str, Optional[str]]) -> None:
    """Stage the new files and commit the write by its record.

    Parameters
    ----------
    folder : str
        The bundle's folder.
    plan : Plan
        What changes.
    before : mapping of str to (str or None)
        The digests of the files that change.
    """
    journal = _journal(folder)
    os.mkdir(journal)
    record = stage(plan, folder, journal, before)
    unfinished = os.path.join(journal, _RECORD + ".new")
    storage.write_new(unfinished, record.to_json())
    storage.sync_folder(journal)
    storage.sync_folder(folder)
    os.replace(unfinished, os.path.join(journal, _RECORD))
    storage.sync_folder(journal)


def apply(folder: str) -> None:
    """Put the staged files in their places; what was done already is left."""
    journal = _journal(folder)
    path = os.path.join(journal, _RECORD)
    record = read_record(path)
    if record is not None:
        install(record, journal, folder)
        os.unlink(path)
        storage.sync_folder(journal)
    storage.remove_tree(journal)


def discard(folder: str) -> None:
    """Undo a write that was not begun; the record goes first, as without it the rest means nothing."""
    path = os.path.join(_journal(folder), _RECORD)
    if os.path.lexists(path):
        os.unlink(path)
    storage.remove_tree(_journal(folder))


def needs_recovery(folder: str) -> bool:
    """Tell whether a run was killed that committed by journal."""
    return os.path.lexists(_journal(folder))


def recover(folder: str, force: bool) -> None:
    """Complete a write that was committed, undo one that was not.

    Parameters
    ----------
    folder : str
        The bundle's folder.
    force : bool
        Overwrite files that were edited since the run was killed.

    Raises
    ------
    BundleError
        Files that are still to be replaced were edited since.
    """
    record = read_record(os.path.join(_journal(folder), _RECORD))
    edited = [] if record is None or force else _edited(folder, record)
    if edited:
        raise BundleError(
            f"a write of {folder} was interrupted, and these were edited since: {listed(edited)}",
            mend="move them elsewhere and run netgen again, or overwrite them with --force",
        )
    apply(folder)


def _edited(folder: str, record: Record) -> list[str]:
    waiting = [
        name
        for name, staged in record.staged.items()
        if os.path.lexists(os.path.join(_journal(folder), staged))
    ]
    return [
        name
        for name in (*waiting, *record.removals)
        if _digest(os.path.join(folder, name)) not in (None, record.before.get(name))
    ]


def _digest(path: str) -> Optional[str]:
    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except FileNotFoundError:
        return None
