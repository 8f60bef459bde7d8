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

from dataclasses import dataclass
from typing import Any, Literal, Optional, Union

from netgen import blocks, losses
from netgen import layers as L  # noqa: N812
from netgen.dsl.network import network
from netgen.errors import OptionError
from netgen.networks.geometry import MAX_DEPTH, Plan, fitting, plan, size_for_output
from netgen.networks.u_net_data import Data, write_data

__all__ = ["unet"]

Size = Union[int, tuple[int, int]]

PUBLISHED_SIZE = 572


@dataclass(frozen=True)
class _Body:
    """The net itself, from ``data`` to ``score``."""

    height: Plan
    width: Plan
    depth: int
    base: int
    padding: str
    upsampling: str
    dropout: float
    batch_norm: bool
    crop_offsets: str

    def write(self, net: Any, classes: int) -> None:
        x = net.data
        skips: dict[int, Any] = {}
        for level in range(1, self.depth + 1):
            net.section(f"encoder level {level}")
            x = self._stage(net, f"enc{level}", x, self._channels(level))
            if level == self.depth:
                x = self._dropped(net, f"enc{level}", x)
            skips[level] = x
            x = blocks.max_pool(net, f"enc{level}_pool", x)
        net.section("bottleneck")
        x = self._stage(net, "mid", x, self._channels(self.depth + 1))
        x = self._dropped(net, "mid", x)
        for level in range(self.depth, 0, -1):
            net.section(f"decoder level {level}")
            up = self._upsampled(net, level, x)
            joined = self._joined(net, level, up, skips[level])
            x = self._stage(net, f"dec{level}", joined, self._channels(level))
        net.section("score")
        net.score = L.Convolution(x, num_output=classes, kernel_size=1, weight_filler={"type": "msra"})

    def _channels(self, level: int) -> int:
        return self.base << (level - 1)

    def _stage(self, net: Any, name: str, x: Any, channels: int) -> Any:
        """Write two 3 x 3 convolutions with their ReLUs."""
        block = blocks.conv_bn_scale_relu if self.batch_norm else blocks.conv_relu
        pad: dict[str, Any] = {"pad": 1} if self.padding == "same" else {}
        for i in (1, 2):
            x = block(net, f"{name}_conv{i}", x, channels, 3, relu_name=f"{name}_relu{i}", **pad)
        return x

    def _dropped(self, net: Any, name: str, bottom: Any) -> Any:
        if not (net.training and self.dropout):
            return bottom
        net[f"{name}_drop"] = L.Dropout(bottom, dropout_ratio=self.dropout, in_place=True)
        return net[f"{name}_drop"]

    def _upsampled(self, net: Any, level: int, bottom: Any) -> Any:
        name, channels = f"dec{level}_up", self._channels(level)
        if self.upsampling == "bilinear":
            up = blocks.upsample(net, name, bottom, channels * 2, method="bilinear")
            return blocks.conv_relu(net, f"{name}_conv", up, channels, 1)
        up = blocks.upsample(net, name, bottom, channels)
        net[f"{name}_relu"] = L.ReLU(up, in_place=True)
        return net[f"{name}_relu"]

    def _joined(self, net: Any, level: int, up: Any, skip: Any) -> Any:
        """Crop the skip to the up-sampled blob where it is larger, and put it behind it."""
        if self.padding == "valid":
            # What convolutions take away does not depend on the size: height and width have one offset.
            offset = self.height.offsets[level - 1]
            spelt = offset if self.crop_offsets == "once" else [offset, offset]
            skip = blocks.crop_like(net, f"dec{level}_crop", skip, up, offset=spelt)
        return blocks.concat(net, f"dec{level}_concat", up, skip)


@dataclass(frozen=True)
class _Objective:
    """What the scores are compared with, and how."""

    loss: str
    loss_weight: float
    normalization: Optional[str]
    ignore_label: Optional[int]
    pos_weight: Optional[float]
    weight_map: bool
    monitor: str

    def check(self, classes: int) -> None:
        if not self.loss_weight:
            raise _refuse("option loss_weight is 0, so the loss would train nothing", "loss_weight=1")
        if self.loss == "softmax" and classes < 2:
            raise _refuse(
                f"the softmax loss needs two classes or more, came classes={classes}",
                "classes=2, or loss=custom",
            )
        if self.weight_map and self.loss != "custom":
            raise _refuse(
                f"loss={self.loss} takes no weight map: Caffe's own losses have two bottoms",
                "loss=custom, or weight_map=false",
            )
        if self.pos_weight is not None and self.loss != "custom":
            raise _refuse(f"loss={self.loss} has no pos_weight", "loss=custom")
        if self.pos_weight is not None and not 0 < self.pos_weight < float("inf"):
            raise _refuse(f"option pos_weight is a positive number, came {self.pos_weight}")
        if self.monitor == "iou" and self.loss == "softmax":
            raise _refuse("monitor=iou is for the sigmoid losses", "monitor=accuracy")
        if self.monitor == "accuracy" and self.loss != "softmax":
            raise _refuse(
                "monitor=accuracy compares classes by softmax scores, "
                f"and loss={self.loss} has sigmoid scores",
                "monitor=iou",
            )

    def write(self, net: Any) -> None:
        """Write the loss in TRAIN, and what was asked for in TEST."""
        if net.training or self.monitor == "loss":
            net.section("loss" if net.training else "monitoring")
            net.loss_opt = self._loss(net)
            return
        # What nothing reads is an output, and the solver prints every number of an output.
        if self.weight_map:
            net.no_weight = L.Silence(net.weight, ntop=0)
        if self.monitor == "none":
            net.no_monitor = L.Silence(net.score, net.label, ntop=0)
            return
        net.section("monitoring")
        ignored = {} if self.ignore_label is None else {"ignore_label": self.ignore_label}
        if self.monitor == "iou":
            net.iou = blocks.python_layer(
                "loss_layers", "BinaryIoULayer", net.score, net.label, param_str=ignored or None
            )
        else:
            net.accuracy = L.Accuracy(net.score, net.label, **ignored)

    def _loss(self, net: Any) -> Any:
        common: dict[str, Any] = {
            "loss_weight": self.loss_weight,
            "normalization": self.normalization,
            "ignore_label": self.ignore_label,
        }
        if self.loss == "softmax":
            return losses.softmax(net.score, net.label, **common)
        if self.loss == "sigmoid":
            return losses.standard_sigmoid_cross_entropy(net.score, net.label, **common)
        weight = net.weight if self.weight_map else None
        return losses.sigmoid_cross_entropy(
            net.score, net.label, weight, pos_weight=self.pos_weight, **common
        )


def _refuse(message: str, mend: Optional[str] = None) -> OptionError:
    return OptionError(message, mend=mend)


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _shown(size: Size) -> str:
    height, width = _pair(size)
    return str(height) if height == width else f"{height}x{width}"


def _plans(size: Optional[Size], output_size: Optional[Size], depth: int, padding: str) -> tuple[Plan, Plan]:
    """Return the sizes of height and width."""
    if output_size is not None:
        height, width = (size_for_output(out, depth, padding) for out in _pair(output_size))
        if size is not None and _pair(size) != (height, width):
            raise _refuse(
                f"size {_shown(size)} and output_size {_shown(output_size)} do not go together",
                f"leave size out: it is {_shown((height, width))} for that output",
            )
        size = height, width
    if size is None:
        size = fitting(PUBLISHED_SIZE, depth, padding)
    rows, columns = (plan(side, depth, padding) for side in _pair(size))
    return rows, columns


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
    objective = _Objective(
        loss=loss,
        loss_weight=loss_weight,
        normalization=normalization,
        ignore_label=ignore_label,
        pos_weight=pos_weight,
        weight_map=weight_map,
        monitor=monitor or ("accuracy" if loss == "softmax" else "iou"),
    )
    objective.check(classes)
    height, width = _plans(size, output_size, depth, padding)
    body = _Body(height, width, depth, base, padding, upsampling, dropout, batch_norm, crop_offsets)

    net.section("data")
    if net.deploying:
        net.data = L.Input(shape={"dim": [1, channels, height.size, width.size]})
    else:
        write_data(
            net,
            Data(
                source=data,
                folder=data_dir,
                height=height,
                width=width,
                batch_size=batch_size,
                channels=channels,
                label_channels=1 if loss == "softmax" else classes,
                weight_map=weight_map,
                scale=scale,
                classes=classes,
                ignore_label=ignore_label,
                module=python_module,
                layer=python_layer,
            ),
        )
    body.write(net, classes)
    if not net.deploying:
        objective.write(net)
    elif deploy_prob:
        net.section("probabilities")
        net.prob = L.Softmax(net.score) if loss == "softmax" else L.Sigmoid(net.score)
