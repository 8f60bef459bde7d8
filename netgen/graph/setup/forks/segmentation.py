"""Layers of nets that label each pixel: SegNet's, ENet's, DeepLab's, PSPNet's, and greentea's U-Net."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.setup.blobs import int32, quotient
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.forks.common import as_four, check_alike, needs_axes
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["DEEPLAB", "GREENTEA", "INTERP", "PSPNET", "SEGNET", "SIZED", "TSN", "UPSAMPLE"]

_UPSAMPLE = "upsample_param"
_INTERP = "interp_param"
_INFERENCE = 1
_ADD = 1


# ---- SegNet, ENet ----


def _above_one(param: Any, name: str) -> int:
    value = int32(getattr(param, name))
    if value <= 1:
        raise Refusal(
            f"{name} is above 1, came {value}",
            "value",
            (_UPSAMPLE, name) if param.HasField(name) else (_UPSAMPLE,),
        )
    return value


def _upsample(setup: Setup) -> Made:
    """SegNet's ``UpsampleLayer``: values go back to where the mask says that a pooling took them from."""
    param = setup.layer.upsample_param
    sized = param.HasField("upsample_h") and param.HasField("upsample_w")
    once, down, across = map(param.HasField, ("scale", "scale_h", "scale_w"))
    if not (sized or (not once and down and across) or not (down or across)):
        raise Refusal(
            "scale goes alone, scale_h and scale_w go together",
            "contradiction",
            (_UPSAMPLE,),
            mend="give upsample_h and upsample_w, the size that comes out",
        )
    size: Optional[tuple[int, int]] = None
    scale = (1, 1)
    if sized:
        size = _above_one(param, "upsample_h"), _above_one(param, "upsample_w")
    else:
        if down:
            scale = _above_one(param, "scale_h"), _above_one(param, "scale_w")
        else:
            scale = (_above_one(param, "scale"),) * 2
        for axis, name in enumerate(("pad_out_h", "pad_out_w")):
            if getattr(param, name) and scale[axis] != 2:
                raise Refusal(
                    f"{name} goes with a scale of 2 alone, came {scale[axis]}",
                    "contradiction",
                    (_UPSAMPLE, name),
                )
    for index, shape in enumerate(setup.bottoms):
        if shape is not None:
            needs_axes(shape, 4, index, exact=True)
    check_alike(setup, 0, 1, (0, 1, 2, 3))
    first = setup.bottoms[0] if setup.bottoms[0] is not None else setup.bottoms[1]
    if first is None:
        return Made((None,))
    if size is None:
        size = int32(first[2] * scale[0] - param.pad_out_h), int32(first[3] * scale[1] - param.pad_out_w)
    return Made(((*first[:2], *size),))


def _learnt(setup: Setup, shape: MaybeShape, fillers: tuple[str, str], more: int = 0) -> list[MaybeShape]:
    """Return the shapes of a BN layer's factors and terms, and of so many statistics."""
    if setup.blobs:
        return list(setup.blobs)
    param = setup.layer.bn_param
    for name, what in zip(fillers, ("factors", "terms")):
        check_filler(getattr(param, name), shape, what, ("bn_param", name))
    return [shape] * (2 + more)


def _segnet_bn(setup: Setup) -> Made:
    """SegNet's ``BNLayer``: always N x C x H x W; mean and variance of the batch can be had as tops."""
    if setup.ntop > 1 and setup.layer.bn_param.bn_mode == _INFERENCE:
        raise Refusal(
            f"with bn_mode INFERENCE there are no statistics of the batch, and {setup.ntop} tops",
            "count",
            ("top", 1),
        )
    (first,) = setup.bottoms
    four = None if first is None else as_four(first)
    each = None if four is None else (1, four[1], 1, 1)
    params = _learnt(setup, each, ("scale_filler", "shift_filler"))
    return Made((four, each, each)[: setup.ntop], params)


# ---- DeepLab, PSPNet ----


def _factor(param: Any, name: str) -> int:
    value: int = getattr(param, name)
    if value < 1:
        raise Refusal(f"{name} is at least 1, came {value}", "value", (_INTERP, name))
    return value


def _interp(setup: Setup) -> Made:
    """DeepLab's ``InterpLayer``: cut, then made larger or smaller, so that corners stay corners."""
    param = setup.layer.interp_param
    for name in ("pad_beg", "pad_end"):
        if getattr(param, name) > 0:
            raise Refusal(
                f"{name} can only cut: it is at most 0, came {getattr(param, name)}", "value", (_INTERP, name)
            )
    shrink, zoom = param.HasField("shrink_factor"), param.HasField("zoom_factor")
    sized = param.HasField("height") and param.HasField("width")
    if not (shrink or zoom or sized):
        raise Refusal(
            "there is nothing that says how large to make it",
            "missing",
            (_INTERP,),
            mend="give height and width, or shrink_factor, or zoom_factor",
        )
    both = shrink and zoom
    first = setup.bottoms[0]
    if first is None:
        if (shrink or zoom) and not (both and sized):
            for name in ("shrink_factor", "zoom_factor"):
                if param.HasField(name):
                    _factor(param, name)
        return Made((None,))
    count, channels, *spatial = as_four(first)
    out = []
    for size, name in zip(spatial, ("height", "width")):
        kept = size + param.pad_beg + param.pad_end
        if sized and (both or not (shrink or zoom)):
            made = getattr(param, name)
        else:
            made = quotient(kept - 1, _factor(param, "shrink_factor")) + 1 if shrink else kept
            if zoom:
                made += (made - 1) * (_factor(param, "zoom_factor") - 1)
        if kept <= 0 or made <= 0:
            raise Refusal(
                f"{'nothing is left of' if kept <= 0 else 'nothing comes out of'} {name} {size} "
                f"(input {shown(first)})",
                "size",
                (_INTERP,),
            )
        out.append(int32(made))
    return Made(((count, channels, *out),))


def _sized_interp(setup: Setup) -> Made:
    """py-RFCN-priv's ``InterpLayer``, which can take its size from a second bottom."""
    param = setup.layer.interp_param
    if not param.use_blob_size:
        return _interp(setup)
    if len(setup.bottoms) < 2:
        raise Refusal(
            "use_blob_size needs a second bottom that has the size",
            "count",
            ("bottom",),
            mend="give a second bottom",
        )
    first, like = setup.bottoms[:2]
    if first is None or like is None:
        return Made((None,))
    return Made(((*as_four(first)[:2], *as_four(like, 1)[2:]),))


def _seg_accuracy(setup: Setup) -> Made:
    """DeepLab's ``SegAccuracyLayer``."""
    score, label = setup.bottoms
    if score is not None and as_four(score)[1] < 1:
        raise Refusal(f"there are no classes in {shown(score)}", "size", ("bottom", 0))
    check_alike(setup, 0, 1, (0,))
    if label is not None and as_four(label, 1)[1] != 1:
        raise Refusal(f"labels have one channel, came {shown(label)}", "shape", ("bottom", 1))
    check_alike(setup, 0, 1, (2, 3))
    return Made(((1, 1, 1, 3),))


def _pspnet_bn(setup: Setup) -> Made:
    """PSPNet's ``BNLayer``: factors, terms, and the moving mean and variance."""
    (first,) = setup.bottoms
    each = None if first is None else (1, as_four(first)[1], 1, 1)
    return Made((first,), _learnt(setup, each, ("slope_filler", "bias_filler"), 2))


def _tsn_bn(setup: Setup) -> Made:
    """Temporal Segment Networks' ``BNLayer``."""
    (first,) = setup.bottoms
    each = None if first is None else (1, as_four(first)[1])
    return Made((first,), _learnt(setup, each, ("slope_filler", "bias_filler"), 2))


# ---- greentea ----


def _merge_crop(setup: Setup) -> Made:
    """The ``MergeCropLayer`` of greentea: the second bottom, cut to the first one, behind it or added."""
    one, other = setup.bottoms
    if one is None or other is None:
        return Made((None,))
    for index, shape in enumerate((one, other)):
        needs_axes(shape, 2, index)
    adds = setup.layer.mergecrop_param.operation == _ADD
    if one[0] != other[0] or (adds and one[1] != other[1]):
        what = "samples and channels" if adds else "samples"
        raise Refusal(
            f"bottom 0 is {shown(one)} and bottom 1 is {shown(other)}: both have the same {what}",
            "shape",
            ("bottom", 1),
        )
    top: Shape = (one[0], one[1] if adds else one[1] + other[1], *one[2:])
    return Made((top,))


UPSAMPLE = {"Upsample": LayerType(_upsample, exact_bottoms=2, exact_tops=1)}
SEGNET = {**UPSAMPLE, "BN": LayerType(_segnet_bn, exact_bottoms=1, min_tops=1, max_tops=3)}
INTERP = {"Interp": LayerType(_interp, exact_bottoms=1, exact_tops=1)}
DEEPLAB = {**INTERP, "SegAccuracy": LayerType(_seg_accuracy, exact_bottoms=2, exact_tops=1)}
SIZED = {"Interp": LayerType(_sized_interp, min_bottoms=1, exact_tops=1)}
PSPNET = {"BN": LayerType(_pspnet_bn, exact_bottoms=1, exact_tops=1)}
TSN = {"BN": LayerType(_tsn_bn, exact_bottoms=1, exact_tops=1)}
GREENTEA = {"MergeCrop": LayerType(_merge_crop, exact_bottoms=2, exact_tops=1)}
