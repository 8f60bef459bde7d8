"""Merging evaluations: each comes back from the merge when it is filtered, in netgen and in real Caffe."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Optional

import pytest
from forked_caffe import judge
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen.dsl.evaluation import Evaluation, LayerNote
from netgen.emit.merge import merge
from netgen.errors import NetworkError
from netgen.graph import State, filter_net, keeps

POSSIBLE = [
    State("TRAIN"),
    State("TEST"),
    State("TRAIN", ("x",)),
    State("TEST", ("a",)),
    State("TEST", ("a", "b")),
    State("TEST", ("b",)),
]
several_states = st.lists(st.sampled_from(POSSIBLE), min_size=2, max_size=4, unique=True)


@dataclass(frozen=True)
class Step:
    """A layer of a random network: which states have it, and what it is in each of them."""

    name: str
    kind: str
    present: tuple[bool, ...]
    variant: tuple[int, ...]
    include: Optional[tuple[dict[str, Any], ...]] = None


rules = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(["TRAIN", "TEST"]),
        "stage": st.lists(st.sampled_from("abx"), min_size=1, max_size=2, unique=True),
        "not_stage": st.lists(st.sampled_from("abx"), min_size=1, max_size=1),
    },
)


@st.composite
def plans(draw: Any, with_rules: bool = False) -> tuple[list[State], list[Step]]:
    states = draw(several_states)
    count = draw(st.integers(1, 10))
    steps = []
    for index in range(count):
        everywhere = draw(st.booleans())
        present = tuple(everywhere or draw(st.booleans()) for _ in states)
        same = draw(st.booleans())
        variant = tuple(0 if same else draw(st.integers(0, 1)) for _ in states)
        # Some names are met again: the same name in other states, which Caffe and netgen allow.
        name = f"step{index if draw(st.integers(0, 4)) else 0}"
        include = None
        if with_rules and draw(st.booleans()):
            include = tuple(draw(st.lists(rules, min_size=1, max_size=2)))
        kind = draw(st.sampled_from(["relu", "in place", "power", "silence"]))
        steps.append(Step(name, kind, present, variant, include))
    return states, steps


def network_of(states: list[State], steps: list[Step]) -> Any:
    """Return a network that any Caffe can load in every one of its states."""

    @ng.network(name="random", states=[str(state) for state in states])
    def network(net: Any) -> None:
        now = states.index(net.state)
        x = net.data = L.Input(shape={"dim": [2, 3]})
        taken = set()
        read = False  # Caffe cannot overwrite a blob that another layer reads too
        for step in steps:
            if not step.present[now] or step.name in taken:
                continue
            taken.add(step.name)
            variant = step.variant[now]
            extra = {} if step.include is None else {"include": [dict(rule) for rule in step.include]}
            net.section(f"section of {step.name}")
            if step.kind == "silence":
                net[step.name] = L.Silence(x, ntop=0, **extra)
            elif step.kind == "power":
                net[step.name] = L.Power(x, power=1 + variant, **extra)
            else:
                slope = {"negative_slope": 0.5} if variant else {}
                net[step.name] = L.ReLU(x, in_place=step.kind == "in place" and not read, **slope, **extra)
            if step.kind != "silence" and step.include is None:
                x, read = net[step.name], False
            else:
                read = True

    return network


def merged_or_not(evaluations: Any) -> Any:
    try:
        return merge(evaluations)
    except NetworkError as error:
        return error


def bare(layer: Any) -> Any:
    copy = type(layer)()
    copy.CopyFrom(layer)
    del copy.include[:]
    return copy


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_filtering_the_merge_gives_each_evaluation_back(plan: Any) -> None:
    states, steps = plan
    evaluations = network_of(states, steps).evaluations()
    merged = merge(evaluations)
    assert merged.states == tuple(states)
    assert merged.message.name == "random"
    for evaluation in evaluations:
        filtered = filter_net(merged.message, evaluation.state)
        for layer in filtered.layer:
            del layer.include[:]
        assert filtered == evaluation.message
    assert [note.section.replace("section of ", "") or "data" for note in merged.notes] == [
        layer.name for layer in merged.message.layer
    ]
    # Where the same layers come in opposite orders, one of them cannot be shared.
    if not conflicting(evaluations):
        check_sharing(evaluations, merged)


def conflicting(evaluations: Any) -> bool:
    after: dict[bytes, set[bytes]] = {}
    for evaluation in evaluations:
        keys = [_key(layer) for layer in evaluation.message.layer]
        for one, other in zip(keys, keys[1:]):
            after.setdefault(one, set()).add(other)
    for start in after:
        seen, todo = set(), [start]
        while todo:
            for following in after.get(todo.pop(), ()):
                if following == start:
                    return True
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
    return False


def check_sharing(evaluations: Any, merged: Evaluation) -> None:
    in_all = set.intersection(*({_key(x) for x in e.message.layer} for e in evaluations))
    times = Counter(_key(bare(layer)) for layer in merged.message.layer)
    for layer in merged.message.layer:
        assert bool(layer.include) != (_key(bare(layer)) in in_all)
    assert set(times.values()) == {1}


def _key(layer: Any) -> bytes:
    return bytes(layer.SerializeToString(deterministic=True))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(with_rules=True))
def test_rules_written_by_hand_go_on_meaning_the_same(plan: Any) -> None:
    states, steps = plan
    evaluations = network_of(states, steps).evaluations()
    merged = merged_or_not(evaluations)
    if isinstance(merged, NetworkError):
        # Refused, because one of its layers is never in any net.
        assert "that no state in which it is written can meet" in str(merged)
        named = [(e.state, x) for e in evaluations for x in e.message.layer if x.name == merged.layer]
        assert any(
            not any(keeps(layer, state) for state, layer in named if _key(layer) == _key(each))
            for _, each in named
        )
        return
    for evaluation in evaluations:
        wanted = filter_net(evaluation.message, evaluation.state)
        found = filter_net(merged.message, evaluation.state)
        assert [bare(layer) for layer in found.layer] == [bare(layer) for layer in wanted.layer]


@pytest.mark.caffe
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans())
def test_caffe_filters_the_merge_into_each_evaluation(plan: Any) -> None:
    states, steps = plan
    evaluations = network_of(states, steps).evaluations()
    merged = merge(evaluations).message
    for evaluation in evaluations:
        verdict = judge(merged, evaluation.state.phase, evaluation.state.stages)
        assert verdict, verdict.refused
        assert verdict.own_layers == [layer.name for layer in evaluation.message.layer]


@pytest.mark.caffe
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(with_rules=True))
def test_caffe_reads_rules_written_by_hand_the_same(plan: Any) -> None:
    states, steps = plan
    evaluations = network_of(states, steps).evaluations()
    merged = merged_or_not(evaluations)
    assume(not isinstance(merged, NetworkError))
    for evaluation in evaluations:
        state = evaluation.state
        verdict = judge(merged.message, state.phase, state.stages)
        assert verdict, verdict.refused
        wanted = filter_net(evaluation.message, state)
        assert verdict.own_layers == [layer.name for layer in wanted.layer]


def evaluation(state: str, *layers: str, name: str = "net", **net_fields: Any) -> Evaluation:
    """Make an evaluation of ReLU layers; ``name!`` is one with another parameter."""
    message = interface.caffe_pb2.NetParameter(name=name, **net_fields)
    for layer in layers:
        made = message.layer.add(name=layer.rstrip("!"), type="ReLU")
        if layer.endswith("!"):
            made.relu_param.negative_slope = 1
    return Evaluation(message, State.parse(state), tuple(LayerNote(section=name) for name in layers))


def shown(merged: Evaluation) -> list[tuple[str, str]]:
    """Return names and rules, as one writes them."""
    return [
        (layer.name, "; ".join(" ".join(str(rule).split()) for rule in layer.include))
        for layer in merged.message.layer
    ]


def test_the_rules_are_as_short_as_can_be() -> None:
    states = ["TRAIN", "TEST", "TEST:a", "TEST:b"]
    layers = {
        "all": states,
        "train": ["TRAIN"],
        "test": ["TEST", "TEST:a", "TEST:b"],
        "no_stage": ["TEST"],
        "a": ["TEST:a"],
        "train_and_a": ["TRAIN", "TEST:a"],
        "a_and_b": ["TEST:a", "TEST:b"],
    }
    evaluations = [evaluation(s, *(n for n, present in layers.items() if s in present)) for s in states]
    assert shown(merge(evaluations)) == [
        ("all", ""),
        ("train", "phase: TRAIN"),
        ("test", "phase: TEST"),
        ("no_stage", 'phase: TEST not_stage: "a" not_stage: "b"'),
        ("a", 'phase: TEST stage: "a" not_stage: "b"'),
        ("train_and_a", 'phase: TRAIN; phase: TEST stage: "a" not_stage: "b"'),
        ("a_and_b", 'phase: TEST stage: "a" not_stage: "b"; phase: TEST stage: "b" not_stage: "a"'),
    ]


def test_a_layer_that_differs_becomes_two() -> None:
    merged = merge([evaluation("TRAIN", "data", "drop", "end"), evaluation("TEST", "data!", "end")])
    assert shown(merged) == [
        ("data", "phase: TRAIN"),
        ("drop", "phase: TRAIN"),
        ("data", "phase: TEST"),
        ("end", ""),
    ]
    assert [note.section for note in merged.notes] == ["data", "drop", "data!", "end"]


def test_layers_in_another_order_stand_twice() -> None:
    merged = merge([evaluation("TRAIN", "a", "b"), evaluation("TEST", "b", "a")])
    for state in ("TRAIN", "TEST"):
        kept = [layer.name for layer in filter_net(merged.message, State(state)).layer]
        assert kept == (["a", "b"] if state == "TRAIN" else ["b", "a"])
    assert len(merged.message.layer) == 3


@pytest.mark.parametrize("first", ["TRAIN", "TEST"])
def test_one_layer_that_moved_is_all_that_stands_twice(first: str) -> None:
    second = "TEST" if first == "TRAIN" else "TRAIN"
    rest = [f"layer{i}" for i in range(9)]
    merged = merge([evaluation(first, *rest, "moved"), evaluation(second, "moved", *rest)])
    assert shown(merged) == [
        ("moved", f"phase: {second}"),
        *((name, "") for name in rest),
        ("moved", f"phase: {first}"),
    ]


def test_one_state_alone_needs_no_rule() -> None:
    assert shown(merge([evaluation("TEST:a", "one", "two")])) == [("one", ""), ("two", "")]


def test_what_is_merged_is_left_alone() -> None:
    first, second = evaluation("TRAIN", "a", "b"), evaluation("TEST", "a")
    before = first.message.SerializeToString(), second.message.SerializeToString()
    merge([first, second])
    assert (first.message.SerializeToString(), second.message.SerializeToString()) == before


def excluded(state: str, *, everywhere: bool) -> Evaluation:
    made = evaluation(state, "a", *(["b"] if everywhere or state == "TRAIN" else []))
    if len(made.message.layer) > 1:
        made.message.layer[1].exclude.add(stage=["deep"])
    return made


def test_exclude_rules_stay_where_no_include_is_needed() -> None:
    merged = merge([excluded("TRAIN", everywhere=True), excluded("TEST", everywhere=True)])
    assert shown(merged) == [("a", ""), ("b", "")]
    assert merged.message.layer[1].exclude[0].stage == ["deep"]


@pytest.mark.parametrize(
    ("evaluations", "said", "mend"),
    [
        ([], "there is nothing to merge: no state was evaluated", None),
        ([evaluation("TRAIN"), evaluation("TRAIN")], "state TRAIN is given twice", None),
        (
            [evaluation("TEST:a,b"), evaluation("TEST:b,a")],
            "state TEST:b,a is given twice",
            None,
        ),
        (
            [evaluation("TRAIN"), evaluation("TEST", debug_info=True)],
            "the states TRAIN and TEST differ in a field of the net itself",
            None,
        ),
        (
            [excluded("TRAIN", everywhere=False), excluded("TEST", everywhere=False)],
            "layer 'b': stands in some states only and has an exclude rule of its own",
            "write the layer under `if net.training:`",
        ),
    ],
)
def test_what_cannot_be_merged(evaluations: list[Evaluation], said: str, mend: Optional[str]) -> None:
    with pytest.raises(NetworkError) as raised:
        merge(evaluations)
    assert said in str(raised.value)
    assert mend is None or mend in str(raised.value.mend)


def test_levels_are_refused() -> None:
    made = evaluation("TEST", "a")
    with pytest.raises(NetworkError, match="has a level; netgen tells states apart by phase and stages"):
        merge([Evaluation(made.message, State("TEST", (), 1), made.notes)])


def test_a_rule_that_no_state_can_meet_names_layer_and_line() -> None:
    @ng.network
    def net(net: Any) -> None:
        net.data = L.Input(shape={"dim": [1]})
        if net.training:
            net.loss = L.Reduction(net.data, include={"phase": "TEST"})

    with pytest.raises(NetworkError, match="no state in which it is written can meet") as raised:
        merge(net.evaluations())
    assert raised.value.layer == "loss"
    assert raised.value.site is not None
    assert raised.value.site.path == __file__


def test_long_nets_are_merged_too() -> None:
    names = [f"layer{i}" for i in range(20000)]
    merged = merge(
        [evaluation("TRAIN", *names, "loss"), evaluation("TEST", *names[:10000], "extra", *names[10000:])]
    )
    assert len(merged.message.layer) == 20002
    assert Counter(rule for _, rule in shown(merged)) == {"": 20000, "phase: TRAIN": 1, "phase: TEST": 1}
