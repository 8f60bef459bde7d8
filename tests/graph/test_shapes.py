"""Shapes against real Caffe: what netgen infers is what Caffe makes, and what it refuses Caffe refuses too."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from forked_caffe import judge
from hypothesis import HealthCheck, given, settings
from shape_cases import Case, Shape, cases, made, net_of

from netgen.graph import Refusal, infer
from netgen.schema import caffe_pb2

PICTURE = (1, 4, 5, 6)


def conv(bottom: Shape = PICTURE, kind: str = "Convolution", **param: Any) -> Case:
    return made(kind, [bottom], convolution_param={"num_output": 2, **param})


def pool(bottom: Shape = PICTURE, ntop: int = 1, **param: Any) -> Case:
    return made("Pooling", [bottom], ntop, pooling_param=param)


def source(kind: str, *shapes: Any, ntop: int = 1) -> Case:
    field = {"Input": "input_param", "DummyData": "dummy_data_param"}[kind]
    case = made(kind, [], ntop, **{field: {}})
    for shape in shapes:
        getattr(case.layer, field).shape.add().dim.extend(shape)
    return case


def said(case: Case) -> Optional[list[Optional[Shape]]]:
    """What netgen says of a case: shapes, or None for a refusal."""
    try:
        return infer(case.layer, case.bottoms, case.ntop)
    except Refusal:
        return None


def agree(case: Case) -> None:
    shapes = said(case)
    if shapes is None:
        verdict = judge(net_of([case]))
        assert not verdict, f"netgen refuses {case}, and Caffe makes {verdict.blobs}"
        return
    verdict = judge(net_of([case]))
    assert verdict, f"netgen gives {shapes} for {case}, and Caffe refuses: {verdict.refused}"
    for index, shape in enumerate(shapes):
        if shape is not None:
            assert verdict.blobs[f"top0_{index}"] == shape, case


@pytest.mark.caffe
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases)
def test_caffe_says_the_same(case: Case) -> None:
    agree(case)


EDGES = {
    "a convolution of which nothing is left": conv((1, 1, 2, 5), kernel_size=[3]),
    "nothing is left and no bias either": conv((1, 1, 2, 5), kernel_size=[3], bias_term=False),
    "a kernel that is too large, with a stride": conv((1, 1, 2, 5), kernel_size=[3], stride=[2]),
    "a kernel that is far too large": conv((1, 1, 1, 5), kernel_size=[4], stride=[2]),
    "an output below nothing": conv((1, 1, 1, 5), kernel_size=[3]),
    "a deconvolution padded to nothing": conv((1, 1, 2, 2), "Deconvolution", kernel_size=[1], pad=[1]),
    "a deconvolution padded below nothing": conv((1, 1, 1, 1), "Deconvolution", kernel_size=[1], pad=[2]),
    "dilation 0": conv(kernel_size=[3], dilation=[0]),
    "stride 0": conv(kernel_size=[3], stride=[0]),
    "kernel 0": conv(kernel_size=[0]),
    "group 0": conv(kernel_size=[3], group=0),
    "no kernel": conv(),
    "no output": conv(kernel_size=[3], num_output=0),
    "no spatial axis and no kernel": conv((2, 3)),
    "five axes with kernel_h": conv((1, 2, 4, 4, 4), kernel_h=3, kernel_w=3),
    "kernel_h alone": conv(kernel_h=3),
    "stride_h alone": conv(kernel_size=[3], stride_h=1),
    "pad_h alone": conv(kernel_size=[3], pad_h=1),
    "kernel_size and kernel_h": conv(kernel_size=[3], kernel_h=3, kernel_w=3),
    "two bottoms, one top": made(
        "Convolution", [PICTURE, PICTURE], convolution_param={"num_output": 1, "kernel_size": [1]}
    ),
    "a blob past what Caffe counts": conv((1, 1, 40000, 40000), "Deconvolution", kernel_size=[1]),
    "pooling rounds up": pool((1, 1, 6, 7), kernel_size=3, stride=2),
    "pooling rounds up and down": pool((1, 1, 6, 7), kernel_size=3, stride=2, round_mode=1),
    "the last window would start in the padding": pool((1, 1, 4, 4), kernel_size=2, stride=2, pad=1),
    "the last window starts past the picture, unpadded": pool((1, 1, 5, 5), kernel_size=1, stride=3),
    "clipping one axis for the other's padding": pool(
        (1, 1, 2, 5), kernel_h=1, kernel_w=3, stride_h=4, stride_w=2, pad_h=0, pad_w=1
    ),
    "pooling to nothing": pool((1, 1, 2, 5), kernel_size=3),
    "pooling below nothing": pool((1, 1, 2, 5), kernel_size=5),
    "pooling with stride 0": pool(kernel_size=2, stride=0),
    "pooling with kernel 0": pool(kernel_size=0),
    "a pad as large as the kernel": pool(kernel_size=2, pad=2),
    "pad_h 0 and pad_w with a kernel of 1": pool(kernel_h=1, kernel_w=2, pad_h=0, pad_w=1),
    "pad_h alone in pooling": pool(kernel_size=2, pad_h=0),
    "stochastic pooling with a pad": pool(kernel_size=2, pad=1, pool=2),
    "two tops of average pooling": pool(kernel_size=2, ntop=2, pool=1),
    "two tops of max pooling": pool(kernel_size=2, ntop=2),
    "global pooling": pool(global_pooling=True),
    "global pooling with a kernel": pool(global_pooling=True, kernel_size=2),
    "global pooling with a pad": pool(global_pooling=True, pad=1),
    "global pooling with strides of 1": pool(global_pooling=True, stride_h=1, stride_w=1),
    "a crop with negative axis and two offsets": made(
        "Crop", [PICTURE, (1, 4, 3, 3)], crop_param={"axis": -2, "offset": [1, 2]}
    ),
    "a crop like a blob of more axes": made("Crop", [(4, 5), (1, 4, 3)], crop_param={"axis": 0, "offset": [0]}),
    "a crop like a blob of fewer axes": made("Crop", [PICTURE, (1, 4)], crop_param={"axis": 2}),
    "a slice that leaves nothing for the last": made("Slice", [(1, 3)], 2, slice_param={"slice_point": [3]}),
    "a slice that leaves nothing for the first": made("Slice", [(1, 3)], 2, slice_param={"slice_point": [0]}),
    "more slices than there is": made("Slice", [(1, 1)], 2, slice_param={"slice_point": [1]}),
    "concat_dim past the end": made("Concat", [PICTURE, PICTURE], concat_param={"concat_dim": 4}),
    "coefficients of a product": made(
        "Eltwise", [PICTURE, PICTURE], eltwise_param={"operation": 0, "coeff": [1.0, 1.0]}
    ),
    "Input without a shape": source("Input"),
    "Input with a scalar": source("Input", ()),
    "Input with nothing in it": source("Input", (0, 2)),
    "Input below nothing": source("Input", (-1, 2)),
    "Input past what Caffe counts": source("Input", (70000, 70000)),
    "DummyData without a shape": source("DummyData"),
    "DummyData with nothing in it": source("DummyData", (0, 2)),
    "DummyData as before it had shapes": made(
        "DummyData", [], 2, dummy_data_param={"num": [2], "channels": [3, 4], "height": [5], "width": [6, 7]}
    ),
    "MemoryData": made(
        "MemoryData", [], 2, memory_data_param={"batch_size": 2, "channels": 3, "height": 4, "width": 5}
    ),
    "MVN of two axes": made("MVN", [(2, 3)]),
    "BatchNorm of one axis": made("BatchNorm", [(3,)]),
    "LRN of an even size": made("LRN", [PICTURE], lrn_param={"local_size": 2}),
    "Scale by a scalar": made("Scale", [PICTURE, ()], scale_param={"axis": 9}),
    "Scale of a scalar": made("Scale", [()]),
    "softmax loss with its probabilities": made("SoftmaxWithLoss", [(2, 3), (2,)], 2),
    "a loss without a top": made("SigmoidCrossEntropyLoss", [(2, 3), (2, 3)], 0),
    "a convolution without a top": made(
        "Convolution", [PICTURE], 0, convolution_param={"num_output": 1, "kernel_size": [1]}
    ),
}  # fmt: skip


@pytest.mark.caffe
@pytest.mark.parametrize("title", EDGES)
def test_caffe_says_the_same_at_the_edges(title: str) -> None:
    agree(EDGES[title])


@pytest.mark.caffe
def test_caffe_says_the_same_of_loss_weights() -> None:
    for kind, ntop, weights in (
        ("ReLU", 1, [1.0]),
        ("ReLU", 1, [1.0, 2.0]),
        ("SoftmaxWithLoss", 2, [1.0]),
        ("SoftmaxWithLoss", 2, [1.0, 0.5]),
        ("SoftmaxWithLoss", 0, [2.0]),
        ("SoftmaxWithLoss", 0, [2.0, 2.0]),
    ):
        case = made(kind, [(2, 3), (2,)] if kind != "ReLU" else [(2, 3)], ntop)
        case.layer.loss_weight.extend(weights)
        agree(case)


# The same without Caffe, for a Python that has none: facts that the tests above have checked.


@pytest.mark.parametrize(
    ("case", "shape"),
    [
        (conv((1, 1, 572, 572), kernel_size=[3]), (1, 2, 570, 570)),
        (conv((1, 1, 28, 28), "Deconvolution", kernel_size=[2], stride=[2]), (1, 2, 56, 56)),
        (pool((1, 1, 5, 5), kernel_size=2, stride=2), (1, 1, 3, 3)),
        (pool((1, 1, 4, 4), kernel_size=2, stride=2, pad=1), (1, 1, 3, 3)),
        (pool((1, 1, 5, 5), kernel_size=2, stride=2, round_mode=1), (1, 1, 2, 2)),
    ],
)
def test_shapes_known_by_heart(case: Case, shape: Shape) -> None:
    assert said(case) == [shape]


def test_unknown_bottoms_and_types_give_nothing() -> None:
    relu, other = caffe_pb2.LayerParameter(type="ReLU"), caffe_pb2.LayerParameter(type="Upsample")
    assert infer(relu, [None], 1) == [None]
    assert infer(other, [(1, 2)], 2) == [None, None]
    assert infer(relu, [(0, 3)], 1) == [(0, 3)]


def test_a_refusal_says_what_came_and_what_to_do() -> None:
    case = made("Crop", [(1, 4, 5, 6), (1, 4, 3, 3)], crop_param={"axis": 2, "offset": [3]})
    with pytest.raises(
        Refusal, match="cropping 3 at offset 3 on axis 2 reaches past the 5 of 1 x 4 x 5 x 6"
    ) as e:
        infer(case.layer, case.bottoms, 1)
    assert e.value.mend == "an offset of at most 2"
