"""The states of which a file speaks, and what is said of each."""

from __future__ import annotations

from typing import Optional

import pytest
from check_nets import DATA, GOOD

from netgen.check import check
from netgen.check.states import same_in_all_phases, spoken_of
from netgen.graph.phases import State
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

LAYER = 'layer {{ name: "{name}" type: "ReLU" bottom: "{bottom}" top: "{name}" {rules} }}\n'


def net(*layers: tuple[str, str, str]) -> str:
    return f'name: "n"\n{DATA}' + "".join(LAYER.format(name=n, bottom=b, rules=r) for n, b, r in layers)


def states(text: str) -> list[State]:
    return spoken_of(parse(text, caffe_pb2.NetParameter))


def test_train_and_test_are_always_spoken_of() -> None:
    assert states(GOOD) == [State("TRAIN"), State("TEST")]


@pytest.mark.parametrize(
    ("rules", "more"),
    [
        ("include { phase: TRAIN }", []),
        ('include { stage: "val" }', [State("TRAIN", ("val",)), State("TEST", ("val",))]),
        ('include { phase: TEST stage: "val" stage: "x" }', [State("TEST", ("val", "x"))]),
        ('exclude { phase: TEST stage: "val" }', [State("TEST", ("val",))]),
        ("include { phase: TEST min_level: 2 }", [State("TEST", (), 2)]),
        ("include { phase: TEST max_level: -1 }", [State("TEST", (), -1)]),
        ("include { phase: TEST min_level: -3 max_level: 4 }", []),
        ('include { not_stage: "val" }', []),
    ],
)
def test_what_rules_speak_of(rules: str, more: list[State]) -> None:
    assert states(net(("a", "data", rules))) == [State("TRAIN"), State("TEST"), *more]


def test_a_net_without_rules_is_the_same_in_all_phases() -> None:
    def same(text: str) -> bool:
        return same_in_all_phases(parse(text, caffe_pb2.NetParameter))

    assert same(net(("a", "data", "")))
    assert not same(net(("a", "data", "include { phase: TRAIN }")))
    assert not same(net(("a", "data", "exclude { phase: TRAIN }")))
    assert not same(net(("a", "data", "phase: TRAIN")))


@pytest.mark.parametrize(
    ("rules", "phase"),
    [
        ("", None),
        ("include { phase: TRAIN }", "TRAIN"),
        ("exclude { phase: TRAIN }", "TEST"),
        ('include { phase: TEST stage: "val" }', "TEST:val"),
        ('include { stage: "val" }', "TRAIN:val, TEST:val"),
        ("include { phase: TEST min_level: 1 }", "TEST (level 1)"),
    ],
)
def test_a_finding_says_in_which_states_it_is_so(rules: str, phase: Optional[str]) -> None:
    (finding,) = (one for one in check(text=net(("a", "nothing", rules))) if one.is_error)
    assert (finding.code, finding.phase, finding.layer) == ("N101", phase, "a")


def test_only_the_states_that_are_asked_for() -> None:
    text = net(("a", "nothing", "include { phase: TRAIN }"))
    assert not [one for one in check(text=text, states=["TEST"]) if one.is_error]
    (finding,) = (one for one in check(text=text, states=["TRAIN"]) if one.is_error)
    assert finding.phase is None


def test_a_file_that_is_never_loaded_without_a_stage() -> None:
    staged = net(("a", "data", 'include { stage: "train" }'), ("b", "a", ""))
    assert not [one for one in check(text=staged) if one.is_error]
    # Asked for, it is said what is wrong without.
    assert [one.code for one in check(text=staged, states=["TRAIN"]) if one.is_error] == ["N101"]


def test_the_stages_that_the_file_itself_turns_on() -> None:
    text = net(("a", "nothing", 'include { stage: "x" }'))
    assert [one.phase for one in check(text=text, states=["TRAIN"]) if one.is_error] == []
    assert [
        one.phase for one in check(text='state { stage: "x" }' + text, states=["TRAIN"]) if one.is_error
    ] == [None]


def test_a_bottom_that_only_another_state_makes_is_no_misspelling() -> None:
    text = net(("data2", "data", "include { phase: TRAIN }"), ("relu", "data2", ""), ("other", "relv", ""))
    said = [(one.layer, one.phase, one.mend) for one in check(text=text) if one.code == "N101"]
    assert said == [
        (
            "relu",
            "TEST",
            "layer 'data2' makes it, and its include rules leave it out here: give this layer the same rules, "
            "or have another layer make 'data2' here",
        ),
        ("other", None, "did you mean 'relu'?"),
    ]
