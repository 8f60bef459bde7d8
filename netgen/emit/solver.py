"""The solver of a net: every field of Caffe's SolverParameter, with defaults that suit a U-Net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from netgen import interface
from netgen.check.solver import NET_SOURCES, is_given, without_momentum
from netgen.emit.fields import set_field, split_assignments
from netgen.emit.solver_check import check_solver
from netgen.graph import State

__all__ = ["default_solver", "parse_fields", "reasons"]

# What a solver says where nothing else is asked for, and why. The reasons stand beside the values in it.
_DEFAULTS: Mapping[str, tuple[Any, str]] = {
    "type": ("Adam", "falls steadily at every width; SGD with momentum 0.99 needs its rate tuned to each"),
    "base_lr": (0.0001, "for the published width of 64; a narrow net learns faster with up to 0.001"),
    "lr_policy": ("fixed", "Adam adapts each step by itself"),
    "momentum": (0.9, ""),
    "momentum2": (0.999, ""),
    "weight_decay": (0.0005, "times each param's decay_mult"),
    "max_iter": (10000, ""),
    "display": (20, "iterations between two lines of log"),
    "average_loss": (20, "the loss shown is a mean of as many: with one image a batch it jumps"),
    "snapshot": (1000, "what a killed run loses at most"),
    "snapshot_prefix": ("snapshot", "as net, found from the folder that Caffe is started in"),
    "solver_mode": ("CPU", "GPU needs a Caffe that was built with CUDA"),
    "random_seed": (1, "the same weights and the same Dropout at every run"),
}
_TEST_ITER = 50
_TEST_INTERVAL = (500, "iterations between two tests of test_iter batches")


def parse_fields(assignments: Iterable[str]) -> dict[str, Any]:
    """Return solver options written as ``name=value``, ready for ``default_solver``.

    Parameters
    ----------
    assignments : iterable of str
        Such as ``base_lr=0.01``, ``stepvalue=1000``, ``stepvalue=2000``, ``test_state={stage: 'val'}``.

    Returns
    -------
    dict
        The fields; those that are repeated as lists.

    Raises
    ------
    OptionError
        An unknown field, a value that the field cannot hold, or a field given twice.
    """
    return split_assignments(assignments, interface.caffe_pb2.SolverParameter.DESCRIPTOR)


def default_solver(
    train_name: str = "train.prototxt",
    test_states: Sequence[State] = (),
    train_state: Optional[State] = None,
    **fields: Any,
) -> Any:
    """Return a solver for a net.

    Parameters
    ----------
    train_name : str
        The train net's file, seen from the solver's folder.
    test_states : sequence of State
        The states in which the train net is tested, each a test net of its own; none where it has no layers
        for testing.
    train_state : State, optional
        The state in which it is trained, where that has stages or a level.
    **fields : object
        Fields of SolverParameter that take the place of the defaults: values of Python, their texts, lists
        for repeated ones. None leaves a default out.

    Returns
    -------
    SolverParameter
        Of the same Caffe's schema as ``netgen.interface``.

    Raises
    ------
    OptionError
        An unknown field, a value that it cannot hold, or fields that Caffe refuses together.

    Examples
    --------
    >>> from netgen.graph import State
    >>> solver = default_solver(test_states=[State("TEST")], base_lr="0.02", solver_mode="GPU")
    >>> solver.net, list(solver.test_iter)
    ('train.prototxt', [50])
    """
    solver = interface.caffe_pb2.SolverParameter()
    if not any(fields.get(name) is not None for name in NET_SOURCES):
        solver.net = train_name
    for name, (value, _) in _DEFAULTS.items():
        if not (name == "type" and fields.get("solver_type") is not None):
            set_field(solver, name, value)
    if train_state is not None and (train_state.stages or train_state.level):
        _set_state(solver.train_state, train_state)
    for name, value in fields.items():
        set_field(solver, name, value)
    if "momentum" not in fields and without_momentum(solver):
        solver.ClearField("momentum")
    # Caffe tests the train net itself only where one net serves both, after those that are named.
    named = len(solver.test_net) + len(solver.test_net_param)
    shared = solver.HasField("net") or solver.HasField("net_param")
    own = test_states if shared else ()
    if "test_state" not in fields and any(state.stages or state.level for state in own):
        for state in [*[State("TEST")] * named, *own]:
            _set_state(solver.test_state.add(), state)
    tests = max(named, len(solver.test_state)) if shared and solver.test_state else named + len(own)
    if tests and "test_iter" not in fields:
        solver.test_iter.extend([_TEST_ITER] * tests)
    if tests and "test_interval" not in fields:
        solver.test_interval = _TEST_INTERVAL[0]
    check_solver(solver, tests)
    return solver


def _set_state(message: Any, state: State) -> None:
    message.SetInParent()
    message.stage.extend(state.stages)
    if state.level:
        message.level = state.level


def reasons(solver: Any) -> dict[str, str]:
    """Return what is to be said beside the fields of a solver that have netgen's defaults.

    Parameters
    ----------
    solver : SolverParameter
        Of any Caffe's schema.
    """
    default = type(solver)()
    said = {}
    for name, (value, reason) in {**_DEFAULTS, "test_interval": _TEST_INTERVAL}.items():
        if reason and is_given(solver, name):
            set_field(default, name, value)
            if getattr(default, name) == getattr(solver, name):
                said[name] = reason
    return said
