"""Committing by exchange: at every moment the folder's name leads to the whole old or the whole new bundle.

The new bundle is built in a *stand-in* beside the folder, which also has a link to everything else that the
folder holds. The two exchange their names in one step. While the stand-in serves, the folder itself, under
the other name, is brought to the new state file by file; then the names are exchanged back, and the stand-in
goes. So the folder stays the same one: a shell in it stays where it is, and what netgen did not write never
moves.
"""

# ruff: noqa: PTH101, PTH102, PTH104, PTH105, PTH106, PTH108, PTH112, PTH115, PTH116, PTH118, PTH119, PTH120, PTH208, PTH211
# As in storage.py.

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Mapping
from typing import Optional

from netgen.emit import storage
from netgen.emit.staging import Plan, Record, install, make_folders, read_record, stage
from netgen.errors import BundleError

__all__ = ["discard", "finish", "needs_recovery", "prepare", "recover"]

# The stand-in's own folder inside it, by which it is known. Its record is renamed when it has served.
_MARK = ".netgen-stand-in"
_RECORD, _SERVED = "record.json", "served.json"


# A folder of more entries than this takes the other way, rather than a second for as many links.
_MOST_LINKS = 10_000


def _link_text(hidden: str, name: str) -> str:
    """Return what the stand-in's link to an entry of the folder says; right while the two are exchanged."""
    return "../" * (name.count("/") + 1) + f"{os.path.basename(hidden)}/{name}"


def prepare(folder: str, hidden: str, plan: Plan, before: Mapping[str, Optional[str]]) -> None:
    """Build the stand-in; the folder is not touched.

    Parameters
    ----------
    folder : str
        The bundle's folder.
    hidden : str
        The stand-in's path, beside it.
    plan : Plan
        What changes.
    before : mapping of str to (str or None)
        The digests of the files that change.

    Raises
    ------
    OSError
        The file system refuses something, such as links.
    """
    mark = os.path.join(hidden, _MARK)
    os.mkdir(hidden)
    os.mkdir(mark)
    record = stage(plan, folder, mark, before)
    storage.write_new(os.path.join(mark, _RECORD), record.to_json())
    for inner in sorted(record.folders):
        os.mkdir(os.path.join(hidden, inner))
    for name, staged in record.staged.items():
        os.link(os.path.join(mark, staged), os.path.join(hidden, name))
    for inner in ("", *sorted(record.folders)):
        _link_others(folder, hidden, inner, record)
        storage.sync_folder(os.path.join(hidden, inner))
    storage.sync_folder(mark)
    os.chmod(hidden, stat.S_IMODE(os.stat(folder).st_mode))


def _link_others(folder: str, hidden: str, inner: str, record: Record) -> None:
    source = os.path.join(folder, inner)
    entries = sorted(os.listdir(source)) if os.path.isdir(source) else []
    if len(entries) > _MOST_LINKS:
        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG), source)
    for entry in entries:
        name = f"{inner}/{entry}" if inner else entry
        if name not in record.staged and name not in record.removals and name not in record.folders:
            os.symlink(_link_text(hidden, name), os.path.join(hidden, name))


def finish(folder: str, hidden: str) -> None:
    """Bring the folder to the new state and back to its name, after it and the stand-in have been exchanged.

    Parameters
    ----------
    folder : str
        The bundle's folder, whose name leads to the stand-in now.
    hidden : str
        The stand-in's path, which leads to the folder now.
    """
    storage.sync_folder(os.path.dirname(folder))
    mark = os.path.join(folder, _MARK)
    record = read_record(os.path.join(mark, _RECORD))
    if record is not None:
        install(record, mark, hidden)
        os.rename(os.path.join(mark, _RECORD), os.path.join(mark, _SERVED))
        storage.sync_folder(mark)
    storage.exchange(folder, hidden)
    storage.sync_folder(os.path.dirname(folder))
    _retire(hidden, folder)


def _retire(hidden: str, folder: str) -> None:
    """Remove the stand-in; what others put into it while it served goes to the folder."""
    record = read_record(os.path.join(hidden, _MARK, _SERVED))
    if record is not None:
        for inner in ("", *sorted(record.folders)):
            _rescue(hidden, folder, inner, record)
    discard(hidden)


def _rescue(hidden: str, folder: str, inner: str, record: Record) -> None:
    source = os.path.join(hidden, inner)
    for entry in sorted(os.listdir(source)) if storage.is_real_folder(source) else ():
        name = f"{inner}/{entry}" if inner else entry
        path = os.path.join(hidden, name)
        status = os.lstat(path)
        if name == _MARK or (name in record.folders and stat.S_ISDIR(status.st_mode)):
            continue
        if status.st_ino == record.inodes.get(name):
            continue
        if stat.S_ISLNK(status.st_mode) and os.readlink(path) == _link_text(hidden, name):
            continue
        target = os.path.join(folder, name)
        make_folders(os.path.dirname(target))
        if os.path.lexists(target) and not _replaces(status, os.lstat(target)):
            target = _free_name(target)
        os.replace(path, target)


def _replaces(new: os.stat_result, old: os.stat_result) -> bool:
    """Tell whether a file was put in the place of another while the stand-in served."""
    folders = stat.S_ISDIR(new.st_mode) or stat.S_ISDIR(old.st_mode)
    return not folders and new.st_mtime_ns >= old.st_mtime_ns


def _free_name(path: str) -> str:
    number = 1
    while os.path.lexists(f"{path}.rescued{number}"):
        number += 1
    return f"{path}.rescued{number}"


def discard(hidden: str) -> None:
    """Remove a stand-in that does not serve; its mark goes last, so that it stays known for what it is.

    Whatever has no mark is not one, but may be the folder itself, and stays.
    """
    if not storage.is_real_folder(os.path.join(hidden, _MARK)):
        with contextlib.suppress(OSError):
            os.rmdir(hidden)  # killed before it had its mark; refused where there is anything in it
        return
    for entry in sorted(os.listdir(hidden)):
        path = os.path.join(hidden, entry)
        if entry == _MARK:
            continue
        if storage.is_real_folder(path):
            storage.remove_tree(path)
        else:
            os.unlink(path)
    storage.remove_tree(os.path.join(hidden, _MARK))
    os.rmdir(hidden)


def needs_recovery(folder: str, hidden: str) -> bool:
    """Tell whether a run was killed that committed by exchange."""
    return os.path.lexists(hidden) or os.path.lexists(os.path.join(folder, _MARK))


def recover(folder: str, hidden: str) -> None:
    """Complete or undo what a killed run left.

    Raises
    ------
    BundleError
        What is there is not what a killed run leaves.
    """
    if os.path.lexists(os.path.join(folder, _MARK)):
        if not storage.is_real_folder(hidden):
            raise BundleError(
                f"a write of {folder} was interrupted, and {hidden}, which holds its other files, is gone",
                mend=f"put {hidden} back, or remove {_MARK} and the links that lead nowhere",
            )
        finish(folder, hidden)
    elif storage.is_real_folder(hidden):
        if os.listdir(hidden) and not os.path.lexists(os.path.join(hidden, _MARK)):
            raise BundleError(f"{hidden} is in the way, and netgen did not make it", mend="move it elsewhere")
        _retire(hidden, folder)
    elif os.path.lexists(hidden):
        raise BundleError(f"{hidden} is in the way, and netgen did not make it", mend="move it elsewhere")
