"""Costs against what is known of nets, and receptive fields against real Caffe's gradients."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from netgen.graph import State
from netgen.graph.costs import costs, receptive_fields
from netgen.graph.net import NetGraph, load
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

INPUT = 'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ {} }} }} }}\n'


def built(layers: str, *dims: int) -> NetGraph:
    text = INPUT.format(" ".join(f"dim: {dim}" for dim in dims)) + layers
    graph = load(parse(text, caffe_pb2.NetParameter), State("TEST"))
    assert not graph.problems
    return graph


def conv(name: str, bottom: str, kind: str = "Convolution", **param: object) -> str:
    fields = " ".join(f"{key}: {value}" for key, value in {"num_output": 4, **param}.items())
    return (
        f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{name}" '
        f"convolution_param {{ {fields} }} }}\n"
    )


@pytest.mark.parametrize(
    ("layers", "dims", "macs", "parameters"),
    [
        # 96 kernels of 11 x 11 x 3 at 55 x 55 places: the first layer of AlexNet.
        (conv("c", "data", num_output=96, kernel_size=11, stride=4), (1, 3, 227, 227), 105_415_200, 34_944),
        # Its second, in two groups: 256 kernels of 5 x 5 x 48 at 27 x 27 places.
        (
            conv("c", "data", num_output=256, kernel_size=5, pad=2, group=2),
            (1, 96, 27, 27),
            223_948_800,
            307_456,
        ),
        # A batch counts.
        (conv("c", "data", num_output=2, kernel_size=1, bias_term="false"), (3, 5, 4, 4), 3 * 16 * 10, 10),
        # Transposed, each place of the bottom meets each weight.
        (conv("d", "data", "Deconvolution", num_output=2, kernel_size=2, stride=2), (1, 5, 4, 4), 640, 42),
        (
            'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" '
            "inner_product_param { num_output: 10 } }",
            (2, 3, 4, 5),
            2 * 60 * 10,
            610,
        ),
        ('layer { name: "r" type: "ReLU" bottom: "data" top: "r" }', (2, 3), 0, 0),
    ],
)
def test_known_costs(layers: str, dims: tuple[int, ...], macs: int, parameters: int) -> None:
    found = costs(built(layers, *dims))
    assert (found.macs, found.parameters) == (macs, parameters)
    assert found.layers[-1].macs == macs
    assert found.memory == sum(layer.memory or 0 for layer in found.layers)


def test_what_cannot_be_known_is_not_counted() -> None:
    text = (
        'layer { name: "data" type: "Python" top: "data" }'
        'layer { name: "c" type: "Convolution" bottom: "data" top: "c" '
        "convolution_param { num_output: 2 kernel_size: 1 } }"
    )
    graph = load(parse(text, caffe_pb2.NetParameter), State("TEST"))
    found = costs(graph)
    assert found.macs is None
    assert found.memory is None


POOL = 'layer {{ name: "{0}" type: "Pooling" bottom: "{1}" top: "{0}" pooling_param {{ {2} }} }}\n'
NETS = {
    "one window": conv("top", "data", kernel_size=3),
    "two windows": conv("a", "data", kernel_size=3) + conv("top", "a", kernel_size=3),
    "strides": conv("a", "data", kernel_size=3, stride=2) + conv("top", "a", kernel_size=5),
    "dilated": conv("top", "data", kernel_size=3, dilation=3),
    "pooled": POOL.format("p", "data", "pool: AVE kernel_size: 2 stride: 2")
    + conv("top", "p", kernel_size=3),
    "oblong": conv("top", "data", kernel_h=1, kernel_w=5),
    "transposed": conv("a", "data", kernel_size=3, stride=2)
    + conv("top", "a", "Deconvolution", kernel_size=4, stride=2),
    "branches": conv("a", "data", kernel_size=3, pad=1)
    + conv("b", "data", kernel_size=5, pad=2)
    + 'layer { name: "top" type: "Eltwise" bottom: "a" bottom: "b" top: "top" }',
}
SEEN = {
    "one window": ((3, 3), 1),
    "two windows": ((5, 5), 1),
    "strides": ((11, 11), 2),
    "dilated": ((7, 7), 1),
    "pooled": ((6, 6), 2),
    "oblong": ((1, 5), 1),
    "transposed": ((5, 5), 1),
    "branches": ((5, 5), 1),
}


@pytest.mark.parametrize("name", NETS)
def test_known_receptive_fields(name: str) -> None:
    field = receptive_fields(built(NETS[name], 1, 1, 31, 31))["top"]
    assert field.size == SEEN[name][0]
    assert field.stride == (Fraction(SEEN[name][1]),) * 2


@pytest.mark.caffe
@pytest.mark.parametrize("name", NETS)
def test_gradients_reach_as_far(name: str, tmp_path: Path) -> None:
    import caffe
    import numpy as np

    path = tmp_path / "net.prototxt"
    filled = NETS[name].replace("num_output: 4", "num_output: 4 weight_filler { type: 'constant' value: 1 }")
    path.write_text("force_backward: true\n" + INPUT.format("dim: 1 dim: 1 dim: 31 dim: 31") + filled)
    net = caffe.Net(str(path), caffe.TEST)
    net.forward()
    reached = [0, 0]
    # The widest of neighbours: a transposed window lets some see less than others.
    middle = [size // 2 for size in net.blobs["top"].shape[2:]]
    for step in range(3):
        net.blobs["top"].diff[...] = 0
        net.blobs["top"].diff[0, 0, middle[0] + step, middle[1] + step] = 1
        net.backward()
        seen = np.nonzero(net.blobs["data"].diff[0, 0])
        reached = [max(reached[i], seen[i].max() - seen[i].min() + 1) for i in range(2)]
    assert tuple(reached) == SEEN[name][0]


def test_everything_is_seen_where_a_layer_sees_everything() -> None:
    graph = built(POOL.format("top", "data", "global_pooling: true pool: AVE"), 1, 1, 9, 9)
    assert receptive_fields(graph)["top"].size == (None, None)
