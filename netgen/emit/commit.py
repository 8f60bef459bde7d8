"""Writing a bundle into a folder: whole or not at all, and never over what netgen did not write."""

# ruff: noqa: PTH102, PTH104, PTH118, PTH120
# As in storage.py.

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from netgen.emit import journal, ownership, storage, swap
from netgen.emit.bundle import Bundle
from netgen.emit.staging import Plan, make_folders

__all__ = ["WriteReport", "interrupted", "recover", "write_bundle"]

_HIDDEN = re.compile(r"\.(?P<name>.+)\.netgen-unfinished$")


@dataclass(frozen=True)
class WriteReport:
    """What a write did.

    Parameters
    ----------
    folder : Path
        Where.
    written, unchanged, removed : tuple of str
        Files by their names: written anew, already as they should be, and no longer in the bundle.
    kept : tuple of str
        Files that are no longer in the bundle, but were edited since netgen wrote them.
    way : str
        How: ``none`` (nothing had to be changed), ``new`` (a new folder), ``exchange`` or ``journal``.
    """

    folder: Path
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    way: str = "none"


@dataclass(frozen=True)
class _Place:
    """A bundle's folder and the names beside it that a write uses."""

    folder: str
    parent: str
    hidden: str
    new: str


def _place(folder: Path) -> _Place:
    path = os.path.realpath(folder)
    parent, name = os.path.split(path)
    # A shell that was in the folder when a run was killed may be in what is hidden now.
    match = _HIDDEN.fullmatch(name)
    if match and swap.needs_recovery(os.path.join(parent, match["name"]), path):
        name = match["name"]
    short = name if len(os.fsencode(name)) < 200 else hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    beside = os.path.join(parent, f".{short}.netgen-")
    return _Place(os.path.join(parent, name), parent, beside + "unfinished", beside + "new")


def write_bundle(bundle: Bundle, folder: Path, force: bool = False) -> WriteReport:
    """Write a bundle into a folder, whole or not at all.

    Files that differ in line ends alone are left as they are. Files that netgen wrote there before and that
    are not in the bundle any more are removed, unless they were edited. Whatever else is in the folder stays.

    Parameters
    ----------
    bundle : Bundle
        What to write.
    folder : Path
        Where; made if it is not there. A link to a folder is followed.
    force : bool
        Overwrite files that netgen did not write, or that were edited since.

    Returns
    -------
    WriteReport
        What was done.

    Raises
    ------
    BundleError
        Files are in the way, or the file system refuses; the folder is as it was.
    """
    with storage.explained(f"cannot write the bundle in {folder}; nothing was changed"):
        place = _place(Path(folder))
        make_folders(place.parent)
        with storage.locked(place.parent):
            _recover(place, force)
            plan, before = ownership.plan(bundle, place.folder, force)
            way = "none"
            if plan.writes or plan.removals:
                way = _commit(place, plan, before)
    return WriteReport(Path(folder), tuple(plan.writes), plan.unchanged, plan.removals, plan.kept, way)


def _commit(place: _Place, plan: Plan, before: ownership.Digests) -> str:
    if not os.path.lexists(place.folder):
        _commit_new(place, plan)
        return "new"
    if storage.can_exchange() and place.folder != place.parent:
        try:
            swap.prepare(place.folder, place.hidden, plan, before)
            storage.exchange(place.folder, place.hidden)
        except OSError:
            swap.discard(place.hidden)  # the folder cannot be exchanged: a mount, another owner's parent
        except BaseException:
            swap.discard(place.hidden)
            raise
        else:
            with storage.explained(
                f"the new bundle is in {place.folder}, but tidying up failed; run netgen again"
            ):
                swap.finish(place.folder, place.hidden)
            return "exchange"
    try:
        journal.prepare(place.folder, plan, before)
    except BaseException:
        journal.discard(place.folder)
        raise
    with storage.explained(f"the new bundle is not yet whole in {place.folder}; run netgen again"):
        journal.apply(place.folder)
    return "journal"


def _commit_new(place: _Place, plan: Plan) -> None:
    try:
        os.mkdir(place.new)
        for name, content in plan.writes.items():
            path = os.path.join(place.new, name)
            make_folders(os.path.dirname(path))
            storage.write_new(path, content)
        for inner in ("", *plan.folders):
            storage.sync_folder(os.path.join(place.new, inner))
        os.rename(place.new, place.folder)
    except BaseException:
        storage.remove_tree(place.new)
        raise
    with storage.explained(f"the bundle is in {place.folder}, but the disk did not confirm it"):
        storage.sync_folder(place.parent)


def interrupted(folder: Path) -> bool:
    """Tell whether a write into a folder was interrupted and ``recover`` has something to do."""
    place = _place(Path(folder))
    return (
        swap.needs_recovery(place.folder, place.hidden)
        or journal.needs_recovery(place.folder)
        or os.path.lexists(place.new)
    )


def recover(folder: Path, force: bool = False) -> None:
    """Complete or undo a write that was interrupted; do nothing where there was none.

    Parameters
    ----------
    folder : Path
        A bundle's folder.
    force : bool
        Overwrite files that were edited since.

    Raises
    ------
    BundleError
        Files were edited since, or the file system refuses.
    """
    if not interrupted(folder):
        return
    with storage.explained(f"cannot complete the interrupted write of {folder}"):
        place = _place(Path(folder))
        with storage.locked(place.parent):
            _recover(place, force)


def _recover(place: _Place, force: bool) -> None:
    if swap.needs_recovery(place.folder, place.hidden):
        swap.recover(place.folder, place.hidden)
    if journal.needs_recovery(place.folder):
        journal.recover(place.folder, force)
    if os.path.lexists(place.new):
        storage.remove_tree(place.new)
