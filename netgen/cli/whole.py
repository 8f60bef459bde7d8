"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Union

__all__ = ["write_whole"]


def write_whole(path: Union[str, Path], content: bytes) -> None:
    """Write a file; who reads it meanwhile gets the old content or the new, never a part.

    Parameters
    ----------
    path : str or Path
        The file. A link stays one: what it leads to is written. Permissions stay as they are.
    content : bytes
        What it will hold.

    Raises
    ------
    OSError
        The file cannot be written; it is as it was.
    """
    target = Path(path).resolve()
    beside = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode)
        beside.replace(target)
    except OSError as error:
        if error.filename == str(beside):  # nobody has named that one
            error.filename = str(path)
        raise
    finally:
        beside.unlink(missing_ok=True)
