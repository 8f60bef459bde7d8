"""SSD's layers, which RefineDet, MobileNet-SSD, MobileNet-YOLO, NVIDIA's and Intel's Caffe have too."""

from __future__ import annotations

import struct
from typing import Any, Optional

from netgen.graph.setup.blobs import check_size, int32
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.forks.common import as_four, check_alike, check_batch, needs_axes, required
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["NORMALIZE", "PRIORS", "REFINED", "SHARED", "SSD"]

_FIT_SMALL_SIZE = 2
_NO_MINING = 0
_SOFTMAX = 0


def _normalize(setup: Setup) -> Made:
    """SSD's ``NormalizeLayer``: a factor for each channel, or one for all."""
    param = setup.layer.norm_param
    (first,) = setup.bottoms
    channels: Optional[int] = None
    if first is not None:
        needs_axes(first, 2)
        channels = as_four(first)[1]
    factor: MaybeShape = () if param.channel_shared else None if channels is None else (channels,)
    params: tuple[MaybeShape, ...] = setup.blobs or (factor,)
    if not setup.blobs and param.HasField("scale_filler"):
        check_filler(param.scale_filler, factor, "factors", ("norm_param", "scale_filler"))
    return Made((first,), params)


# ---- prior boxes ----


def _sizes(param: Any) -> int:
    """Check the boxes' sizes, and return how many there are of the larger kind."""
    if not param.min_size:
        raise Refusal(
            "min_size is missing", "missing", ("prior_box_param",), mend="give at least one min_size"
        )
    for index, size in enumerate(param.min_size):
        if not size > 0:
            raise Refusal(
                f"a min_size is above 0, came {size:g}", "value", ("prior_box_param", "min_size", index)
            )
    if param.max_size and len(param.max_size) != len(param.min_size):
        raise Refusal(
            f"{len(param.max_size)} max_size for {len(param.min_size)} min_size",
            "value",
            ("prior_box_param", "max_size", 0),
            mend="give one max_size for each min_size, or none",
        )
    for index, (least, most) in enumerate(zip(param.min_size, param.max_size)):
        if not most > least:
            raise Refusal(
                f"max_size {most:g} is not above min_size {least:g}",
                "value",
                ("prior_box_param", "max_size", index),
            )
    return len(param.max_size)


def _ratios(param: Any) -> int:
    """Return the number of aspect ratios, 1 and the flipped ones included."""
    ratios = [1.0]
    for ratio in param.aspect_ratio:
        if not any(abs(ratio - known) < 1e-6 for known in ratios):
            ratios.append(ratio)
            if param.flip:
                ratios.append(struct.unpack("f", struct.pack("f", 1.0 / ratio))[0] if ratio else float("inf"))
    return len(ratios)


def _either(param: Any, both: str, *parts: str) -> None:
    """Check a size that is given once, or for height and width, and is above 0."""
    if any(param.HasField(part) for part in parts):
        if param.HasField(both):
            raise Refusal(
                f"{both} and {' or '.join(parts)} are both given",
                "contradiction",
                ("prior_box_param", both),
                mend="give one of them",
            )
        given: tuple[str, ...] = parts
    else:
        given = (both,) if param.HasField(both) else ()
    for name in given:
        if not getattr(param, name) > 0:
            field = ("prior_box_param", name) if param.HasField(name) else ("prior_box_param",)
            raise Refusal(f"{name} is above 0, came {getattr(param, name):g}", "value", field)


def _prior_box(setup: Setup) -> Made:
    """SSD's ``PriorBoxLayer``: the boxes of each place, and their variances."""
    param = setup.layer.prior_box_param
    larger = _sizes(param)
    priors = _ratios(param) * len(param.min_size) + larger
    if len(param.variance) not in (0, 1, 4):
        raise Refusal(
            f"variance is given once or four times, came {len(param.variance)}",
            "value",
            ("prior_box_param", "variance", 0),
        )
    for index, variance in enumerate(param.variance):
        if not variance > 0:
            raise Refusal(
                f"a variance is above 0, came {variance:g}", "value", ("prior_box_param", "variance", index)
            )
    _either(param, "img_size", "img_h", "img_w")
    _either(param, "step", "step_h", "step_w")
    first = setup.bottoms[0]
    if first is None:
        return Made((None,))
    _, _, height, width = as_four(first)
    length = int32(width * height * priors * 4)
    if length <= 0:
        raise Refusal(f"there are no places for boxes in {shown(first)}", "size", ("bottom", 0))
    return Made(((1, 2, length),))


# ---- boxes out, their loss and their evaluation ----


def _matches(setup: Setup, classes: int, shared: bool) -> None:
    """Check locations and confidences against the prior boxes (bottoms 0, 1 and 2)."""
    check_alike(setup, 0, 1, (0,))
    boxes = setup.bottoms[2]
    if boxes is None:
        return
    priors = as_four(boxes, 2)[2] // 4
    for index, what, each in ((0, "location", 4 if shared else 4 * classes), (1, "confidence", classes)):
        came = setup.bottoms[index]
        if came is not None and as_four(came, index)[1] != int32(priors * each):
            raise Refusal(
                f"{priors} prior boxes take {priors * each} {what} values, came {as_four(came, index)[1]} in "
                f"{shown(came)}",
                "shape",
                ("bottom", index),
            )


def _detection_output(setup: Setup) -> Made:
    """SSD's ``DetectionOutputLayer``: how many boxes there are is known when it has run."""
    param = setup.layer.detection_output_param
    field = "detection_output_param"
    required(param, field, "num_classes")
    if param.nms_param.nms_threshold < 0:
        raise Refusal(
            f"nms_threshold is at least 0, came {param.nms_param.nms_threshold:g}",
            "value",
            (field, "nms_param", "nms_threshold"),
        )
    if not 0 < param.nms_param.eta <= 1:
        raise Refusal(
            f"eta is above 0 and at most 1, came {param.nms_param.eta:g}",
            "value",
            (field, "nms_param", "eta"),
        )
    _matches(setup, int32(param.num_classes), param.share_location)
    return Made(((1, 1, 1, 7),))


def _multibox_loss(setup: Setup) -> Made:
    """SSD's ``MultiBoxLossLayer``."""
    param = setup.layer.multibox_loss_param
    required(param, "multibox_loss_param", "num_classes")
    classes = int32(param.num_classes)
    if classes < 1:
        raise Refusal(
            f"num_classes is at least 1, came {classes}", "value", ("multibox_loss_param", "num_classes")
        )
    mining = param.mining_type != _NO_MINING
    if param.HasField("do_neg_mining") and param.do_neg_mining != mining:
        raise Refusal(
            "do_neg_mining and mining_type contradict each other",
            "contradiction",
            ("multibox_loss_param", "do_neg_mining"),
            mend="drop do_neg_mining",
        )
    if mining and not param.share_location:
        raise Refusal(
            "mining goes with share_location: true alone",
            "contradiction",
            ("multibox_loss_param", "share_location"),
            mend="mining_type: NONE, or share_location: true",
        )
    if param.conf_loss_type == _SOFTMAX and not 0 <= param.background_label_id < classes:
        raise Refusal(
            f"background_label_id is from 0 to {classes - 1} for SOFTMAX, came "
            f"{int32(param.background_label_id)}",
            "value",
            ("multibox_loss_param", "background_label_id"),
        )
    check_batch(setup)
    _matches(setup, classes, param.share_location)
    return Made(((),))


def _smooth_l1(setup: Setup) -> Made:
    """SSD's ``SmoothL1LossLayer``: the third bottom has weights."""
    check_batch(setup)
    for other in range(1, len(setup.bottoms)):
        check_alike(setup, 0, other, (1, 2, 3))
    return Made(((),))


def _detection_evaluate(setup: Setup) -> Made:
    """SSD's ``DetectionEvaluateLayer``: how many rows there are depends on the boxes."""
    param = setup.layer.detection_evaluate_param
    required(param, "detection_evaluate_param", "num_classes")
    if not param.overlap_threshold > 0:
        raise Refusal(
            f"overlap_threshold is above 0, came {param.overlap_threshold:g}",
            "value",
            ("detection_evaluate_param", "overlap_threshold"),
        )
    for index, width in ((0, 7), (1, 8)):
        shape: Optional[Shape] = setup.bottoms[index] if index < len(setup.bottoms) else None
        if shape is not None:
            four = as_four(shape, index)
            if (four[0], four[1], four[3]) != (1, 1, width):
                raise Refusal(
                    f"it takes 1 x 1 x N x {width}, came {shown(shape)}", "shape", ("bottom", index)
                )
    return Made((None,))


def _annotated_data(setup: Setup) -> Made:
    """SSD's ``AnnotatedDataLayer``: the data alone tells the shapes."""
    transform = setup.layer.transform_param
    batch = setup.layer.data_param.batch_size
    if (
        transform.HasField("resize_param")
        and transform.resize_param.resize_mode == _FIT_SMALL_SIZE
        and batch != 1
    ):
        raise Refusal(
            f"FIT_SMALL_SIZE goes with a batch_size of 1 alone, came {batch}",
            "contradiction",
            ("transform_param", "resize_param", "resize_mode"),
        )
    check_size((int32(batch),), "a batch", ("data_param", "batch_size"))
    return Made((None,) * setup.ntop)


PRIORS = {"PriorBox": LayerType(_prior_box, min_bottoms=1, exact_tops=1)}
NORMALIZE = {"Normalize": LayerType(_normalize, exact_bottoms=1, exact_tops=1)}

# What caffe-yolo9000, made from an older SSD, has too.
SHARED = {
    **NORMALIZE,
    "SmoothL1Loss": LayerType(
        _smooth_l1, min_bottoms=2, max_bottoms=3, exact_tops=1, auto_tops=True, loss=True
    ),
    "AnnotatedData": LayerType(_annotated_data, exact_bottoms=0, min_tops=1),
}

SSD = {
    **SHARED,
    **PRIORS,
    "DetectionOutput": LayerType(_detection_output, min_bottoms=3, max_bottoms=4, exact_tops=1),
    "MultiBoxLoss": LayerType(
        _multibox_loss, exact_bottoms=4, exact_tops=1, auto_tops=True, loss=True, no_force_backward=(1,)
    ),
    "DetectionEvaluate": LayerType(_detection_evaluate, min_bottoms=2, exact_tops=1),
}

REFINED = {
    "DetectionOutput": SSD["DetectionOutput"]._replace(max_bottoms=5),
    "MultiBoxLoss": SSD["MultiBoxLoss"]._replace(exact_bottoms=None, min_bottoms=4),
}
