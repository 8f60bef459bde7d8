"""The setting up of each type of layer: what it makes and what it refuses, each case judged by real Caffe."""

from __future__ import annotations

import itertools

import pytest
from forked_caffe import judge
from layer_cases import LayerCase, families, layer_cases

from netgen import schema
from netgen.graph import State
from netgen.graph.net import NetGraph, load
from netgen.graph.setup.kinds import Setup
from netgen.graph.setup.registry import layer_types, set_up
from netgen.graph.setup.weights import written_shape
from netgen.prototxt import parse

KENDRYTE = schema.select("kendryte")

cases = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{family}: {case.name}")
        for family in families()
        for case in layer_cases(family)
    ],
)


def built(case: LayerCase) -> NetGraph:
    return load(parse(case.text, KENDRYTE.messages.NetParameter), State("TRAIN"), KENDRYTE)


@cases
def test_it_makes_and_refuses_what_the_case_says(case: LayerCase) -> None:
    net = built(case)
    if case.kind:
        (problem,) = net.problems
        assert (problem.kind, problem.layer_name) == (case.kind, "it"), problem.message
        assert tuple(map(str, problem.field)) == case.field, problem.message
        return
    assert [problem.message for problem in net.problems] == []
    (layer,) = (layer for layer in net.layers if layer.name == "it")
    assert list(layer.top_shapes) == case.tops
    assert layer.params == case.params


@pytest.mark.caffe
@cases
def test_caffe_makes_and_refuses_the_same(case: LayerCase) -> None:
    verdict = judge(case.text)
    assert bool(verdict) == (not case.kind), verdict.refused or "Caffe takes it"
    if verdict:
        names = case.top_names or ["(automatic)"] * len(case.tops)
        assert [verdict.blobs[name] for name in names] == case.tops
        assert verdict.params.get("it", []) == case.params


@cases
def test_a_field_at_fault_is_one_of_the_schema(case: LayerCase) -> None:
    message = KENDRYTE.messages.LayerParameter.DESCRIPTOR
    for name in case.field:
        if not name.isdigit():
            assert name in message.fields_by_name, case.field
            message = message.fields_by_name[name].message_type


@cases
def test_what_is_not_known_of_bottoms_is_not_guessed_and_not_refused(case: LayerCase) -> None:
    net = built(case)
    (layer,) = (layer for layer in net.layers if layer.name == "it")
    if case.kind or None in case.bottoms:
        return
    kind = layer_types("kendryte")[layer.type]
    in_place = tuple(layer.bottoms.index(top) if top in layer.bottoms else -1 for top in layer.tops)
    blobs = tuple(written_shape(blob, ("blobs",)) for blob in layer.message.blobs)
    weights = tuple(layer.message.loss_weight)
    for bottoms in itertools.product(*[(shape, None) for shape in case.bottoms]):
        made = set_up(
            Setup(
                layer.message, bottoms, len(layer.tops), "TRAIN", in_place, blobs, None, weights, cudnn=False
            ),
            kind,
        )
        assert all(shape in (None, known) for shape, known in zip(made.tops, case.tops))
        assert made.params is not None
        assert all(shape in (None, known) for shape, known in zip(made.params, case.params))
        assert len(made.params) == len(case.params)
