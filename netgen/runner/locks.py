"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Optional

__all__ = ["Lock"]

# Windows lets nobody read what is locked, so the lock lies where no text does.
_PLACE = 2**30


class Lock:
    """A lock on a file, held from `take` until `release` or the end of the process.

    A file that a killed process leaves behind is not locked, so it is in nobody's way.

    Parameters
    ----------
    path : Path
        The file; it is made if need be, and stays. It says which process holds, or held, the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Optional[int] = None

    def take(self) -> bool:
        """Take the lock, and tell whether it was free.

        Raises
        ------
        OSError
            If the file cannot be written, or its file system has no locks.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            free = _lock(file)
            if free:
                os.ftruncate(file, 0)
                os.write(file, f"{os.getpid()}\n".encode("ascii"))
                self._file, file = file, -1
        finally:
            if file >= 0:
                os.close(file)
        return free

    @property
    def holder(self) -> Optional[int]:
        """The process that took the lock last, if it can be read."""
        with contextlib.suppress(OSError, ValueError):
            return int(self.path.read_text(encoding="ascii"))
        return None

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _lock(file: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(file, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
