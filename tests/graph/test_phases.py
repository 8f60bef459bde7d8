"""Filtering a net by a state, against real Caffe's own filtering."""

from __future__ import annotations

from typing import Any

import pytest
from forked_caffe import judge
from hypothesis import given, settings
from hypothesis import strategies as st

from netgen.errors import OptionError
from netgen.graph import State, filter_net, keeps
from netgen.schema import caffe_pb2

STAGES = ("a", "b", "c")
levels = st.integers(-2, 2)
rules = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(["TRAIN", "TEST"]),
        "min_level": levels,
        "max_level": levels,
        "stage": st.lists(st.sampled_from(STAGES), max_size=2),
        "not_stage": st.lists(st.sampled_from(STAGES), max_size=2),
    },
)
layers = st.one_of(
    st.builds(lambda r: ("include", r), st.lists(rules, max_size=3)),
    st.builds(lambda r: ("exclude", r), st.lists(rules, max_size=3)),
)
states = st.builds(
    State,
    st.sampled_from(["TRAIN", "TEST"]),
    st.lists(st.sampled_from(STAGES), unique=True).map(tuple),
    levels,
)


def net_of(several: list[tuple[str, list[dict[str, Any]]]]) -> Any:
    net = caffe_pb2.NetParameter(name="rules")
    for index, (kind, given_rules) in enumerate(several):
        layer = net.layer.add(name=f"layer{index}", type="Input", top=[f"blob{index}"])
        layer.input_param.shape.add().dim.append(1)
        for rule in given_rules:
            getattr(layer, kind).add(**rule)
    return net


@pytest.mark.caffe
@settings(max_examples=150, deadline=None)
@given(st.lists(layers, min_size=1, max_size=12), states)
def test_what_stays_is_what_caffe_keeps(several: list[Any], state: State) -> None:
    net = net_of(several)
    verdict = judge(net, state.phase, state.stages, level=state.level)
    assert verdict, verdict.refused
    assert verdict.own_layers == [layer.name for layer in filter_net(net, state).layer]


def test_the_rules_stay_and_the_net_is_left_alone() -> None:
    net = net_of([("include", [{"phase": "TEST"}]), ("include", [{"phase": "TRAIN"}]), ("exclude", [])])
    before = net.SerializeToString()
    filtered = filter_net(net, State("TEST"))
    assert [layer.name for layer in filtered.layer] == ["layer0", "layer2"]
    assert filtered.name == "rules"
    assert filtered.layer[0].include[0].phase == caffe_pb2.TEST
    assert net.SerializeToString() == before


def test_an_empty_rule_is_always_met() -> None:
    net = net_of([("include", [{}]), ("exclude", [{}])])
    assert [keeps(layer, State("TRAIN")) for layer in net.layer] == [True, False]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("TRAIN", State("TRAIN")),
        ("TEST:val", State("TEST", ("val",))),
        (" TEST : val, other ", State("TEST", ("val", "other"))),
        ("TEST:", State("TEST")),
    ],
)
def test_states_as_they_are_written(text: str, state: State) -> None:
    assert State.parse(text) == state
    assert State.parse(str(state)) == state


@pytest.mark.parametrize(("text", "mend"), [("TRIAN", "did you mean TRAIN?"), ("deploy", None), ("", None)])
def test_there_are_two_phases(text: str, mend: str) -> None:
    with pytest.raises(OptionError, match="there is no phase") as raised:
        State.parse(text)
    assert raised.value.mend == mend
