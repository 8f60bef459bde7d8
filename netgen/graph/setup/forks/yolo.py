"""YOLO's layers in Caffe: reorganized blobs, upsampling by repetition, losses, boxes out."""

from __future__ import annotations

from netgen.graph.setup.blobs import count, int32
from netgen.graph.setup.forks.common import (
    as_four,
    check_batch,
    check_positive,
    needs_axes,
    not_in_place,
    required,
)
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal, shown

__all__ = ["REGION", "REORG", "YOLO"]


def _stride(setup: Setup) -> int:
    check_positive(setup.layer.reorg_param, "reorg_param", "stride")
    return int(setup.layer.reorg_param.stride)


def _reorg(setup: Setup) -> Made:
    """``ReorgLayer``: squares of pixels become channels, or the reverse."""
    not_in_place(setup)
    param = setup.layer.reorg_param
    required(param, "reorg_param", "stride")
    stride = _stride(setup)
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    num, channels, height, width = as_four(first)
    if param.reverse:
        return Made(((num, channels // (stride * stride), height * stride, width * stride),))
    return Made(((num, channels * stride * stride, height // stride, width // stride),))


def _exact_reorg(setup: Setup) -> Made:
    """caffe-yolo9000's ``ReorgLayer``: nothing may be left over."""
    stride = _stride(setup)
    not_in_place(setup)
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    needs_axes(first, 4)
    num, channels, height, width = first[:4]
    top = (num, channels * stride * stride, height // stride, width // stride)
    if count(top) != count(first):
        raise Refusal(
            f"stride {stride} does not divide height and width of {shown(first)}",
            "shape",
            ("reorg_param", "stride") if setup.layer.reorg_param.HasField("stride") else ("reorg_param",),
        )
    return Made((top,))


def _upsample(setup: Setup) -> Made:
    """MobileNet-YOLO's ``UpsampleLayer``: each pixel is repeated."""
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    needs_axes(first, 2)
    scale = int32(setup.layer.upsample_param.scale)
    return Made(((*first[:-2], int32(first[-2] * scale), int32(first[-1] * scale)),))


def _annotated_data(setup: Setup) -> Made:
    """MobileNet-YOLO's ``AnnotatedDataLayer``, with several ways of resizing: the data tells the shapes."""
    return Made((None,) * setup.ntop)


def _region_loss(setup: Setup) -> Made:
    """``RegionLossLayer``: it looks at no shape before it runs."""
    del setup
    return Made(((),))


def _yolov3(setup: Setup) -> Made:
    """MobileNet-YOLO's ``Yolov3Layer``."""
    param = setup.layer.yolov3_param
    score = setup.bottoms[0]
    if score is not None:
        _, _, height, width = as_four(score)
        wanted = int32(height * width * param.num * (4 + param.num_class + 1))
        if count(score, 1) != wanted:
            raise Refusal(
                f"{param.num} boxes of {param.num_class} classes take {param.num * (5 + param.num_class)} "
                f"channels, came {shown(score)}",
                "shape",
                ("bottom", 0),
            )
    check_batch(setup)
    return Made(((),))


def _boxes(message: str, *, groups: bool = False) -> LayerType:
    """Return the rule of a layer that gives boxes: how many is known when it has run."""

    def rule(setup: Setup) -> Made:
        param = getattr(setup.layer, message)
        required(param, message, "num_classes")
        if groups and len(setup.bottoms) != param.mask_group_num:
            raise Refusal(
                f"mask_group_num is {param.mask_group_num}, and there are {len(setup.bottoms)} bottoms",
                "count",
                (message, "mask_group_num") if param.HasField("mask_group_num") else (message,),
            )
        return Made(((1, 1, 1, 7),))

    return LayerType(rule, min_bottoms=1, exact_tops=1)


_LOSS = LayerType(
    _region_loss, exact_bottoms=2, exact_tops=1, auto_tops=True, loss=True, no_force_backward=(1,)
)

REORG = {"Reorg": LayerType(_reorg, exact_bottoms=1, exact_tops=1)}
REGION = {"Reorg": LayerType(_exact_reorg, exact_bottoms=1, exact_tops=1), "RegionLoss": _LOSS}
YOLO = {
    "AnnotatedData": LayerType(_annotated_data, exact_bottoms=0, min_tops=1),
    "RegionLoss": _LOSS,
    "Upsample": LayerType(_upsample, exact_bottoms=1, exact_tops=1),
    "Yolov3": _LOSS._replace(rule=_yolov3),
    "YoloDetectionOutput": _boxes("yolo_detection_output_param"),
    "Yolov3DetectionOutput": _boxes("yolov3_detection_output_param", groups=True),
}
