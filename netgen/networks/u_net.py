"""U-Net: Ronneberger, Fischer, Brox, 2015, Convolutional Networks for Biomedical Image Segmentation.

Blobs are named after the place in the net:

=======================  =========================================================================
``data``, ``label``      image and labels; ``weight`` where there is a weight map
``enc<k>_conv<i>``       encoder level k = 1 … depth, convolution i = 1, 2 (ReLU in place)
``enc<k>_pool``          2 x 2 max pooling to the next level
``mid_conv<i>``          the deepest level
``dec<k>_up``            up-sampling to level k (``dec<k>_up_conv`` after a bilinear one)
``dec<k>_crop``          level k's skip, cropped in the middle (without padding only)
``dec<k>_concat``        the up-sampled blob, then the skip
``dec<k>_conv<i>``       decoder level k, convolution i
``score``                a 1 x 1 convolution: one channel a class, no ReLU after it
``prob``                 deploy: sigmoid (or softmax) of the scores
``loss_opt``             the loss, of the layer ``loss``
=======================  =========================================================================
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, Optional, Union

from netgen import blocks, losses
from netgen import layers as L  # noqa: N812
from netgen.dsl.network import network
from netgen.errors import OptionError
from netgen.networks.geometry import MAX_DEPTH, Plan, fitting, plan, size_for_output

__all__ = ["unet"]

Size = Union[int, tuple[int, int]]

PUBLISHED_SIZE = 572


@dataclass(frozen=True)
class _Design:
    """What the options come to."""

    height: Plan
    width: Plan
    padding: str
    upsampling: str
    dropout: float
    batch_norm: bool
    crop_offsets: str

    @property
    def pad(self) -> int:
        return 1 if self.padding == "same" else 0


def _refuse(message: str, mend: Optional[str] = None) -> OptionError:
    return OptionError(message, mend=mend)


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _plans(size: Optional[Size], output_size: Optional[Size], depth: int, padding: str) -> tuple[Plan, Plan]:
    if output_size is not None:
        wanted = tuple(size_for_output(out, depth, padding) for out in _pair(output_size))
        if size is not None and _pair(size) != wanted:
            raise _refuse(
                f"size {_shown(size)} and output_size {_shown(output_size)} do not go together",
                f"leave size out: it is {_shown(wanted)} for that output",
            )
        size = wanted[0], wanted[1]
    if size is None:
        # The published size, or what is nearest to it where that does not fit.
        default = plan(fitting(PUBLISHED_SIZE, depth, padding), depth, padding)
        return default, default
    height, width = (plan(side, depth, padding) for side in _pair(size))
    return height, width


def _shown(size: Size) -> str:
    height, width = _pair(size)
    return str(height) if height == width else f"{height}x{width}"


def _check(
    depth: int, base: int, classes: int, channels: int, batch_size: int, loss: str, weight_map: bool, dropout:
    float, monitor: str, normalization: Optional[str], ignore_label: Optional[int], pos_weight:
    Optional[float],
) -> None:  # fmt: skip
    for name, value in (
        ("base", base),
        ("classes", classes),
        ("channels", channels),
        ("batch_size", batch_size),
    ):
        if value < 1:
            raise _refuse(f"option {name} is at least 1, came {value}")
    if not 1 <= depth <= MAX_DEPTH:
        raise _refuse(f"option depth is the number of poolings, 1 to {MAX_DEPTH}, came {depth}")
    if not 0 <= dropout < 1:
        raise _refuse(
            f"option dropout is a ratio from 0 to below 1, came {dropout}", "dropout=0 leaves it out"
        )
    if loss == "softmax" and classes < 2:
        raise _refuse(
            f"the softmax loss needs two classes or more, came classes={classes}", "classes=2, or loss=custom"
        )
    if weight_map and loss != "custom":
        raise _refuse(
            f"loss={loss} takes no weight map: Caffe's own losses have two bottoms",
            "loss=custom, or weight_map=false",
        )
    if pos_weight is not None and loss != "custom":
        raise _refuse(f"loss={loss} has no pos_weight", "loss=custom")
    if pos_weight is not None and not 0 < pos_weight < float("inf"):
        raise _refuse(f"option pos_weight is a positive number, came {pos_weight}")
    if monitor == "iou" and loss == "softmax":
        raise _refuse("monitor=iou is for the sigmoid losses", "monitor=accuracy")
    if monitor == "accuracy" and loss != "softmax":
        raise _refuse(
            f"monitor=accuracy compares classes by softmax scores, and loss={loss} has sigmoid scores",
            "monitor=iou",
        )


def _data(
    net: Any,
    design: _Design,
    data: str,
    folder: str,
    batch_size: int,
    channels: int,
    label_channels: int,
    weight_map: bool,
    scale: float,
    python_module: str,
    python_layer: str,
) -> None:
    """Write the data layers of one phase."""
    name = net.phase.lower()
    base = PurePosixPath(folder)
    out = (batch_size, label_channels, design.height.output, design.width.output)
    shapes = [(batch_size, channels, design.height.size, design.width.size), out]
    tops = ["data", "label"]
    if weight_map:
        tops.append("weight")
        shapes.append(out)

    if data == "hdf5":
        extra = {"shuffle": True} if net.training else {}
        made = L.HDF5Data(source=base / f"{name}.txt", batch_size=batch_size, ntop=len(tops), **extra)
        for top, blob in zip(tops, made):
            net[top] = blob
    elif data == "lmdb":
        for top in tops:
            transform = {"transform_param": {"scale": scale}} if top == "data" and scale != 1 else {}
            net[top] = L.Data(
                source=base / f"{name}_{top}.lmdb", backend="LMDB", batch_size=batch_size, **transform
            )
    elif data == "image":
        _image_data(net, tops, base, name, batch_size, channels, scale)
    elif data == "python":
        param: dict[str, Any] = {
            "source": str(base / f"{name}.txt"),
            "batch_size": batch_size,
            "input_size": [design.height.size, design.width.size],
            "output_size": [design.height.output, design.width.output],
            "channels": channels,
            "scale": scale,
            "shuffle": net.training,
        }
        made = L.Python(
            module=python_module,
            layer=python_layer,
            param_str=json.dumps(param, sort_keys=True),
            ntop=len(tops),
        )
        for top, blob in zip(tops, made):
            net[top] = blob
    else:
        _memory_data(net, design, tops, batch_size, channels, label_channels)
    for top, shape in zip(tops, shapes):
        if net.shape(net[top]) is None:
            net.declare_shape(net[top], shape)


def _image_data(
    net: Any, tops: list[str], base: PurePosixPath, name: str, batch_size: int, channels: int, scale: float
) -> None:
    """Write one ImageData for each of image, mask and weight; the class that each brings along is dropped."""
    for top in tops:
        # Masks are stored as 0 and 255.
        factor = scale if top == "data" else 1 / 255
        net[top], net[f"{top}_class"] = L.ImageData(
            image_data_param={
                "source": base / f"{name}_{top}.txt",
                "batch_size": batch_size,
                "is_color": channels == 3 and top == "data",
            },
            transform_param={"scale": factor},
            ntop=2,
        )
    net.no_class = L.Silence(*(net[f"{top}_class"] for top in tops), ntop=0)


def _memory_data(
    net: Any, design: _Design, tops: list[str], batch_size: int, channels: int, label_channels: int
) -> None:
    """Write one MemoryData that holds image, mask and weight as channels, and cut them apart.

    pycaffe feeds a net's first layer alone, with arrays of one shape; the labels are cut to the output's
    size.
    """
    sizes = [channels] + [label_channels] * (len(tops) - 1)
    net.memory, net.memory_class = L.MemoryData(
        batch_size=batch_size,
        channels=sum(sizes),
        height=design.height.size,
        width=design.width.size,
        ntop=2,
    )
    net.no_class = L.Silence(net.memory_class, ntop=0)
    points = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    parts = L.Slice(net.memory, axis=1, slice_point=points, ntop=len(tops))
    net.data = parts[0]
    trim = [(p.size - p.output) // 2 for p in (design.height, design.width)]
    if trim == [0, 0]:
        for top, part in zip(tops[1:], parts[1:]):
            net[top] = part
        return
    size = [1, 1, design.height.output, design.width.output]
    net.output_size = L.DummyData(shape={"dim": size})
    for top, part in zip(tops[1:], parts[1:]):
        net[f"{top}_whole"] = part
        blocks.crop_like(net, top, part, net.output_size, offset=trim)


def _stage(net: Any, name: str, bottom: Any, width: int, design: _Design) -> Any:
    """Write two 3 x 3 convolutions with their ReLUs."""
    block = blocks.conv_bn_scale_relu if design.batch_norm else blocks.conv_relu
    x = bottom
    for i in (1, 2):
        pad = {"pad": design.pad} if design.pad else {}
        x = block(net, f"{name}_conv{i}", x, width, 3, relu_name=f"{name}_relu{i}", **pad)
    return x


def _dropped(net: Any, name: str, bottom: Any, design: _Design) -> Any:
    if not (net.training and design.dropout):
        return bottom
    net[f"{name}_drop"] = L.Dropout(bottom, dropout_ratio=design.dropout, in_place=True)
    return net[f"{name}_drop"]


def _joined(net: Any, level: int, up: Any, skip: Any, design: _Design) -> Any:
    """Crop the skip to the up-sampled blob where it is larger, and put it behind it."""
    offset = [design.height.offsets[level - 1], design.width.offsets[level - 1]]
    if design.padding == "valid":
        once = design.crop_offsets == "once" and offset[0] == offset[1]
        skip = blocks.crop_like(net, f"dec{level}_crop", skip, up, offset=offset[0] if once else offset)
    return blocks.concat(net, f"dec{level}_concat", up, skip)


def _upsampled(net: Any, level: int, bottom: Any, width: int, design: _Design) -> Any:
    name = f"dec{level}_up"
    if design.upsampling == "learned":
        up = blocks.upsample(net, name, bottom, width)
        net[f"{name}_relu"] = L.ReLU(up, in_place=True)
        return net[f"{name}_relu"]
    up = blocks.upsample(net, name, bottom, width * 2, method="bilinear")
    return blocks.conv_relu(net, f"{name}_conv", up, width, 1)


@network
def unet(
    net: Any,
    size: Optional[Size] = None,
    output_size: Optional[Size] = None,
    depth: int = 4,
    base: int = 64,
    classes: int = 1,
    channels: int = 1,
    padding: Literal["valid", "same"] = "valid",
    upsampling: Literal["learned", "bilinear"] = "learned",
    dropout: float = 0.5,
    batch_norm: bool = False,
    data: Literal["hdf5", "lmdb", "image", "python", "memory"] = "hdf5",
    data_dir: str = "data",
    batch_size: int = 1,
    scale: float = 1 / 255,
    python_module: str = "data_layers",
    python_layer: str = "SegmentationDataLayer",
    loss: Literal["custom", "sigmoid", "softmax"] = "custom",
    loss_weight: float = 1.0,
    normalization: Optional[Literal["FULL", "VALID", "BATCH_SIZE", "NONE"]] = None,
    ignore_label: Optional[int] = None,
    pos_weight: Optional[float] = None,
    weight_map: bool = False,
    monitor: Optional[Literal["none", "iou", "accuracy", "loss"]] = None,
    crop_offsets: Literal["once", "per-axis"] = "once",
    deploy_prob: bool = True,
) -> None:
    """U-Net with the custom sigmoid cross-entropy; the defaults are the published network for one class.

    Parameters
    ----------
    size : int or (int, int)
        Pixels in, square or height x width; 572 by default, or the next size that fits.
    output_size : int or (int, int)
        Pixels out, in place of size.
    depth : int
        The number of poolings.
    base : int
        Channels of the first level; each level below has twice as many.
    classes : int
        Channels of the score.
    channels : int
        Channels of the image.
    padding : str
        Of the 3 x 3 convolutions: "valid" has none, as published; "same" keeps sizes and needs no crop.
    upsampling : str
        "learned" deconvolutions, or fixed "bilinear" ones with a 1 x 1 convolution after.
    dropout : float
        Ratio at the two deepest levels in TRAIN; 0 leaves it out.
    batch_norm : bool
        BatchNorm and Scale after each 3 x 3 convolution.
    data : str
        The train file's data layers.
    data_dir : str
        Where the data files lie, from where Caffe runs: the bundle's folder.
    batch_size : int
        Images in a batch.
    scale : float
        Image values are multiplied by it (lmdb, image and python data; hdf5 data hold scaled values).
    python_module : str
        The module of the Python data layer.
    python_layer : str
        The class of the Python data layer.
    loss : str
        "custom" is the Python layer, "sigmoid" and "softmax" are Caffe's own.
    loss_weight : float
        The loss's weight.
    normalization : str
        By what the loss is divided; unset, each loss has its own default.
    ignore_label : int
        Pixels of this label do not count.
    pos_weight : float
        The weight of pixels labelled 1 (custom loss).
    weight_map : bool
        A third data blob that weights each pixel (custom loss).
    monitor : str
        What phase TEST measures: "iou" by default (sigmoid losses), "accuracy" (softmax), "loss" or "none".
    crop_offsets : str
        Crop offsets spelt "once" or "per-axis": toolchains differ.
    deploy_prob : bool
        Whether the deploy net ends in probabilities; false ends it in scores.
    """
    monitor = monitor or ("accuracy" if loss == "softmax" else "iou")
    _check(
        depth, base, classes, channels, batch_size, loss, weight_map, dropout,
        monitor, normalization, ignore_label, pos_weight,
    )  # fmt: skip
    if not loss_weight:
        raise _refuse("option loss_weight is 0, so the loss would train nothing", "loss_weight=1")
    height, width = _plans(size, output_size, depth, padding)
    design = _Design(height, width, padding, upsampling, dropout, batch_norm, crop_offsets)

    net.section("data")
    if net.deploying:
        net.data = L.Input(shape={"dim": [1, channels, height.size, width.size]})
    else:
        label_channels = 1 if loss == "softmax" else classes
        # The weight map is for training: a weighted score would say little.
        weighted = weight_map and (net.training or monitor == "loss")
        _data(
            net, design, data, data_dir, batch_size, channels, label_channels, weight_map, scale,
            python_module, python_layer,
        )  # fmt: skip
        if weight_map and not weighted:
            net.no_weight = L.Silence(net.weight, ntop=0)
        if net.testing and monitor == "none":
            net.no_label = L.Silence(net.label, ntop=0)

    x = net.data
    skips: dict[int, Any] = {}
    for level in range(1, depth + 1):
        net.section(f"encoder level {level}")
        x = _stage(net, f"enc{level}", x, base * 2 ** (level - 1), design)
        if level == depth:
            x = _dropped(net, f"enc{level}", x, design)
        skips[level] = x
        x = blocks.max_pool(net, f"enc{level}_pool", x)

    net.section("bottleneck")
    x = _stage(net, "mid", x, base * 2**depth, design)
    x = _dropped(net, "mid", x, design)

    for level in range(depth, 0, -1):
        net.section(f"decoder level {level}")
        channels_here = base * 2 ** (level - 1)
        up = _upsampled(net, level, x, channels_here, design)
        x = _stage(net, f"dec{level}", _joined(net, level, up, skips[level], design), channels_here, design)

    net.section("score")
    net.score = L.Convolution(x, num_output=classes, kernel_size=1, weight_filler={"type": "msra"})

    if net.deploying:
        if deploy_prob:
            net.section("probabilities")
            net.prob = L.Softmax(net.score) if loss == "softmax" else L.Sigmoid(net.score)
        return
    if net.training:
        net.section("loss")
        net.loss_opt = _loss(
            net,
            loss,
            loss_weight,
            normalization,
            ignore_label,
            pos_weight,
            net.weight if weight_map else None,
        )
        return
    if monitor != "none":
        net.section("monitoring")
    if monitor == "loss":
        net.loss_opt = _loss(
            net,
            loss,
            loss_weight,
            normalization,
            ignore_label,
            pos_weight,
            net.weight if weight_map else None,
        )
    elif monitor == "iou":
        ignored = {} if ignore_label is None else {"ignore_label": ignore_label}
        net.iou = blocks.python_layer(
            "loss_layers", "BinaryIoULayer", net.score, net.label, param_str=ignored or None
        )
    elif monitor == "accuracy":
        ignored = {} if ignore_label is None else {"ignore_label": ignore_label}
        net.accuracy = L.Accuracy(net.score, net.label, **ignored)


def _loss(
    net: Any,
    loss: str,
    loss_weight: float,
    normalization: Optional[str],
    ignore_label: Optional[int],
    pos_weight: Optional[float],
    weight: Any,
) -> Any:
    common: dict[str, Any] = {
        "loss_weight": loss_weight,
        "normalization": normalization,
        "ignore_label": ignore_label,
    }
    if loss == "custom":
        return losses.sigmoid_cross_entropy(net.score, net.label, weight, pos_weight=pos_weight, **common)
    if loss == "sigmoid":
        return losses.standard_sigmoid_cross_entropy(net.score, net.label, **common)
    return losses.softmax(net.score, net.label, **common)
