"""What a net costs: parameters, multiply-accumulates and memory; and how far each blob sees."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple, Optional

from netgen.graph.net import NetGraph
from netgen.graph.parts import Blob, Layer
from netgen.graph.setup import convolution, pooling
from netgen.graph.shape import Shape

__all__ = ["Costs", "LayerCost", "ReceptiveField", "costs", "receptive_fields"]

_FLOAT = 4  # bytes


class LayerCost(NamedTuple):
    """What one layer costs in one forward pass; None where a shape is unknown."""

    name: str
    type: str
    parameters: Optional[int]
    """Numbers in its parameter blobs, shared ones too."""
    macs: Optional[int]
    """Multiply-accumulates of its matrix products; 0 for layers that have none."""
    memory: Optional[int]
    """Bytes of its tops."""


class Costs(NamedTuple):
    """What a net costs in one forward pass; None where a shape is unknown."""

    parameters: int
    """Numbers in parameter blobs of known shape, shared ones once."""
    macs: Optional[int]
    memory: Optional[int]
    """Bytes of all tops, as Caffe counts them: its "Memory required for data"."""
    layers: list[LayerCost]
    """In Caffe's order, without the Splits that it puts in."""


class ReceptiveField(NamedTuple):
    """How much of the net's inputs one element of a blob sees.

    Attributes
    ----------
    size : tuple of int or None
        Height and width, in elements of the input; None where it sees all of an axis.
    stride : tuple of Fraction
        How far two neighbours lie apart in the input.
    """

    size: tuple[Optional[int], Optional[int]]
    stride: tuple[Fraction, Fraction]


def costs(graph: NetGraph) -> Costs:
    """Return what a net costs.

    Parameters
    ----------
    graph : NetGraph
        A net in one state.

    Notes
    -----
    Counted are the products of Convolution, Deconvolution, InnerProduct, LSTM and RNN: one
    multiply-accumulate for each weight that goes into each output. Biases, activations, poolings and losses
    are left out, as is usual. Memory is counted as ``Net::Init`` does: also of Splits, whose tops share it,
    and of layers in place.
    """
    layers = [_cost(layer) for layer in graph.own_layers()]
    macs = [layer.macs for layer in layers]
    total = None if None in macs else sum(m for m in macs if m is not None)
    return Costs(graph.parameter_count, total, graph.memory, layers)


def _cost(layer: Layer) -> LayerCost:
    parameters = None if layer.params is None else _sum([_count(shape) for shape in layer.params])
    memory = _sum([_count(shape) for shape in layer.top_shapes])
    return LayerCost(
        layer.name, layer.type, parameters, _macs(layer), None if memory is None else memory * _FLOAT
    )


def _count(shape: Optional[Shape]) -> Optional[int]:
    return None if shape is None else math.prod(shape)


def _sum(counts: list[Optional[int]]) -> Optional[int]:
    return None if None in counts else sum(count for count in counts if count is not None)


def _macs(layer: Layer) -> Optional[int]:
    if layer.type not in ("Convolution", "Deconvolution", "InnerProduct", "LSTM", "RNN"):
        return 0
    weights = (layer.params or [None])[0]
    bottom = layer.bottom_shapes[0] if layer.bottom_shapes else None
    if weights is None or bottom is None or None in layer.top_shapes:
        return None
    if layer.type == "InnerProduct":
        return math.prod(bottom) * int(layer.message.inner_product_param.num_output)
    if layer.type in ("LSTM", "RNN"):
        # T x N; the weights of a static input, third where there is one, are used once a sequence.
        products = [math.prod(shape) if shape and len(shape) > 1 else 0 for shape in layer.params or ()]
        static = products.pop(2) if len(products) in (4, 6) else 0
        return bottom[1] * (bottom[0] * sum(products) + static)
    # Each place of the smaller picture meets each weight once, in each bottom and each item of the batch.
    axes = len(weights) - 2
    pictures = layer.top_shapes if layer.type == "Convolution" else layer.bottom_shapes
    places = 0
    for shape in pictures:
        if shape is None:
            return None
        places += math.prod(shape[: len(shape) - axes - 1]) * math.prod(shape[len(shape) - axes :])
    return places * math.prod(weights)


# Layers whose elements see no more than the same element of each bottom.
_POINTWISE = frozenset(
    ("AbsVal", "BNLL", "Clip", "Dropout", "ELU", "Exp", "Log", "PReLU", "Power", "ReLU", "Sigmoid", "Split")
    + ("Swish", "TanH", "Threshold", "BatchNorm", "Bias", "Scale", "Concat", "Eltwise", "Slice", "Crop")
    + ("LRN", "Softmax", "Silence", "ArgMax")
)  # fmt: skip
_WHOLE = frozenset(("InnerProduct", "Flatten", "SPP", "Reduction", "MVN"))
_ONE = Fraction(1)


def receptive_fields(graph: NetGraph) -> dict[str, ReceptiveField]:
    """Return how far each blob sees, by name.

    Parameters
    ----------
    graph : NetGraph
        A net in one state. What has no bottom is an input: its elements see themselves.

    Notes
    -----
    A window of k, dilated by d, adds (k - 1) d strides to what its bottom sees, and multiplies the stride by
    its own; a transposed one lets an element see ceil(extent / stride) of its bottom and divides the stride.
    Where branches meet, the one that sees most counts; their strides should be one. Blobs of other ranks than
    N x C x H x W, and what follows from layers that look where data tell them, are left out.
    """
    known: dict[Blob, ReceptiveField] = {}
    for layer in graph.layers:
        field = _seen(layer, known)
        for blob in layer.tops:
            if field is None:
                known.pop(blob, None)
            else:
                known[blob] = field
    return {blob.name: field for blob, field in known.items()}


def _seen(layer: Layer, known: dict[Blob, ReceptiveField]) -> Optional[ReceptiveField]:
    if not layer.bottoms:
        return ReceptiveField((1, 1), (_ONE, _ONE))
    # A Crop's second bottom gives its size alone.
    bottoms = layer.bottoms[:1] if layer.type == "Crop" else layer.bottoms
    fields = [known.get(blob) for blob in bottoms]
    if None in fields:
        return None
    field = _widest([each for each in fields if each is not None])
    if layer.type in _POINTWISE:
        if layer.type == "LRN" and layer.message.lrn_param.norm_region == 1:
            size = layer.message.lrn_param.local_size
            return _through(field, 0, size, 1, 1, transposed=False, both=True)
        return field
    if layer.type in _WHOLE:
        return ReceptiveField((None, None), field.stride)
    return _windowed(layer, field)


def _widest(fields: list[ReceptiveField]) -> ReceptiveField:
    sizes = []
    for axis in range(2):
        seen = [field.size[axis] for field in fields]
        sizes.append(None if None in seen else max(size for size in seen if size is not None))
    return ReceptiveField((sizes[0], sizes[1]), fields[0].stride)


def _windowed(layer: Layer, field: ReceptiveField) -> Optional[ReceptiveField]:
    shape = layer.bottom_shapes[0]
    if shape is None or len(shape) != 4 or None in layer.top_shapes:
        return None
    if layer.type == "Pooling":
        param = layer.message.pooling_param
        if param.global_pooling:
            return ReceptiveField((None, None), field.stride)
        window = pooling.window_of(param, shape)
        for axis in range(2):
            field = _through(field, axis, window.kernel[axis], window.stride[axis], 1, transposed=False)
        return field
    if layer.type not in ("Convolution", "Deconvolution"):
        return None
    spread = convolution.window_of(layer.message.convolution_param, 2)
    for axis in range(2):
        field = _through(
            field,
            axis,
            spread.kernel[axis],
            spread.stride[axis],
            spread.dilation[axis],
            transposed=layer.type == "Deconvolution",
        )
    return field


def _through(
    field: ReceptiveField,
    axis: int,
    kernel: int,
    stride: int,
    dilation: int,
    *,
    transposed: bool,
    both: bool = False,
) -> ReceptiveField:
    """Return what is seen through a window along one axis, or along both."""
    if both:
        field = _through(field, 1, kernel, stride, dilation, transposed=transposed)
    size, step = field.size[axis], field.stride[axis]
    extent = (kernel - 1) * dilation + 1
    seen = -(-extent // stride) if transposed else extent
    if size is not None:
        size += math.ceil((seen - 1) * step)
    step = step / stride if transposed else step * stride
    if axis == 0:
        return ReceptiveField((size, field.size[1]), (step, field.stride[1]))
    return ReceptiveField((field.size[0], size), (field.stride[0], step))
