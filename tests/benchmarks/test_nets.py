"""The nets that speed is measured on are what they are said to be."""

from __future__ import annotations

import pytest
from nets import resnet, resnet_of

from netgen import prototxt
from netgen.graph.net import load
from netgen.graph.phases import State
from netgen.schema import select


def test_resnet_152_is_a_net() -> None:
    schema = select("bvlc")
    message = prototxt.parse(resnet(), schema.messages.NetParameter)
    graph = load(message, State("TEST"), schema)
    assert graph.problems == []
    assert len(message.layer) == 671
    assert graph.blob("res5_2").shape == (1, 2048, 7, 7)
    # As published: 60,192,808 weights, and what BatchNorm keeps (mean, variance and a factor for each of 155).
    convolutions = [layer for layer in graph.layers if layer.type in ("Convolution", "InnerProduct", "Scale")]
    count = 0
    for layer in convolutions:
        for shape in layer.params:
            size = 1
            for dim in shape:
                size *= dim
            count += size
    assert count == 60_192_808


@pytest.mark.parametrize("layers", [1000, 5818])
def test_resnets_of_a_length(layers: int) -> None:
    count = resnet_of(layers).count("layer {")
    assert abs(count - layers) < 20
