"""Layers for regions of interest: those of Fast R-CNN and R-FCN."""

from __future__ import annotations

from netgen.graph.setup.blobs import int32
from netgen.graph.setup.forks.common import as_four, check_alike, check_batch, check_positive
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal, canonical, shown

__all__ = ["FAST", "FAST_POOLING", "HARD", "INTEL", "POSITION", "RFCN"]


def _roi_pooling(setup: Setup) -> Made:
    """Fast R-CNN's ``ROIPoolingLayer``: the channels of the first bottom, for each row of the second."""
    param = setup.layer.roi_pooling_param
    check_positive(param, "roi_pooling_param", "pooled_h")
    check_positive(param, "roi_pooling_param", "pooled_w")
    maps, regions = setup.bottoms
    if maps is None or regions is None:
        return Made((None,))
    channels, count = as_four(maps)[1], as_four(regions, 1)[0]
    return Made(((count, channels, int32(param.pooled_h), int32(param.pooled_w)),))


def _smooth_l1(setup: Setup) -> Made:
    """Fast R-CNN's ``SmoothL1LossLayer``: weights inside and outside, or none."""
    if len(setup.bottoms) not in (2, 4):
        raise Refusal(
            f"weights come as two bottoms, inside and outside, came {len(setup.bottoms) - 2}",
            "count",
            ("bottom",),
            mend="give four bottoms, or two",
        )
    check_batch(setup)
    for other in range(1, len(setup.bottoms)):
        check_alike(setup, 0, other, (1, 2, 3))
    return Made(((),))


def _psroi_pooling(setup: Setup) -> Made:
    """R-FCN's ``PSROIPoolingLayer``: each place of a region has channels of its own."""
    param = setup.layer.psroi_pooling_param
    check_positive(param, "psroi_pooling_param", "output_dim")
    check_positive(param, "psroi_pooling_param", "group_size")
    maps, regions = setup.bottoms
    outputs, group = param.output_dim, param.group_size
    if maps is not None and as_four(maps)[1] != int32(outputs * group * group):
        raise Refusal(
            f"output_dim {outputs} and group_size {group} take {outputs * group * group} channels, came "
            f"{shown(maps)}",
            "shape",
            ("bottom", 0),
            mend="make the channels output_dim x group_size x group_size",
        )
    if regions is None:
        return Made((None,))
    return Made(((as_four(regions, 1)[0], outputs, group, group),))


def _box_annotator(setup: Setup) -> Made:
    """R-FCN's ``BoxAnnotatorOHEMLayer``: labels and weights of the boxes with the largest losses."""
    check_positive(setup.layer.box_annotator_ohem_param, "box_annotator_ohem_param", "roi_per_img")
    regions, _, _, labels, *_ = (*setup.bottoms, None)
    if regions is not None and as_four(regions)[1] != 5:
        raise Refusal(f"a region has 5 numbers, came {shown(regions)}", "shape", ("bottom", 0))
    for index in (1, 2):
        check_alike(setup, 0, index, (0, 2, 3))
        loss = setup.bottoms[index]
        if loss is not None and as_four(loss, index)[1] != 1:
            raise Refusal(
                f"there is one loss for each region, came {shown(loss)}", "shape", ("bottom", index)
            )
    check_alike(setup, 0, 3, (0, 2, 3))
    if regions is None:
        return Made((None, None))
    count, _, height, width = as_four(regions)
    channels = None if labels is None else as_four(labels, 3)[1]
    weights = None if channels is None else (count, channels, height, width)
    return Made(((count, 1, height, width), weights))


def _smooth_l1_each(setup: Setup) -> Made:
    """R-FCN's ``SmoothL1LossLayer`` and ``SmoothL1LossOHEMLayer``: the second top has the loss of each."""
    check_batch(setup)
    others = range(1, 3 if len(setup.bottoms) == 3 else 2)
    for other in others:
        check_alike(setup, 0, other, (1, 2, 3))
    first = setup.bottoms[0]
    if setup.ntop < 2:
        return Made(((),))
    if first is None:
        return Made(((), None))
    count, _, height, width = as_four(first)
    return Made(((), (count, 1, height, width)))


def _softmax_each(setup: Setup) -> Made:
    """``SoftmaxWithLossOHEMLayer``: the second top has the probabilities, the third the loss of each."""
    score, label = setup.bottoms
    axis = setup.layer.softmax_param.axis
    found = None if score is None else canonical(axis, score, "axis", ("softmax_param", "axis"))
    check_batch(setup)
    if score is not None and label is not None and found is not None:
        places, labels = 1, 1
        for dim in (*score[:found], *score[found + 1 :]):
            places *= dim
        for dim in label:
            labels *= dim
        if places != labels:
            raise Refusal(
                f"scores of {shown(score)} take {places} labels, came {shown(label)}", "shape", ("bottom", 1)
            )
    return Made(((), score, label)[: setup.ntop])


FAST_POOLING = {
    "ROIPooling": LayerType(_roi_pooling, exact_bottoms=2, exact_tops=1),
}

# These losses do not call LossLayer::LayerSetUp: without loss_weight they weigh nothing.
FAST = {
    **FAST_POOLING,
    "SmoothL1Loss": LayerType(_smooth_l1, min_bottoms=2, max_bottoms=4, exact_tops=1, auto_tops=True),
}

_EACH = LayerType(_smooth_l1_each, min_bottoms=2, max_bottoms=3, min_tops=1, max_tops=2, auto_tops=True)

POSITION = {
    "PSROIPooling": LayerType(_psroi_pooling, exact_bottoms=2, exact_tops=1),
    "BoxAnnotatorOHEM": LayerType(_box_annotator, exact_bottoms=4, exact_tops=2),
}

HARD = {
    "SmoothL1LossOHEM": _EACH,
    "SoftmaxWithLossOHEM": LayerType(
        _softmax_each,
        exact_bottoms=2,
        min_tops=1,
        max_tops=3,
        auto_tops=True,
        loss=True,
        no_force_backward=(1,),
    ),
}

RFCN = {"SmoothL1Loss": _EACH}

# Intel's Caffe has Fast R-CNN's loss, and shapes regions on its own.
INTEL = {"SmoothL1Loss": FAST["SmoothL1Loss"]}
