"""Shapes of blobs, for the layers that nets like U-Net are made of.

Each rule is Caffe's ``Reshape`` of that layer. A shape that depends on data, or a layer type without a rule
here, gives None, and None spreads: nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

from netgen.graph import windows
from netgen.graph.shape import Refusal, Shape, canonical, shown

__all__ = ["infer"]

Rule = Callable[[Any, list[Shape], int], list[Optional[Shape]]]

_INT_MAX = 2**31 - 1


def _same(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del layer
    return [bottoms[0]] * ntop


def _lrn(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    if len(bottoms[0]) != 4:
        raise Refusal(f"LRN takes N x C x H x W, came {shown(bottoms[0])}")
    if layer.lrn_param.local_size % 2 == 0:
        raise Refusal(f"local_size is an odd number, came {layer.lrn_param.local_size}")
    return _same(layer, bottoms, ntop)


def _mvn(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    if len(bottoms[0]) > 4:
        raise Refusal(f"MVN takes at most N x C x H x W, came {shown(bottoms[0])}")
    # It fills missing axes up, where other layers leave them out.
    return _same(layer, [(*bottoms[0], 1, 1, 1, 1)[:4]], ntop)


def _batch_norm(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    if len(bottoms[0]) < 2:
        raise Refusal(f"BatchNorm takes N x C x ..., came {shown(bottoms[0])}")
    return _same(layer, bottoms, ntop)


def _prelu(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    if not 2 <= len(bottoms[0]) <= 4:
        raise Refusal(f"PReLU takes N x C, N x C x H or N x C x H x W, came {shown(bottoms[0])}")
    return _same(layer, bottoms, ntop)


def _softmax(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    canonical(layer.softmax_param.axis, bottoms[0], "axis")
    return _same(layer, bottoms, ntop)


def _power_of(param: Any) -> None:
    if param.base != -1 and param.base <= 0:
        raise Refusal(f"base is above 0, or -1 for e, came {param.base:g}")


def _exp(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    _power_of(layer.exp_param)
    return _same(layer, bottoms, ntop)


def _log(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    _power_of(layer.log_param)
    return _same(layer, bottoms, ntop)


def _scaled(param: Any, bottoms: list[Shape]) -> None:
    """Check the axes that Scale's factor, or Bias's term, goes along."""
    first = bottoms[0]
    factor = bottoms[1] if len(bottoms) > 1 else None
    if factor == ():
        return  # a scalar goes with everything
    axis = canonical(param.axis, first, "axis")
    if factor is None:
        if param.num_axes < -1:
            raise Refusal(f"num_axes is at least -1, came {param.num_axes}")
        if axis + param.num_axes > len(first):
            raise Refusal(f"num_axes {param.num_axes} from axis {axis} reaches past {shown(first)}")
    elif first[axis : axis + len(factor)] != factor:
        raise Refusal(f"{shown(factor)} is not what {shown(first)} has from axis {axis} on")


def _scale(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    _scaled(layer.scale_param, bottoms)
    return _same(layer, bottoms, ntop)


def _bias(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    _scaled(layer.bias_param, bottoms)
    return _same(layer, bottoms, ntop)


def _loss(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    score, label = bottoms
    if not score or not label or score[0] != label[0]:
        raise Refusal(f"scores {shown(score)} and labels {shown(label)} are not as many")
    if layer.type == "SoftmaxWithLoss":
        axis = canonical(layer.softmax_param.axis, score, "axis")
        wanted = (*score[:axis], 1, *score[axis + 1 :])
        if math.prod(label) != math.prod(wanted):
            raise Refusal(
                f"scores of {shown(score)} take labels of {shown(wanted)}, came {shown(label)}",
                mend="labels are class numbers, one for each place",
            )
    elif layer.type != "HingeLoss" and math.prod(score) != math.prod(label):
        raise Refusal(f"scores {shown(score)} and labels {shown(label)} are not as many")
    return [()] * ntop


def _joined_axis(param: Any, former: str, first: Shape) -> int:
    """Return the axis of Concat and Slice, which an unsigned field of an older name can give too."""
    if not param.HasField(former):
        return canonical(param.axis, first, "axis")
    if param.HasField("axis"):
        raise Refusal(f"axis and {former} are both given", mend="give axis alone")
    return canonical(getattr(param, former), first, former)


def _concat(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    first = bottoms[0]
    axis = _joined_axis(layer.concat_param, "concat_dim", first)
    total = 0
    for index, shape in enumerate(bottoms):
        rest = (*shape[:axis], *shape[axis + 1 :])
        if len(shape) != len(first) or rest != (*first[:axis], *first[axis + 1 :]):
            raise Refusal(
                f"bottom {index} is {shown(shape)} and bottom 0 is {shown(first)}: they may differ on axis "
                f"{axis} alone",
                mend="crop or pad one of them first" if len(shape) == len(first) else None,
            )
        total += shape[axis]
    return [(*first[:axis], total, *first[axis + 1 :])] * ntop


def _crop(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.crop_param
    blob, like = bottoms
    axis = canonical(param.axis, blob, "axis")
    offsets = list(param.offset)
    if len(offsets) > 1 and axis + len(offsets) != len(blob):
        raise Refusal(
            f"{len(offsets)} offsets for {len(blob) - axis} cropped axes", mend="give one, or one an axis"
        )
    if len(like) < len(blob) and axis < len(blob):
        raise Refusal(f"cannot crop {shown(blob)} to the size of {shown(like)}, which has fewer axes")
    shape = list(blob)
    for i in range(axis, len(blob)):
        offset = offsets[i - axis] if len(offsets) > 1 else (offsets[0] if offsets else 0)
        if blob[i] < offset + like[i]:
            raise Refusal(
                f"cropping {like[i]} at offset {offset} on axis {i} reaches past the {blob[i]} of "
                f"{shown(blob)}",
                mend=f"an offset of at most {blob[i] - like[i]}" if blob[i] >= like[i] else None,
            )
        shape[i] = like[i]
    return [tuple(shape)] * ntop


def _slice(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.slice_param
    first = bottoms[0]
    axis = _joined_axis(param, "slice_dim", first)
    points = list(param.slice_point)
    size = first[axis]
    if points:
        if len(points) != ntop - 1:
            raise Refusal(f"{len(points)} slice points make {len(points) + 1} tops, and there are {ntop}")
        edges = [0, *points, size]
        sizes = [b - a for a, b in zip(edges, edges[1:])]
        # Nothing may be left for the last top, but for no other.
        if min(sizes[:-1]) < 1 or sizes[-1] < 0 or ntop > size:
            raise Refusal(f"slice points {points} do not go up within {size}")
    elif size % ntop:
        raise Refusal(f"{size} on axis {axis} cannot be cut into {ntop} equal slices")
    else:
        sizes = [size // ntop] * ntop
    return [(*first[:axis], part, *first[axis + 1 :]) for part in sizes]


def _eltwise(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.eltwise_param
    operation = param.DESCRIPTOR.fields_by_name["operation"].enum_type.values_by_number[param.operation].name
    if param.coeff and operation == "PROD":
        raise Refusal("a product takes no coefficients")
    if param.coeff and len(param.coeff) != len(bottoms):
        raise Refusal(f"{len(param.coeff)} coefficients for {len(bottoms)} bottoms")
    for index, shape in enumerate(bottoms):
        if shape != bottoms[0]:
            raise Refusal(
                f"bottom {index} is {shown(shape)} and bottom 0 is {shown(bottoms[0])}: they must be equal"
            )
    return [bottoms[0]] * ntop


def _inner_product(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    param = layer.inner_product_param
    if not param.num_output:
        raise Refusal("num_output is missing or 0", mend="write num_output=N")
    axis = canonical(param.axis, bottoms[0], "axis")
    return [(*bottoms[0][:axis], param.num_output)] * ntop


def _told(shapes: list[Shape], ntop: int) -> list[Optional[Shape]]:
    """Return the shapes that a layer is told: one for all tops, or one a top."""
    if len(shapes) not in (1, ntop):
        raise Refusal(f"{len(shapes)} shapes for {ntop} tops", mend="give one shape, or one a top")
    return list(shapes * ntop if len(shapes) == 1 else shapes)


def _input(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    shapes: list[Shape] = [tuple(shape.dim) for shape in layer.input_param.shape]
    return _told(shapes or [()], ntop)


_FORMER = ("num", "channels", "height", "width")


def _dummy(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    param = layer.dummy_data_param
    if len(param.data_filler) not in (0, 1, ntop):
        raise Refusal(f"{len(param.data_filler)} fillers for {ntop} tops", mend="give one, or one a top")
    former = [list(getattr(param, name)) for name in _FORMER]
    shapes: list[Optional[Shape]] = []
    if not any(former):
        shapes = _told([tuple(shape.dim) for shape in param.shape], ntop)
    elif param.shape:
        raise Refusal("shape and num, channels, height, width are both given", mend="give shape alone")
    else:
        for name, values in zip(_FORMER, former):
            if len(values) not in (1, ntop):
                raise Refusal(f"{name} has {len(values)} values for {ntop} tops", mend="give shape instead")
        num, channels, height, width = (v * ntop if len(v) == 1 else v for v in former)
        shapes = list(zip(num, channels, height, width))
    if any(shape is not None and 0 in shape for shape in shapes):
        raise Refusal("a DummyData fills its tops, and one of them has no elements")
    return shapes


def _memory(layer: Any, bottoms: list[Shape], ntop: int) -> list[Optional[Shape]]:
    del bottoms
    param = layer.memory_data_param
    data: Shape = (param.batch_size, param.channels, param.height, param.width)
    if not all(data):
        raise Refusal("batch_size, channels, height and width are all at least 1")
    shapes: list[Optional[Shape]] = [data, (param.batch_size,)]
    return shapes[:ntop]


@dataclass(frozen=True)
class _Type:
    """A layer type's rule, and the least and the most of its bottoms and tops; None for no most."""

    rule: Rule
    bottoms: tuple[int, Optional[int]] = (1, 1)
    tops: tuple[int, Optional[int]] = (1, 1)


# Caffe makes the top of a loss that has none.
_LOSS = _Type(_loss, bottoms=(2, 2), tops=(0, 1))
_SCALE = (1, 2)

_TYPES: dict[str, _Type] = {
    "BatchNorm": _Type(_batch_norm),
    "Bias": _Type(_bias, bottoms=_SCALE),
    "Concat": _Type(_concat, bottoms=(1, None)),
    "Convolution": _Type(windows.convolution, bottoms=(1, None), tops=(1, None)),
    "Crop": _Type(_crop, bottoms=(2, 2)),
    "Deconvolution": _Type(windows.deconvolution, bottoms=(1, None), tops=(1, None)),
    "DummyData": _Type(_dummy, bottoms=(0, 0), tops=(1, None)),
    "Eltwise": _Type(_eltwise, bottoms=(2, None)),
    "EuclideanLoss": _LOSS,
    "Exp": _Type(_exp),
    "HingeLoss": _LOSS,
    "InnerProduct": _Type(_inner_product),
    "Input": _Type(_input, bottoms=(0, 0), tops=(1, None)),
    "LRN": _Type(_lrn),
    "Log": _Type(_log),
    "MVN": _Type(_mvn),
    "MemoryData": _Type(_memory, bottoms=(0, 0), tops=(2, 2)),
    "PReLU": _Type(_prelu),
    "Pooling": _Type(windows.pooling, tops=(1, 2)),
    "Scale": _Type(_scale, bottoms=_SCALE),
    "SigmoidCrossEntropyLoss": _LOSS,
    "Slice": _Type(_slice, tops=(1, None)),
    "Softmax": _Type(_softmax),
    # A second top, the probabilities, is foreseen and cannot be had: two tops want two loss weights, and the
    # Softmax inside, which is given the same, wants one.
    "SoftmaxWithLoss": _LOSS,
    "Split": _Type(_same, tops=(1, None)),
    **dict.fromkeys(
        ("AbsVal", "BNLL", "Clip", "Dropout", "ELU", "Power", "ReLU", "Sigmoid", "Swish"),
        _Type(_same),
    ),
    **dict.fromkeys(("TanH", "Threshold"), _Type(_same)),
}


def _check_count(what: str, count: int, bounds: tuple[int, Optional[int]]) -> None:
    least, most = bounds
    if count >= least and (most is None or count <= most):
        return
    if most is None:
        wanted = f"{least} {what} or more"
    elif least == most:
        wanted = f"{least} {what}" if least != 1 else f"one {what[:-1]}"
    else:
        wanted = f"{least} to {most} {what}"
    raise Refusal(f"it has {wanted}, came {count}" if least or most else f"it has no {what}, came {count}")


def _check_loss_weights(layer: Any, ntop: int) -> None:
    weights, tops = len(layer.loss_weight), ntop
    if _TYPES[layer.type].rule is _loss:
        # A loss has a top even if none is written, and one weight even if none is given.
        weights, tops = weights or 1, ntop or 1
    if weights and weights != tops:
        raise Refusal(f"{weights} loss weights for {tops} tops", mend="give loss_weight once for each top")


def infer(layer: Any, bottoms: Sequence[Optional[Shape]], ntop: int) -> list[Optional[Shape]]:
    """Return the shapes of a layer's tops.

    Parameters
    ----------
    layer : LayerParameter
        The layer.
    bottoms : sequence of shape or None
        Its bottoms' shapes, N x C x H x W; None where unknown.
    ntop : int
        The number of its tops.

    Returns
    -------
    list of shape or None
        One for each top.

    Raises
    ------
    Refusal
        Where Caffe would refuse the layer.
    """
    known_type = _TYPES.get(layer.type)
    if known_type is None:
        return [None] * ntop
    _check_count("bottoms", len(bottoms), known_type.bottoms)
    _check_count("tops", ntop, known_type.tops)
    _check_loss_weights(layer, ntop)
    known = [shape for shape in bottoms if shape is not None]
    if len(known) != len(bottoms):
        return [None] * ntop
    if any(0 in shape for shape in known):
        return [None] * ntop  # what becomes of an empty blob differs from layer to layer
    tops = known_type.rule(layer, known, ntop)
    for shape in tops:
        if shape is not None and min(shape, default=0) < 0:
            raise Refusal(f"no blob is {shown(shape)}")
        if shape is not None and math.prod(shape) > _INT_MAX:
            raise Refusal(f"a blob of {shown(shape)} has more elements than Caffe can count (2^31 - 1)")
    return tops
