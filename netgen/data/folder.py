"""A folder that is there whole, or as it was before."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from netgen.data.manifest import MANIFEST, DataSet
from netgen.errors import DataError, listed

__all__ = ["leftovers", "replaced"]

_PARTIAL = ".partial"


@contextlib.contextmanager
def replaced(output: Path, force: bool) -> Iterator[Path]:
    """Give a new folder beside ``output``, and put it in its place when the block ends well.

    A process that is killed in the block leaves ``output`` as it was, and the new folder as a hidden sibling.

    Parameters
    ----------
    output : Path
        Absent, an empty folder, or with ``force`` a data set.
    force : bool
        Replace an earlier data set; never anything else.

    Raises
    ------
    DataError
        Where something else is there, or the folder cannot be written.
    """
    _check(output, force)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # Somebody's own hidden folder beside the output: nobody else writes there.
        place = Path(tempfile.mkdtemp(prefix=f".{output.name}.", suffix=_PARTIAL, dir=output.parent))
    except OSError as error:
        raise DataError(f"{output} cannot be written: {error}") from error
    try:
        work = place / "new"
        work.mkdir()
        yield work
        _check(output, force)
        if output.exists():
            output.rename(place / "old")
        work.rename(output)
    except OSError as error:
        if not output.exists() and (place / "old").exists():
            (place / "old").rename(output)
        raise DataError(f"{output} cannot be written: {error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def leftovers(output: Path) -> list[Path]:
    """Return what killed runs for this output left behind."""
    return sorted(output.parent.glob(f".{output.name}.*{_PARTIAL}")) if output.parent.is_dir() else []


def _check(output: Path, force: bool) -> None:
    if not output.exists():
        return
    if not output.is_dir():
        raise DataError(f"{output} is a file; the data set needs a folder of its own")
    entries = sorted(entry.name for entry in output.iterdir())
    if not entries:
        return
    if MANIFEST not in entries:
        raise DataError(
            f"{output} holds files that are no data set of netgen's: {listed(entries, 8)}",
            mend=f"name a folder that is not there yet, such as {output / 'data'}",
        )
    if not force:
        raise DataError(f"{output} holds a data set already", mend="give --force to replace it")
    foreign = sorted(set(entries) - set(DataSet.read(output).files))
    if foreign:
        raise DataError(
            f"{output} also holds files that are not the data set's, and replacing it would delete them: "
            f"{listed(foreign, 8)}",
            mend="move them away, or name another folder",
        )
