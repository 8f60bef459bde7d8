"""Which snapshots of a training are whole."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

__all__ = ["Record", "Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """A pair of files that Caffe wrote, both whole.

    Parameters
    ----------
    iteration : int
        After how many iterations.
    model : Path
        The weights.
    state : Path
        The solver's state, to go on training from.
    """

    iteration: int
    model: Path
    state: Path


class Record:
    """The list of whole snapshots, in a small file that is replaced as one.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    folder : Path
        The bundle's folder, which relative paths start from.

    Notes
    -----
    Caffe writes both files of a snapshot in place, so a kill leaves one cut short or alone. A pair is listed
    only once it is on the disk, and taken only if both files still have the size that they had then.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = folder
        self._entries: list[dict[str, Any]] = []
        try:
            self._entries = json.loads(path.read_text(encoding="utf-8"))["snapshots"]
        except (OSError, ValueError, KeyError, TypeError):
            # Not there yet, or not this record's: then no snapshot is known to be whole.
            self._entries = []

    @property
    def last(self) -> Optional[Snapshot]:
        """The newest whole snapshot."""
        for entry in reversed(self._entries):
            if all(self._whole(*entry[kind]) for kind in ("model", "state")):
                model, state = (self._folder / entry[kind][0] for kind in ("model", "state"))
                return Snapshot(entry["iteration"], model, state)
        return None

    def add(self, iteration: int, model: tuple[str, int], state: tuple[str, int]) -> Snapshot:
        """List a snapshot: for each file its path and its size."""
        self.forget(iteration)
        self._entries.append({"iteration": iteration, "model": list(model), "state": list(state)})
        self._write()
        return Snapshot(iteration, self._folder / model[0], self._folder / state[0])

    def forget(self, iteration: int) -> None:
        """Take snapshots from this iteration on off the list: they are about to be overwritten."""
        kept = [entry for entry in self._entries if entry["iteration"] < iteration]
        if kept != self._entries:
            self._entries = kept
            self._write()

    def _whole(self, path: str, size: int) -> bool:
        try:
            return (self._folder / path).stat().st_size == size
        except OSError:
            return False

    def _write(self) -> None:
        temporary = self._path.with_name(self._path.name + ".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"snapshots": self._entries}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
