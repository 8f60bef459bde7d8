"""A net as Caffe builds it: Splits, blobs in place, what is wrong and in which order, judged by real Caffe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from forked_caffe import judge

from netgen.graph import State
from netgen.graph.net import Remembered, load
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

CASES = Path(__file__).with_name("data") / "nets.txt"


class Case(NamedTuple):
    name: str
    state: State
    kinds: list[str]
    text: str


def _cases() -> list[Case]:
    found = []
    for part in re.split(r"^== ", CASES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, text = part.partition("\n")
        name, state, kinds = (word.strip() for word in head.split("|"))
        found.append(Case(name, State.parse(state), kinds.split(",") if kinds else [], text))
    return found


cases = pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)


@cases
def test_problems_are_found_in_their_order(case: Case) -> None:
    net = load(parse(case.text, caffe_pb2.NetParameter), case.state)
    found = [problem.kind for problem in net.problems]
    if "NoSuchType" in case.text:
        found.insert(found.index("bottom") + 1, "type")  # no schema, so every type may be one
    assert found == case.kinds


@pytest.mark.caffe
@cases
def test_caffe_builds_the_same_net(case: Case) -> None:
    net = load(parse(case.text, caffe_pb2.NetParameter), case.state)
    verdict = judge(case.text, case.state.phase, case.state.stages)
    assert bool(verdict) == (not case.kinds), verdict.refused or "Caffe takes it"
    if verdict:
        assert [layer.name for layer in net.layers] == verdict.layers
        assert {blob.name: blob.shape for blob in net.blobs} == verdict.blobs
        params = {layer.name: layer.params for layer in net.layers if layer.params}
        assert params == verdict.params
        assert net.parameter_count <= verdict.parameter_count


def test_what_was_learnt_of_a_layer_serves_its_equals() -> None:
    text = (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }'
        'layer { name: "a" type: "Sigmoid" bottom: "d" top: "a" }'
        'layer { name: "b" type: "Sigmoid" bottom: "a" top: "b" }'
    )
    remembered = Remembered.new()
    message = parse(text, caffe_pb2.NetParameter)
    first = load(message, State("TRAIN"), remembered=remembered)
    known = dict(remembered.made)
    again = load(message, State("TRAIN"), remembered=remembered)
    assert remembered.made == known
    assert [layer.top_shapes for layer in again.layers] == [layer.top_shapes for layer in first.layers]
    assert sum(1 for key in known if key[0] == "Sigmoid") == 1


def test_backward_goes_from_what_learns_to_a_loss() -> None:
    text = (
        'layer { name: "d" type: "Input" top: "d" top: "t" input_param { shape { dim: 2 dim: 3 } } }'
        'layer { name: "still" type: "Sigmoid" bottom: "d" top: "s" }'
        'layer { name: "ip" type: "InnerProduct" bottom: "s" top: "ip" inner_product_param { num_output: 3 } }'
        'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "t" top: "loss" }'
        'layer { name: "aside" type: "Sigmoid" bottom: "ip" top: "aside" }'
    )
    net = load(parse(text, caffe_pb2.NetParameter), State("TRAIN"))
    needed = {layer.name: layer.need_backward for layer in net.own_layers()}
    assert needed == {"d": False, "still": False, "ip": True, "loss": True, "aside": False}
    forced = load(parse("force_backward: true " + text, caffe_pb2.NetParameter), State("TRAIN"))
    assert all(layer.need_backward for layer in forced.layers)
    assert forced.by_type("EuclideanLoss")[0].bottom_need_backward == [True, True]
