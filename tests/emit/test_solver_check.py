"""Solvers that Caffe aborts on, or that no one can mean, are refused; real Caffe says which is which."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from netgen.emit import default_solver, render_solver
from netgen.emit import solver as module
from netgen.errors import OptionError
from netgen.graph import State

TEST = [State("TEST")]
STEPS = {"lr_policy": "multistep", "gamma": 0.1}

# What Caffe ends the process over, sooner or later.
ABORTS = [
    ({"type": "AdaGrad", "momentum": 0.9}, "momentum is 0.9, and Caffe takes none with AdaGrad"),
    ({"type": "RMSProp", "momentum": 0.5}, "mend: leave momentum out, or take Adam or SGD"),
    ({"solver_type": "ADAGRAD", "momentum": 0.9}, "Caffe takes none with AdaGrad"),
    ({"type": "Foo"}, "type 'Foo' is none that Caffe knows; it knows SGD, Nesterov, AdaGrad"),
    ({"type": "adam"}, "mend: did you mean Adam?"),
    ({"type": ""}, "type '' is none"),
    ({"type": "SGD", "solver_type": "SGD"}, "both type and solver_type"),
    ({"type": "RMSProp", "rms_decay": 1.5}, "rms_decay is 1.5; it has to be less than 1"),
    ({"lr_policy": "foo"}, "lr_policy 'foo' is none that Caffe knows; it knows fixed, step, exp"),
    ({"lr_policy": "multi_step"}, "mend: did you mean multistep?"),
    ({"lr_policy": None}, "the solver has no lr_policy\n  mend: give one of fixed, step"),
    ({"lr_policy": "step", "gamma": 0.1, "stepsize": 0}, "stepsize is 0; lr_policy step needs 1 or more"),
    ({"lr_policy": "exp", "gamma": -0.1}, "gamma is -0.1; it has to be 0 or more"),
    ({"lr_policy": "sigmoid", "gamma": 0.1, "stepsize": 0}, "stepsize is 0; lr_policy sigmoid needs 1 or"),
    ({"average_loss": 0}, "average_loss is 0; it has to be 1 or more"),
    ({"regularization_type": "L3"}, "regularization_type 'L3' is none that Caffe knows; it knows L1, L2"),
    ({"net": None}, "the solver has no train net; Caffe takes one\n  mend: give net"),
    ({"net": "train.prototxt", "train_net": "train.prototxt"}, "2 train nets: net and train_net"),
    ({"train_net": "train.prototxt", "test_iter": 1}, "train_net is a net for training alone: give net"),
    ({"test_net": "train.prototxt", "test_interval": 0}, "test_interval is 0, and Caffe wants more than 0"),
    (
        {"test_net": "train.prototxt", "train_net": "train.prototxt", "test_state": [{}, {}], "test_iter": 1},
        "test_state has 2 values, and the solver 1 test net",
    ),
]
# What Caffe takes without a word: it learns nothing, climbs, divides by 0, or tests another net than was meant.
MISTAKES = [
    ({"base_lr": -0.1}, "base_lr is -0.1; it has to be 0 or more"),
    ({"base_lr": "nan"}, "base_lr is nan; it has to be a finite number"),
    ({"base_lr": "inf"}, "base_lr is inf; it has to be a finite number"),
    ({"max_iter": -1}, "max_iter is -1; it has to be 0 or more"),
    ({"iter_size": 0}, "iter_size is 0; it has to be 1 or more"),
    ({"display": -5}, "display is -5; it has to be 0 or more"),
    ({"snapshot": -5}, "snapshot is -5; it has to be 0 or more"),
    ({"momentum": 1}, "momentum is 1; it has to be less than 1"),
    ({"momentum2": 1}, "momentum2 is 1; it has to be less than 1"),
    ({"weight_decay": -1}, "weight_decay is -1; it has to be 0 or more"),
    ({"test_net": "train.prototxt", "test_iter": 0}, "test_iter is 0; a test takes 1 batch or more"),
    ({"test_interval": -1}, "test_interval is -1; it has to be 0 or more"),
    ({**STEPS, "stepvalue": [3, 2]}, "stepvalue is 3, 2; each has to be more than the last"),
    ({"lr_policy": "poly", "power": 1, "max_iter": 0}, "max_iter is 0; lr_policy poly needs 1 or more"),
    ({"lr_policy": "step", "gamma": 0.1}, "lr_policy step needs stepsize\n  mend: give stepsize=VALUE"),
    ({**STEPS}, "lr_policy multistep needs stepvalue"),
    ({"lr_policy": "poly", "max_iter": None}, "lr_policy poly needs power and max_iter"),
    ({"test_iter": 5}, "test_iter has 1 value, and the solver no test nets"),
    ({"test_net": "x", "test_iter": [1, 2]}, "test_iter has 2 values, and the solver 1 test net"),
]
GOOD = [
    {},
    *({"type": kind} for kind in ("SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta")),
    {"solver_type": "RMSPROP"},
    {"base_lr": 0, "max_iter": 0, "display": 0, "snapshot": 0, "clip_gradients": -1, "random_seed": -1},
    {"lr_policy": "sigmoid", "gamma": 0.1, "stepsize": 3},
    {**STEPS, "stepvalue": [2, 3]},
    {"type": "RMSProp", "rms_decay": 0},
    {"train_net": "train.prototxt"},
    {"train_net": "train.prototxt", "test_net": "train.prototxt"},
    {"test_net": "train.prototxt"},
    {"test_state": [{}, {"stage": "a"}]},
    {"regularization_type": "L1"},
]


@pytest.mark.parametrize(("fields", "expected"), [*ABORTS, *MISTAKES])
def test_it_is_refused(fields, expected):
    with pytest.raises(OptionError) as caught:
        default_solver(**fields)
    assert expected in str(caught.value)


# Makes each solver and takes a few steps, in a process of its own that costs no import; prints the signals.
JUDGE = """
import json, os, sys
import caffe
ends = []
for name in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        caffe.get_solver(name).step(2)
        os._exit(0)
    ends.append(os.waitpid(child, 0)[1])
print(json.dumps(ends))
"""
NET = """
layer { name: "d" type: "DummyData" top: "d" top: "t" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip" inner_product_param { num_output: 2 } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "t" top: "loss" }
"""


@pytest.mark.caffe
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_real_caffe_aborts_on_what_is_said_to_abort_and_takes_what_is_let_through(tmp_path, monkeypatch):
    (tmp_path / "train.prototxt").write_text(NET)
    cases = [(fields, None) for fields in GOOD]
    for fields in GOOD:
        default_solver(test_states=TEST, **fields)
    monkeypatch.setattr(module, "check_solver", lambda *_: None)
    cases += [({"test_states": [], **fields}, message) for fields, message in ABORTS]
    names = []
    for index, (fields, _) in enumerate(cases):
        names.append(f"{index}.prototxt")
        solver = default_solver(**{"test_states": TEST, **fields})
        (tmp_path / names[-1]).write_text(render_solver(solver))
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        cwd=tmp_path,
        input=json.dumps(names),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    ends = json.loads(done.stdout)
    found = [fields for (fields, message), end in zip(cases, ends) if bool(end & 127) != bool(message)]
    assert found == []
