"""The data layers of a U-Net's train file: image, labels and perhaps weights, from one of five sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Optional

from netgen import blocks
from netgen import layers as L  # noqa: N812
from netgen.errors import OptionError
from netgen.networks.geometry import Plan

__all__ = ["Data", "write_data"]


@dataclass(frozen=True)
class Data:
    """What data layers are to give.

    Parameters
    ----------
    source : str
        ``hdf5``, ``lmdb``, ``image``, ``python`` or ``memory``.
    folder : str
        Where the files lie, seen from where Caffe runs.
    height, width : Plan
        Sizes in and out.
    batch_size, channels, label_channels : int
        Of the blobs.
    weight_map : bool
        Whether there is a third blob, ``weight``.
    scale : float
        What image values are multiplied by.
    classes : int
        Classes that label values tell apart: 1 for masks of 0 and 1.
    ignore_label : int, optional
        The label of pixels that do not count.
    module, layer : str
        The Python data layer.
    """

    source: str
    folder: str
    height: Plan
    width: Plan
    batch_size: int
    channels: int
    label_channels: int
    weight_map: bool
    scale: float
    classes: int
    ignore_label: Optional[int]
    module: str
    layer: str

    @property
    def tops(self) -> list[str]:
        """The blobs that the layers give."""
        return ["data", "label", *(["weight"] if self.weight_map else [])]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The blobs' shapes, N x C x H x W."""
        label = (self.batch_size, self.label_channels, self.height.output, self.width.output)
        data = (self.batch_size, self.channels, self.height.size, self.width.size)
        return dict(zip(self.tops, (data, label, label)))

    def file(self, name: str) -> PurePosixPath:
        """Return a file's path."""
        return PurePosixPath(self.folder) / name


def write_data(net: Any, data: Data) -> None:
    """Write the data layers of the phase that is being written.

    Raises
    ------
    OptionError
        For what the source cannot give.
    """
    _check(data)
    _WRITERS[data.source](net, data)
    for top, shape in data.shapes.items():
        if net.shape(net[top]) is None:
            net.declare_shape(net[top], shape)


def _check(data: Data) -> None:
    if data.source not in ("image", "python"):
        return
    if data.weight_map:
        raise OptionError(
            f"data={data.source} has no weight map", mend="data=hdf5 or data=lmdb, or weight_map=false"
        )
    if data.channels not in (1, 3):
        raise OptionError(
            f"data={data.source} has images of 1 or 3 channels, came {data.channels}",
            mend="data=hdf5 or data=lmdb",
        )
    if data.source == "image" and data.label_channels > 1:
        raise OptionError(
            f"data=image has one label channel, and this loss wants {data.label_channels}, one a class",
            mend="loss=softmax, or data=hdf5 with labels made by netgen prepare --one-hot",
        )
    if data.source == "image" and data.classes == 1 and data.ignore_label is not None:
        raise OptionError(
            f"data=image cannot hold the ignored label {data.ignore_label}: "
            "its masks of one class are 0 and 255",
            mend="data=hdf5 or data=lmdb",
        )


def _name(net: Any, tops: Sequence[str], made: Any) -> None:
    for top, blob in zip(tops, made):
        net[top] = blob


def _hdf5(net: Any, data: Data) -> None:
    shuffle = {"shuffle": True} if net.training else {}
    source = data.file(f"{net.phase.lower()}.txt")
    _name(
        net,
        data.tops,
        L.HDF5Data(source=source, batch_size=data.batch_size, ntop=len(data.tops), **shuffle),
    )


def _lmdb(net: Any, data: Data) -> None:
    for top in data.tops:
        scaled = top == "data" and data.scale != 1
        transform = {"transform_param": {"scale": data.scale}} if scaled else {}
        source = data.file(f"{net.phase.lower()}_{top}.lmdb")
        net[top] = L.Data(source=source, backend="LMDB", batch_size=data.batch_size, **transform)


def _image(net: Any, data: Data) -> None:
    """Write one ImageData for the image and one for the mask; the class that each brings along is dropped."""
    for top in data.tops:
        # Masks of two classes are stored as 0 and 255, those of more as the classes' numbers.
        scale = data.scale if top == "data" else (1 / 255 if data.classes == 1 else 1)
        net[top], net[f"{top}_class"] = L.ImageData(
            image_data_param={
                "source": data.file(f"{net.phase.lower()}_{top}.txt"),
                "batch_size": data.batch_size,
                "is_color": data.channels == 3 and top == "data",
            },
            ntop=2,
            **({"transform_param": {"scale": scale}} if scale != 1 else {}),
        )
    net.no_class = L.Silence(*(net[f"{top}_class"] for top in data.tops), ntop=0)


def _python(net: Any, data: Data) -> None:
    param: dict[str, Any] = {
        "source": str(data.file(f"{net.phase.lower()}.txt")),
        "batch_size": data.batch_size,
        "input_size": [data.height.size, data.width.size],
        "output_size": [data.height.output, data.width.output],
        "channels": data.channels,
        "scale": data.scale,
        "shuffle": net.training,
    }
    if data.classes > 1:
        param.update(classes=data.classes, one_hot=data.label_channels > 1)
    if data.ignore_label is not None:
        param["ignore_label"] = data.ignore_label
    _name(
        net,
        data.tops,
        blocks.python_layer(data.module, data.layer, param_str=param, ntop=len(data.tops)),
    )


def _memory(net: Any, data: Data) -> None:
    """Write one MemoryData that holds image, mask and weight as channels, and cut them apart.

    pycaffe feeds a net's first layer alone, with arrays of one shape; labels are cut to the output's size.
    """
    sizes = [data.channels] + [data.label_channels] * (len(data.tops) - 1)
    net.memory, net.memory_class = L.MemoryData(
        batch_size=data.batch_size,
        channels=sum(sizes),
        height=data.height.size,
        width=data.width.size,
        ntop=2,
    )
    net.no_class = L.Silence(net.memory_class, ntop=0)
    points = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    parts = L.Slice(net.memory, axis=1, slice_point=points, ntop=len(sizes))
    net.data = parts[0]
    trim = [(plan.size - plan.output) // 2 for plan in (data.height, data.width)]
    if trim == [0, 0]:
        _name(net, data.tops[1:], parts[1:])
        return
    net.output_size = L.DummyData(shape={"dim": [1, 1, data.height.output, data.width.output]})
    for top, part in zip(data.tops[1:], parts[1:]):
        net[f"{top}_whole"] = part
        blocks.crop_like(net, top, part, net.output_size, offset=trim)


_WRITERS = {"hdf5": _hdf5, "lmdb": _lmdb, "image": _image, "python": _python, "memory": _memory}
