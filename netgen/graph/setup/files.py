"""How the rules of data layers look at the files that a net names.

The rules themselves know no format: they ask an instance of ``Files``, and get None where nothing can be
known, for want of a library or of a format that can be read in little time. What is not there, or is not what
Caffe takes, is a ``FileRefusal``: it says nothing against the net, which may be meant for another machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from netgen.graph.setup.declared import Declaration, declaration
from netgen.graph.setup.kinds import Made
from netgen.graph.setup.modules import module_file
from netgen.graph.setup.pictures import Picture, picture
from netgen.graph.setup.weights import written_shape
from netgen.graph.shape import Refusal, Shape

__all__ = ["Datum", "FileRefusal", "Files", "Windows"]

_HEAD = 2**18
_LARGEST_LIST = 2**26

FieldPath = tuple[Any, ...]
_Answer = TypeVar("_Answer")


class FileRefusal(Refusal):
    """A file that is not there, or is not what Caffe takes.

    Parameters
    ----------
    message, field, mend
        As of a Refusal, which is of the kind ``file``.
    """

    def __init__(self, message: str, field: FieldPath, *, mend: Optional[str] = None) -> None:
        super().__init__(message, "file", field, mend=mend)
        self.made: Optional[Made] = None
        """What the layer makes whatever the file holds, where that is known."""


class Datum(NamedTuple):
    """What a database's first entry says of its size."""

    size: Optional[tuple[int, int, int]]
    """C x H x W; None for an encoded picture."""
    picture: Optional[Picture]
    """The picture, where it is encoded and its head can be read."""


class Windows(NamedTuple):
    """What the list of a WindowData layer says."""

    channels: int
    """Of its last picture, which Caffe takes for all."""


class Files:
    """The files as they are seen from a folder.

    Parameters
    ----------
    folder : str
        The folder in which Caffe would run: relative paths in a net start there.
    python_path : sequence of str
        The folders in which modules of Python layers are looked for, beside netgen's own.

    Notes
    -----
    Answers are kept, since the phases of a net mostly read the same files.
    """

    def __init__(self, folder: str = "", python_path: Sequence[str] = ()) -> None:
        self.folder = Path(folder)
        self.python_path = tuple(python_path)
        self._known: dict[tuple[str, Path], Any] = {}

    def path(self, name: str) -> Path:
        """Return a file's path as seen from where this process runs."""
        return self.folder / name

    def check_file(self, name: str, what: str, field: FieldPath) -> Path:
        """Return the path of a file that has to be there.

        Raises
        ------
        FileRefusal
            Where it is not.
        """
        path = self.path(name)
        if not path.is_file():
            raise FileRefusal(
                f"the {what} {name!r} is not there",
                field,
                mend="a relative path starts in the folder in which Caffe runs",
            )
        return path

    def check_folder_of(self, name: str, what: str, field: FieldPath) -> None:
        """Check that a file could be written: that its folder is there.

        Raises
        ------
        FileRefusal
            Where it is not.
        """
        if not self.path(name).parent.is_dir():
            raise FileRefusal(f"the folder of the {what} {name!r} is not there", field)

    def blob(self, name: str, what: str, field: FieldPath) -> Shape:
        """Return the shape of a BlobProto in a file of its own, such as a mean or a matrix.

        Raises
        ------
        FileRefusal
            Where there is no such file, or not a BlobProto that Caffe takes.
        """
        path = self.check_file(name, what, field)
        return self._once("blob", path, lambda: _blob(path, f"the {what} {name!r}", field))

    def lines(self, name: str, what: str, field: FieldPath) -> Optional[list[bytes]]:
        """Return the lines of a list, None where it is too long to be read in passing.

        Raises
        ------
        FileRefusal
            Where it is not there.
        """
        path = self.check_file(name, what, field)
        return self._once("lines", path, lambda: _lines(path))

    def first_datum(self, name: str, field: FieldPath) -> Optional[Datum]:
        """Return what the first entry of an LMDB is; None where the package ``lmdb`` is not installed.

        Raises
        ------
        FileRefusal
            Where there is no such database, or nothing in it.
        """
        path = self.path(name)
        if not (path / "data.mdb").is_file():
            raise FileRefusal(
                f"there is no LMDB {name!r}",
                field,
                mend="an LMDB is a folder with data.mdb in it; a relative path starts in the folder in which "
                "Caffe runs",
            )
        return self._once("datum", path, lambda: _first_datum(path, f"the LMDB {name!r}", field))

    def check_database(self, name: str, field: FieldPath) -> None:
        """Check that there is a LevelDB, of which no more is known.

        Raises
        ------
        FileRefusal
            Where there is none.
        """
        if not (self.path(name) / "CURRENT").is_file():
            raise FileRefusal(
                f"there is no LevelDB {name!r}",
                field,
                mend="for an LMDB write backend: LMDB; a relative path starts in the folder in which Caffe "
                "runs",
            )

    def datasets(self, name: str, wanted: Sequence[str], field: FieldPath) -> Optional[list[Shape]]:
        """Return the shapes of an HDF5 file's data sets; None where the package ``h5py`` is not installed.

        Raises
        ------
        FileRefusal
            Where there is no such file, or one of the data sets is not in it or not numbers.
        """
        path = self.check_file(name, "HDF5 file", field)
        return self._once(
            f"hdf5 {list(wanted)}", path, lambda: _datasets(path, f"the HDF5 file {name!r}", wanted, field)
        )

    def picture(self, name: str, field: FieldPath) -> Optional[Picture]:
        """Return a picture's size; None where its format is not known.

        Raises
        ------
        FileRefusal
            Where it is not there.
        """
        path = self.check_file(name, "picture", field)
        return self._once("picture", path, lambda: _picture(path))

    def windows(self, name: str, threshold: float, field: FieldPath) -> Optional[Windows]:
        """Return what the list of a WindowData layer says; None where it is too long or cannot be made out.

        Raises
        ------
        FileRefusal
            Where it is not there, or Caffe finds nothing in it.
        """
        lines = self.lines(name, "list of windows", field)
        return None if lines is None else _windows(b" ".join(lines).split(), threshold, name, field)

    def declaration(self, module: str, layer: str) -> Optional[Declaration]:
        """Return what a module of Python layers declares of one of them; None where there is nothing of it.

        It is looked for along the Python path, then in the folder, then among those that netgen brings.
        """
        path = module_file(module, (*self.python_path, str(self.folder)))
        if path is None:
            return None
        return self._once(f"declaration {layer}", path, partial(declaration, path, layer))

    def _once(self, what: str, path: Path, read: Callable[[], _Answer]) -> _Answer:
        key = (what, path)
        if key not in self._known:
            self._known[key] = read()
        answer: _Answer = self._known[key]
        return answer


def _blob(path: Path, what: str, field: FieldPath) -> Shape:
    from google.protobuf.message import DecodeError  # few nets name such a file

    from netgen.schema import caffe_pb2

    try:
        blob = caffe_pb2.BlobProto.FromString(path.read_bytes())
        return written_shape(blob, field, what)
    except (OSError, DecodeError):
        raise FileRefusal(f"{what} is not a binary BlobProto", field) from None
    except Refusal as refusal:
        raise FileRefusal(refusal.message, field) from None


def _lines(path: Path) -> Optional[list[bytes]]:
    if path.stat().st_size > _LARGEST_LIST:
        return None
    lines = path.read_bytes().split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def _first_datum(path: Path, what: str, field: FieldPath) -> Optional[Datum]:
    try:
        import lmdb
    except ImportError:
        return None
    from google.protobuf.message import DecodeError

    from netgen.schema import caffe_pb2

    try:
        environment = lmdb.open(str(path), readonly=True, lock=False, create=False)
        with environment, environment.begin() as transaction:
            cursor = transaction.cursor()
            if not cursor.first():
                raise FileRefusal(f"{what} is empty", field)
            datum = caffe_pb2.Datum.FromString(cursor.value())
    except (lmdb.Error, DecodeError):
        return None
    if datum.encoded:
        return Datum(None, picture(datum.data))
    return Datum((datum.channels, datum.height, datum.width), None)


def _datasets(path: Path, what: str, wanted: Sequence[str], field: FieldPath) -> Optional[list[Shape]]:
    try:
        import h5py
    except ImportError:
        return None
    shapes: list[Shape] = []
    try:
        with h5py.File(path, "r") as file:
            for name in wanted:
                # Caffe looks at the top of the file alone.
                if name not in list(file) or not isinstance(file[name], h5py.Dataset):
                    raise FileRefusal(
                        f"{what} has no data set {name!r}",
                        field,
                        mend=f"a data set for each top, of its name; there are {', '.join(file) or 'none'}",
                    )
                if file[name].dtype.kind not in "fiu":
                    raise FileRefusal(f"{what}: the data set {name!r} is not of numbers", field)
                shapes.append(tuple(file[name].shape))
    except OSError:
        raise FileRefusal(f"{what} is no HDF5 file", field) from None
    return shapes


def _picture(path: Path) -> Optional[Picture]:
    with path.open("rb") as file:
        found = picture(file.read(_HEAD))
    if found is not None:
        return found
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(path) as image:
            return Picture(image.height, image.width, None)
    except (OSError, ValueError):
        return None


def _windows(words: list[bytes], threshold: float, name: str, field: FieldPath) -> Optional[Windows]:
    if not words:
        raise FileRefusal(f"the list of windows {name!r} is empty", field)
    at, channels = 0, 0
    try:
        while at < len(words):
            if words[at] != b"#":
                raise FileRefusal(
                    f"the list of windows {name!r}: a picture begins with '# INDEX', came {words[at]!r}",
                    field,
                )
            channels, count = int(words[at + 3]), int(words[at + 6])
            at += 7
            for start in range(at, at + 6 * count, 6):
                if float(words[start + 1]) >= threshold and int(words[start]) <= 0:
                    raise FileRefusal(
                        f"the list of windows {name!r}: a window that overlaps an object by fg_threshold or "
                        f"more is of a class above 0, came {int(words[start])}",
                        field,
                    )
            at += 6 * count
    except (IndexError, ValueError):
        return None
    return Windows(channels)
