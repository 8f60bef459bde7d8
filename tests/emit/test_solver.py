"""Solvers: every field can be set, mistakes are named, and what Caffe would abort on is refused."""

from __future__ import annotations

from pathlib import PurePosixPath

import messages
import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings

from netgen import interface
from netgen.emit import default_solver, parse_fields, render_solver
from netgen.emit.fields import set_field
from netgen.emit.solver import reasons
from netgen.errors import OptionError
from netgen.graph import State

TEST = State("TEST")


def text_of(solver, *names):
    return {name: getattr(solver, name) for name in names}


def test_the_default_trains_and_does_not_test():
    solver = default_solver()
    assert solver.net == "train.prototxt"
    assert not solver.test_iter
    assert not solver.HasField("test_interval")
    assert not solver.test_state


@pytest.mark.parametrize(
    ("states", "test_states"),
    [
        ([TEST], []),
        ([TEST, State("TEST", ("val",))], ["", 'stage: "val"']),
        ([State("TEST", ("a", "b"), 2)], ['level: 2 stage: "a" stage: "b"']),
    ],
)
def test_test_iter_is_matched_to_the_test_nets(states, test_states):
    solver = default_solver(test_states=states)
    assert len(solver.test_iter) == len(states)
    assert solver.test_interval > 0
    assert [
        text_format.MessageToString(state, as_one_line=True) for state in solver.test_state
    ] == test_states


def test_the_train_nets_own_state_is_kept():
    solver = default_solver(train_state=State("TRAIN", ("big",)))
    assert list(solver.train_state.stage) == ["big"]
    assert not default_solver(train_state=State("TRAIN")).HasField("train_state")


def test_every_field_can_be_given_as_text():
    given = parse_fields(
        [
            "base_lr=0.01",
            "lr_policy=multistep",
            "gamma=0.1",
            "stepvalue=1000",
            "stepvalue= 2000",
            "solver_mode=GPU",
            "snapshot_after_train=false",
            "test_state={stage: 'val'}",
            "test_state=level: 3",
            "net=../nets/train = 1.prototxt",
            "random_seed=-1",
        ]
    )
    solver = default_solver(test_states=[TEST, TEST], **given)
    assert list(solver.stepvalue) == [1000, 2000]
    assert solver.solver_mode == solver.GPU
    assert solver.snapshot_after_train is False
    assert list(solver.test_state[0].stage) == ["val"]
    assert solver.test_state[1].level == 3
    assert solver.net == "../nets/train = 1.prototxt"
    assert solver.random_seed == -1
    # As a text it is a number; whether a solver may say it is another question.
    assert parse_fields(["momentum=inf"]) == {"momentum": float("inf")}


def test_every_field_can_be_given_as_a_value():
    solver = default_solver(
        base_lr=np.float32(0.5),
        max_iter=np.int64(7),
        stepvalue=(1, 2),
        lr_policy="fixed",
        snapshot_prefix=PurePosixPath("a/b"),
        solver_mode="GPU",
        debug_info=True,
        test_net="test.prototxt",
        test_state=[{"stage": ["val"]}],
        train_state=None,
        net_param=interface.caffe_pb2.NetParameter(name="inner"),
    )
    assert (solver.base_lr, solver.max_iter, list(solver.stepvalue)) == (0.5, 7, [1, 2])
    assert solver.snapshot_prefix == "a/b"
    assert solver.debug_info is True
    assert list(solver.test_net) == ["test.prototxt"]
    assert list(solver.test_state[0].stage) == ["val"]
    assert solver.net_param.name == "inner"
    assert not solver.HasField("net")


@pytest.mark.parametrize("fields", [{"type": "AdaGrad"}, {"type": "RMSProp"}, {"solver_type": "ADAGRAD"}])
def test_the_types_without_momentum_have_none(fields):
    solver = default_solver(**fields)
    assert not solver.HasField("momentum")
    # Caffe's own default of it is good.
    assert not solver.HasField("rms_decay")
    assert default_solver(**fields, momentum=0).momentum == 0
    assert default_solver(type="AdaDelta").momentum == pytest.approx(0.9)


def test_a_net_for_training_alone_is_not_tested():
    solver = default_solver(test_states=[TEST, State("TEST", ("val",))], train_net="train.prototxt")
    assert not solver.test_iter
    assert not solver.test_state
    assert not solver.HasField("test_interval")
    solver = default_solver(test_states=[TEST], train_net="train.prototxt", test_net=["a", "b"])
    assert len(solver.test_iter) == 2


def test_nets_that_are_named_come_before_the_train_nets_own_states():
    solver = default_solver(test_states=[State("TEST", ("val",))], test_net="other.prototxt")
    assert [list(state.stage) for state in solver.test_state] == [[], ["val"]]
    assert len(solver.test_iter) == 2


def test_none_leaves_a_default_out():
    assert not default_solver(random_seed=None).HasField("random_seed")


def test_the_old_name_of_type_takes_its_place():
    solver = default_solver(solver_type="NESTEROV")
    assert not solver.HasField("type")


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(messages.messages(interface.caffe_pb2.SolverParameter, 1))
def test_any_field_set_from_its_own_value_or_text_is_the_same(solver):
    again = type(solver)()
    from_text = type(solver)()
    for field, value in solver.ListFields():
        values = list(value) if messages.is_repeated(field) else [value]
        set_field(again, field.name, values if messages.is_repeated(field) else value)
        if field.message_type is not None:
            values = ["{" + text_format.MessageToString(item) + "}" for item in values]
        elif field.enum_type is not None:
            values = [field.enum_type.values_by_number[item].name for item in values]
        elif field.cpp_type != field.CPPTYPE_STRING:
            values = [repr(item) for item in values]
        set_field(from_text, field.name, values if messages.is_repeated(field) else values[0])
    assert text_format.MessageToString(again) == text_format.MessageToString(solver)
    assert text_format.MessageToString(from_text) == text_format.MessageToString(solver)


WRONG = {
    "base_lr": "option 'base_lr' has no value\n  mend: write base_lr=VALUE",
    "base_Lr=1": "did you mean base_lr?",
    "learning_rate=1": "SolverParameter has no field 'learning_rate'; it has net, net_param, ",
    "base_lr=fast": "base_lr wants a number, came 'fast'",
    "base_lr=1e39": "base_lr wants a number that a float holds (up to 3.4e38), came '1e39'",
    "base_lr=1_0": "base_lr wants a number, came '1_0'",
    "base_lr=": "base_lr wants a number, came ''",
    "max_iter=1e4": "max_iter wants a whole number (int32), came '1e4'\n  mend: write max_iter=10000",
    "max_iter=1.5": "max_iter wants a whole number (int32), came '1.5'",
    "max_iter=many": "max_iter wants a whole number (int32), came 'many'",
    "max_iter=3000000000": "max_iter wants a whole number from -2147483648 to 2147483647 (int32), came '3000000000'",
    "stepvalue=1000,2000": "give it once for each value: stepvalue=1000 stepvalue=2000",
    "debug_info=yes": "debug_info wants true or false, came 'yes'",
    "solver_mode=gpu": "solver_mode wants one of CPU, GPU, came 'gpu'\n  mend: did you mean GPU?",
    "solver_mode=7": "solver_mode wants one of CPU, GPU, came '7'",
    "test_state={stag: 'val'}": "test_state={stag: 'val'}: NetState has no field 'stag'\n  mend: did you mean stage?",
    "test_state=val": "test_state=val: ",
}


@pytest.mark.parametrize("assignment", WRONG)
def test_a_wrong_option_is_named(assignment):
    with pytest.raises(OptionError) as caught:
        parse_fields([assignment])
    assert WRONG[assignment] in str(caught.value)


def test_a_field_is_given_once():
    with pytest.raises(OptionError, match=r"base_lr is given twice: 0\.1 and 0\.2"):
        parse_fields(["base_lr=0.1", "base_lr=0.2"])


REFUSED = [
    ({"max_iter": 1.5}, "max_iter wants a whole number (int32), came 1.5"),
    ({"max_iter": True}, "max_iter wants a whole number (int32), came True"),
    ({"base_lr": [1]}, "base_lr wants a number, came [1]"),
    ({"base_lr": True}, "base_lr wants a number, came True"),
    ({"net": 5}, "net wants a text, came 5"),
    ({"test_state": 5}, "test_state wants a NetState, came 5"),
    (
        {"test_state": [interface.caffe_pb2.NetParameter()]},
        "test_state wants a NetState, came 'NetParameter'",
    ),
    ({"test_state": [{"stag": 1}]}, "NetState has no field 'stag'"),
    ({"bas_lr": 1}, "did you mean base_lr?"),
]


@pytest.mark.parametrize(("fields", "expected"), REFUSED)
def test_a_value_that_a_field_cannot_hold_is_refused(fields, expected):
    with pytest.raises(OptionError) as caught:
        default_solver(**fields)
    assert expected in str(caught.value)


def test_reasons_stand_beside_defaults_alone():
    assert set(reasons(default_solver())) >= {"type", "base_lr", "random_seed"}
    assert "base_lr" not in reasons(default_solver(base_lr=0.5))
    text = render_solver(default_solver(base_lr=0.5, max_iter=77))
    assert "\nbase_lr: 0.5\n" in text
    assert "\nmax_iter: 77\n" in text
    assert "\nrandom_seed: 1  # the same weights" in text
