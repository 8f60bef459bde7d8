"""Setting up the layers that read or write files, and MemoryData, which a program feeds.

What the parameters say is checked in any case; what the files hold, where there are ``Setup.files``.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import fsdecode
from typing import Any, Callable, Optional

from netgen.graph.setup.blobs import FieldPath, check_size, int32
from netgen.graph.setup.files import FileRefusal, Files
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.setup.pictures import Picture
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["TYPES"]

_LEVELDB = 0
_MOST_FILES = 16


def _check_transform(setup: Setup) -> None:
    """Check ``transform_param`` as Caffe's ``DataTransformer`` does."""
    _check_one_mean(setup)
    param = setup.layer.transform_param
    if param.HasField("mean_file") and setup.files is not None:
        setup.files.blob(param.mean_file, "mean file", ("transform_param", "mean_file"))


def _check_one_mean(setup: Setup) -> None:
    """Check that there is one way to say the mean, which needs no file."""
    param = setup.layer.transform_param
    if param.HasField("mean_file") and param.mean_value:
        raise Refusal(
            "mean_file and mean_value are both given",
            "contradiction",
            ("transform_param", "mean_value", 0),
            mend="give one of them",
        )


def _crop(setup: Setup, channels: int, height: int, width: int, what: str) -> Shape:
    """Return what is cut out of a picture, C x H x W (``DataTransformer::InferBlobShape``)."""
    size = int32(setup.layer.transform_param.crop_size)
    if channels <= 0:
        raise FileRefusal(f"{what} has no channels", ())
    if min(height, width) < size:
        raise Refusal(
            f"crop_size {size} is more than {what}, {height} x {width}",
            "size",
            ("transform_param", "crop_size"),
            mend=f"at most {min(height, width)}",
        )
    return (channels, size, size) if size else (channels, height, width)


def _check_means(setup: Setup, channels: int, height: int, width: int) -> None:
    """Check the mean against pictures, as the thread does that begins to read them (``Transform``)."""
    param = setup.layer.transform_param
    values = len(param.mean_value)
    if values > 1 and values != channels:
        raise Refusal(
            f"{values} of mean_value for pictures of {channels} {'channel' if channels == 1 else 'channels'}",
            "count",
            ("transform_param", "mean_value", min(channels, values - 1)),
            mend="give one for all channels, or one for each",
        )
    if param.HasField("mean_file"):
        field = ("transform_param", "mean_file")
        mean = setup.files.blob(param.mean_file, "mean file", field)
        if (*mean, 1, 1, 1, 1)[1:4] != (channels, height, width):
            raise FileRefusal(
                f"the mean file {param.mean_file!r} is {shown(mean)}, and pictures are "
                f"{shown((channels, height, width))}",
                field,
            )


def _named(param: Any, name: str, field: str, what: str) -> str:
    """Return the file that a parameter names; without a name Caffe opens nothing."""
    given: str = getattr(param, name)
    if not given:
        raise Refusal(
            f"{name} is {'empty' if param.HasField(name) else 'missing'}",
            "missing",
            (field, name) if param.HasField(name) else (field,),
            mend=f'write {name}: "{what}"',
        )
    return given


def _batch(setup: Setup, field: str, *, always: bool = False) -> int:
    """Return the size of a batch, which needs memory where any batch is fetched ahead."""
    param = getattr(setup.layer, field)
    size = int32(param.batch_size)
    if size < 0 or (not size and (always or setup.layer.data_param.prefetch)):
        given = param.HasField("batch_size")
        raise Refusal(
            f"batch_size is above 0, came {param.batch_size}" if given else "batch_size is missing",
            "value" if given else "missing",
            (field, "batch_size") if given else (field,),
            mend="write batch_size: N",
        )
    return size


def _with_labels(setup: Setup, batch: int, picture: MaybeShape) -> Made:
    """Return a batch of pictures, and the labels where there is a second top."""
    data = None if picture is None else (batch, *picture)
    if data is not None:
        check_size(data, "the top")
    return Made((data, (batch,))[: setup.ntop])


def _from_file(files: Optional[Files], made: Made, read: Callable[[Files], Made]) -> Made:
    """Return what ``read`` makes of the files; without them, what is known without looking."""
    if files is None:
        return made
    try:
        return read(files)
    except FileRefusal as refusal:
        refusal.made = made
        raise


# ---- Data ----


def _data(setup: Setup) -> Made:
    """Caffe's ``DataLayer``: the first entry of a database gives the shape."""
    param = setup.layer.data_param
    field = ("data_param", "source")
    source = _named(param, "source", "data_param", "FOLDER")
    batch = _batch(setup, "data_param")
    _check_crop_size(setup)

    def read(files: Files) -> Made:
        if param.backend == _LEVELDB:
            files.check_database(source, field)
            _check_transform(setup)
            return _with_labels(setup, batch, None)
        datum = files.first_datum(source, field)
        _check_transform(setup)
        picture: MaybeShape = None
        if datum is not None and datum.size is not None:
            picture = _crop(setup, *datum.size, f"what is in {source!r}")
            _check_means(setup, *datum.size)
        elif datum is not None:
            picture = _decoded(setup, datum.picture, source)
        return _with_labels(setup, batch, picture)

    # Caffe comes to it behind the database, which may be there where it runs.
    _check_one_mean(setup)
    return _from_file(setup.files, _with_labels(setup, batch, None), read)


def _decoded(setup: Setup, picture: Optional[Picture], source: str) -> MaybeShape:
    """Return the shape of a picture that stands encoded in a database."""
    param = setup.layer.transform_param
    if param.force_color and param.force_gray:
        raise Refusal(
            "force_color and force_gray are both given",
            "contradiction",
            ("transform_param", "force_gray"),
            mend="give one of them",
        )
    if picture is None:
        return None
    channels, height, width = picture.channels, picture.height, picture.width
    if param.force_color or param.force_gray:
        channels = 3 if param.force_color else 1
        if picture.turned:
            height, width = width, height
    made = _crop(setup, channels or 1, height, width, f"a picture of {source!r}")
    if channels is None:
        return None
    _check_means(setup, channels, height, width)
    return made


def _check_crop_size(setup: Setup) -> None:
    if int32(setup.layer.transform_param.crop_size) < 0:
        raise Refusal(
            f"crop_size {setup.layer.transform_param.crop_size} is more than Caffe can count",
            "size",
            ("transform_param", "crop_size"),
        )


# ---- ImageData ----


def _image_data(setup: Setup) -> Made:
    """Caffe's ``ImageDataLayer``: the size is given, or that of the first picture of a list."""
    param = setup.layer.image_data_param
    if setup.files is None:
        _check_transform(setup)
    height, width = int32(param.new_height), int32(param.new_width)
    if not (height == width == 0 or (height > 0 and width > 0)):
        given, missing = ("new_width", "new_height") if width else ("new_height", "new_width")
        raise Refusal(
            f"new_height {param.new_height} and new_width {param.new_width} are more than Caffe can count"
            if height and width
            else f"{given} is given without {missing}",
            "value" if height and width else "missing",
            ("image_data_param", given),
            mend="give both, or neither",
        )
    source = _named(param, "source", "image_data_param", "LIST")
    batch = _batch(setup, "image_data_param", always=True)
    _check_crop_size(setup)
    channels = 3 if param.is_color else 1
    told: MaybeShape = None
    if height:
        told = _crop(setup, channels, height, width, "new_height x new_width")

    def read(files: Files) -> Made:
        _check_transform(setup)
        lines = files.lines(source, "list of pictures", ("image_data_param", "source"))
        if lines is not None and not lines:
            raise FileRefusal(f"the list of pictures {source!r} is empty", ("image_data_param", "source"))
        # Any picture can be the first where they are shuffled or skipped.
        if lines is None or (param.shuffle and len(lines) > 1) or param.rand_skip > 1:
            return _with_labels(setup, batch, told)
        name = fsdecode(lines[0].rpartition(b" ")[0] or lines[0])
        picture = files.picture(param.root_folder + name, ("image_data_param", "source"))
        if told is not None or picture is None:
            return _with_labels(setup, batch, told)
        size = (picture.width, picture.height) if picture.turned else (picture.height, picture.width)
        found = _crop(setup, channels, *size, repr(name))
        _check_means(setup, channels, *size)
        return _with_labels(setup, batch, found)

    return _from_file(setup.files, _with_labels(setup, batch, told), read)


# ---- WindowData ----


def _window_data(setup: Setup) -> Made:
    """Caffe's ``WindowDataLayer``: windows of pictures, all warped to ``crop_size``."""
    param = setup.layer.window_data_param
    if setup.files is None:
        _check_transform(setup)
    source = _named(param, "source", "window_data_param", "LIST")
    crop = int32(setup.layer.transform_param.crop_size)
    if crop <= 0:
        given = setup.layer.transform_param.HasField("crop_size")
        raise Refusal(
            f"crop_size is above 0, came {setup.layer.transform_param.crop_size}"
            if given
            else "crop_size is missing",
            "value" if given else "missing",
            ("transform_param", "crop_size") if given else ("transform_param",),
            mend="write transform_param { crop_size: N }: windows are warped to N x N",
        )
    batch = _batch(setup, "window_data_param")

    def read(files: Files) -> Made:
        _check_transform(setup)
        field = ("window_data_param", "source")
        windows = files.windows(source, param.fg_threshold, field)
        if windows is None:
            return _with_labels(setup, batch, None)
        return _with_labels(setup, batch, (windows.channels, crop, crop))

    return _from_file(setup.files, _with_labels(setup, batch, None), read)


# ---- HDF5 ----


def _hdf5_data(setup: Setup) -> Made:
    """Caffe's ``HDF5DataLayer``: a data set for each top, of its name, in the files of a list."""
    layer = setup.layer
    if layer.HasField("transform_param"):
        raise Refusal(
            "HDF5Data does not transform what it reads",
            "contradiction",
            ("transform_param",),
            mend="take transform_param out, and scale or crop before the file is written",
        )
    param = layer.hdf5_data_param
    source = _named(param, "source", "hdf5_data_param", "LIST")
    batch = int32(param.batch_size)
    check_size((batch,), "the batch", ("hdf5_data_param", "batch_size"))
    field = ("hdf5_data_param", "source")

    def read(files: Files) -> Made:
        lines = files.lines(source, "list of HDF5 files", field)
        if lines is None:
            return unknown
        names = [fsdecode(name) for name in b" ".join(lines).split()]
        if not names:
            raise FileRefusal(f"the list of HDF5 files {source!r} is empty", field)
        if param.shuffle and len(names) > 1:
            rows = _shuffled(files, names, layer.top, field)
        else:
            rows = _rows(files, names[0], layer.top, field)
        return unknown if rows is None else Made([(batch, *row) for row in rows])

    unknown = Made((None,) * setup.ntop)
    return _from_file(setup.files, unknown, read)


def _rows(files: Files, name: str, tops: Sequence[str], field: FieldPath) -> Optional[list[Shape]]:
    """Return the shapes of the rows of an HDF5 file's data sets, of which each has as many."""
    shapes = files.datasets(name, tops, field)
    if shapes is None:
        return None
    for shape in shapes:
        if not shape or 0 in shape:
            raise FileRefusal(f"the HDF5 file {name!r} has a data set of {shown(shape)}", field)
        if shape[0] != shapes[0][0]:
            raise FileRefusal(
                f"the data sets of the HDF5 file {name!r} have {shapes[0][0]} and {shape[0]} rows", field
            )
    return [shape[1:] for shape in shapes]


def _shuffled(
    files: Files, names: Sequence[str], tops: Sequence[str], field: FieldPath
) -> Optional[list[Shape]]:
    """Return the shapes of rows where any file of a list can be the first: None unless all are alike.

    Raises
    ------
    FileRefusal
        Where Caffe would take none of them.
    """
    if len(names) > _MOST_FILES:
        return None
    found: list[Optional[list[Shape]]] = []
    refused: list[FileRefusal] = []
    for name in names:
        try:
            found.append(_rows(files, name, tops, field))
        except FileRefusal as refusal:
            refused.append(refusal)
    if not found:
        raise refused[0]
    alike = not refused and all(rows == found[0] for rows in found)
    return found[0] if alike else None


def _hdf5_output(setup: Setup) -> Made:
    """Caffe's ``HDF5OutputLayer``: it makes its file when it is set up."""
    name = _named(setup.layer.hdf5_output_param, "file_name", "hdf5_output_param", "FILE")
    if setup.files is not None:
        setup.files.check_folder_of(name, "HDF5 file", ("hdf5_output_param", "file_name"))
    return Made(())


# ---- MemoryData ----


def _memory_data(setup: Setup) -> Made:
    """Caffe's ``MemoryDataLayer``."""
    _check_transform(setup)
    param = setup.layer.memory_data_param
    sizes = []
    for name in ("batch_size", "channels", "height", "width"):
        size = int32(getattr(param, name))
        if not size:
            given = param.HasField(name)
            raise Refusal(
                f"{name} is above 0, came 0" if given else f"{name} is missing",
                "value" if given else "missing",
                ("memory_data_param", name) if given else ("memory_data_param",),
                mend=f"write {name}: N",
            )
        check_size((size,), name, ("memory_data_param", name))
        sizes.append(size)
    batch, channels, height, width = sizes
    data = (batch, channels, height, width)
    check_size(data, "the top", ("memory_data_param",))
    return Made((data, (batch,)))


TYPES = {
    "Data": LayerType(_data, exact_bottoms=0, min_tops=1, max_tops=2, reads_files=True),
    "HDF5Data": LayerType(_hdf5_data, exact_bottoms=0, min_tops=1, reads_files=True),
    "HDF5Output": LayerType(_hdf5_output, exact_bottoms=2, exact_tops=0, reads_files=True),
    "ImageData": LayerType(_image_data, exact_bottoms=0, exact_tops=2, reads_files=True),
    "MemoryData": LayerType(_memory_data, exact_bottoms=0, exact_tops=2, reads_files=True),
    "WindowData": LayerType(_window_data, exact_bottoms=0, exact_tops=2, reads_files=True),
}
