"""Layers of which a bottom is unknown: what can be told without it is told, and nothing is guessed."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest
from layer_cases import layer_cases

from netgen import schema
from netgen.errors import PrototxtError
from netgen.graph.setup.kinds import Made, Setup
from netgen.graph.setup.registry import layer_type, set_up
from netgen.graph.setup.weights import written_shape
from netgen.graph.shape import Refusal
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

Shape = tuple[int, ...]
MaybeShape = Optional[Shape]

_GIVEN = """
blobs { shape { dim: 2 dim: 1 dim: 1 dim: 1 } data: 1 data: 2 }
blobs { shape { dim: 2 } data: 1 data: 2 }
"""


def set_up_of(text: str, bottoms: list[MaybeShape], ntop: int) -> Made:
    layer: Any = parse(text, caffe_pb2.LayerParameter)
    kind = layer_type(layer.type, "netgen")
    assert kind is not None
    blobs = tuple([written_shape(blob, ("blobs",)) for blob in layer.blobs])
    return set_up(Setup(layer, tuple(bottoms), ntop, "TRAIN", (-1,) * ntop, blobs, cudnn=False), kind)


@pytest.mark.parametrize(
    ("text", "bottoms", "tops", "params"),
    [
        (
            'type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 }',
            [None],
            [None],
            [None, (4,)],
        ),
        # There is no spatial axis behind the last one.
        ('type: "Convolution" convolution_param { num_output: 4 axis: -1 }', [None], [None], [None, (4,)]),
        (
            'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 }' + _GIVEN,
            [None],
            [None],
            [(2, 1, 1, 1), (2,)],
        ),
        (
            'type: "Deconvolution" convolution_param { num_output: 4 kernel_size: 3 bias_term: false }',
            [None, (2, 3, 5, 5)],
            [(2, 4, 7, 7)] * 2,
            [(3, 4, 3, 3)],
        ),
        ('type: "Concat"', [(2, 3), None, (2, 4)], [None], []),
        ('type: "Slice" slice_param { slice_point: 1 }', [None], [None, None], []),
        ('type: "Eltwise"', [None, (2, 3)], [(2, 3)], []),
        ('type: "Crop"', [(2, 3, 9, 9), None], [None], []),
        ('type: "Crop"', [None, (2, 3)], [None], []),
        ('type: "Pooling" pooling_param { kernel_size: 2 }', [None], [None, None], []),
        ('type: "Pooling" pooling_param { global_pooling: true }', [None], [None], []),
        ('type: "LRN"', [None], [None], []),
        ('type: "SPP" spp_param { pyramid_height: 2 }', [None], [None], []),
        ('type: "PReLU"', [None], [None], [None]),
        ('type: "PReLU" prelu_param { channel_shared: true }', [None], [None], [()]),
        ('type: "Reshape" reshape_param { shape { dim: 3 dim: 4 } }', [None], [(3, 4)], []),
        ('type: "Reshape" reshape_param { shape { dim: 3 dim: -1 } }', [None], [None], []),
        ('type: "Reshape" reshape_param { shape { dim: 3 } axis: 1 }', [None], [None], []),
        ('type: "Tile" tile_param { tiles: -1 }', [None], [None], []),
        ('type: "BatchReindex"', [(5, 3), None], [None], []),
        ('type: "BatchReindex"', [None, (7,)], [None], []),
        ('type: "Filter"', [(5, 3), (5, 4), None], [(5, 3), (5, 4)], []),
        ('type: "Filter"', [(5, 3), None, (5,)], [(5, 3), None], []),
    ],
)
def test_what_is_known_all_the_same(
    text: str, bottoms: list[MaybeShape], tops: list[MaybeShape], params: list[MaybeShape]
) -> None:
    made = set_up_of(text, bottoms, len(tops))
    assert list(made.tops) == tops
    assert list(made.params or ()) == params


@pytest.mark.parametrize(
    ("text", "bottoms", "kind", "field"),
    [
        (
            'type: "Convolution" convolution_param { num_output: 4 kernel_h: 3 kernel_w: 3 pad: [1, 1, 1] }',
            [None],
            "shape",
            ("convolution_param", "pad", 2),
        ),
        (
            'type: "Convolution" convolution_param { num_output: 4 pad: [1, 1] }',
            [None],
            "missing",
            ("convolution_param",),
        ),
        (
            'type: "Convolution" convolution_param { kernel_size: 3 }',
            [None],
            "missing",
            ("convolution_param",),
        ),
        (
            'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: "zeros" } }',
            [None],
            "filler",
            ("convolution_param", "weight_filler", "type"),
        ),
        (
            'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 bias_filler { type: "bilinear" } }',
            [None],
            "filler",
            ("convolution_param", "bias_filler", "type"),
        ),
        (
            'type: "Im2col" convolution_param { kernel_h: 3 kernel_w: 0 }',
            [None],
            "value",
            ("convolution_param", "kernel_w"),
        ),
        (
            'type: "Convolution" convolution_param { num_output: 4 kernel_size: 1 axis: -2147483648 }',
            [None],
            "axis",
            ("convolution_param", "axis"),
        ),
        ('type: "Concat"', [(2, 3), None, (3, 4)], "shape", ("bottom", 2)),
        (
            'type: "Concat" concat_param { axis: 1 concat_dim: 1 }',
            [None, None],
            "contradiction",
            ("concat_param", "concat_dim"),
        ),
        (
            'type: "Slice" slice_param { slice_point: [3, 1] }',
            [None],
            "count",
            ("slice_param", "slice_point", 0),
        ),
        ('type: "Slice" slice_param { slice_dim: 4294967295 }', [None], "axis", ("slice_param", "slice_dim")),
        ('type: "Eltwise"', [None, (2, 3), (2, 4)], "shape", ("bottom", 2)),
        (
            'type: "Crop" crop_param { offset: [1, 1, 1] }',
            [(2, 3, 9, 9), None],
            "shape",
            ("crop_param", "offset", 2),
        ),
        (
            'type: "Pooling" pooling_param { global_pooling: true pad: 1 }',
            [None],
            "contradiction",
            ("pooling_param", "global_pooling"),
        ),
        (
            'type: "Pooling" pooling_param { kernel_size: 2 pad: 3 }',
            [None],
            "value",
            ("pooling_param", "pad"),
        ),
        ('type: "LRN" lrn_param { local_size: 2 }', [None], "value", ("lrn_param", "local_size")),
        ('type: "TanH" tanh_param { engine: CUDNN }', [None], "engine", ("tanh_param", "engine")),
        ('type: "Log" log_param { base: -2 }', [None], "value", ("log_param", "base")),
        (
            'type: "PReLU" prelu_param { filler { type: "gausian" } }',
            [None],
            "filler",
            ("prelu_param", "filler", "type"),
        ),
        (
            'type: "Reshape" reshape_param { shape { dim: -1 dim: -1 } }',
            [None],
            "value",
            ("reshape_param", "shape", "dim", 1),
        ),
        ('type: "Tile" tile_param { tiles: 0 }', [None], "value", ("tile_param", "tiles")),
        ('type: "ArgMax" argmax_param { top_k: 0 }', [None], "value", ("argmax_param", "top_k")),
        (
            'type: "Permute" permute_param { order: 1 order: 1 }',
            [None],
            "value",
            ("permute_param", "order", 1),
        ),
        ('type: "BatchReindex"', [None, (7, 1)], "shape", ("bottom", 1)),
        ('type: "Filter"', [None, (5, 2)], "shape", ("bottom", 1)),
    ],
)
def test_what_is_wrong_all_the_same(
    text: str, bottoms: list[MaybeShape], kind: str, field: tuple[Union[str, int], ...]
) -> None:
    with pytest.raises(Refusal) as raised:
        set_up_of(text, bottoms, 1)
    assert (raised.value.kind, raised.value.field) == (kind, field)


def test_a_type_that_the_reference_caffe_lacks() -> None:
    assert set_up_of('type: "Clip" clip_param { min: 0 max: 6 }', [(2, 3)], 1).tops == ((2, 3),)


@pytest.mark.parametrize("name", schema.names())
def test_the_rules_get_on_with_every_schema(name: str) -> None:
    fork = schema.select(name)
    texts = [
        case.body
        for family in ("convolution", "pooling", "joining", "reshaping")
        for case in layer_cases(family)
    ]
    set_up_for_once = set()
    for text in texts:
        try:
            layer: Any = parse(text, fork.messages.LayerParameter)
        except PrototxtError:
            continue  # a field that this fork has not
        kind = layer_type(layer.type, name)
        if layer.type not in fork.layer_types or kind is None:
            continue
        try:
            set_up(Setup(layer, ((2, 3, 5, 5),), 1, "TRAIN", (-1,)), kind)
        except Refusal:
            continue
        set_up_for_once.add(layer.type)
    assert set_up_for_once >= {"Convolution", "Pooling", "Flatten", "Split"}
