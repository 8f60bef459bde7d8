"""The few things that writing a bundle asks of a file system."""

# ruff: noqa: PTH101, PTH106, PTH108
# os and not pathlib: every change of the file system is one call of os or of `exchange`, so that tests can
# stop the process before each of them.

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Optional

from netgen.errors import BundleError

if sys.platform != "win32":
    import fcntl

__all__ = [
    "can_exchange",
    "exchange",
    "explained",
    "is_real_folder",
    "locked",
    "remove_tree",
    "sync_folder",
    "write_new",
]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

_REASONS = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENAMETOOLONG: "the name is too long for the file system",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "something else is there",
    errno.ELOOP: "its links lead in a circle",
}

# Another netgen holds the lock for some milliseconds.
_PATIENCE = 10.0


def write_new(path: str, content: bytes, mode: Optional[int] = None) -> None:
    """Write a file that is not there yet, and wait until it is on the disk.

    Parameters
    ----------
    path : str
        The file.
    content : bytes
        What it will hold.
    mode : int, optional
        Its permissions; those of any new file without.
    """
    descriptor = os.open(path, _NEW, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            os.chmod(path, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: str) -> None:
    """Wait until a folder's entries are on the disk, where the system can tell."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def remove_tree(path: str) -> None:
    """Remove a folder and what is in it; links are removed, not followed. It may be gone already."""
    try:
        entries = list(os.scandir(path))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(path)


@lru_cache(maxsize=1)
def _exchange_call() -> Any:
    """Return the C library's function that exchanges two names, or None."""
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        here, flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        rename = library.renameat2  # type: ignore[union-attr]
        return lambda left, right: rename(here, left, here, right, flag)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda left, right: library.renamex_np(left, right, 2)  # type: ignore[union-attr]  # RENAME_SWAP
    return None


def can_exchange() -> bool:
    """Tell whether this system can exchange two names in one step; a file system may still refuse."""
    return _exchange_call() is not None


def exchange(left: str, right: str) -> None:
    """Exchange the names of two folders in one step.

    Raises
    ------
    OSError
        The system or the file system cannot do that; nothing was changed.
    """
    call = _exchange_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), left)
    if call(os.fsencode(left), os.fsencode(right)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), left)


@contextlib.contextmanager
def locked(folder: str) -> Iterator[None]:
    """Keep other writers of bundles in a folder out; the lock goes with the process.

    Where the system or the file system has no such locks, nothing is locked.

    Raises
    ------
    BundleError
        Another netgen holds the lock for longer than a write takes.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        yield
        return
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _lock(descriptor):
            if time.monotonic() > deadline:
                raise BundleError(
                    f"another netgen is writing a bundle in {folder}", mend="run this one again later"
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def is_real_folder(path: str) -> bool:
    """Tell whether there is a folder, and not a link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the file system says into a BundleError; one that is an error of netgen's already stays."""
    try:
        yield
    except BundleError:
        raise
    except OSError as error:
        said = _REASONS.get(error.errno or 0, error.strerror or str(error))
        where = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, (str, bytes)) else ""
        raise BundleError(f"{what}: {said}{where}") from error
