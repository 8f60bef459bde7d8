"""What a solver must not say: what Caffe aborts on, and what can only be a mistake."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netgen.errors import OptionError, listed, nearest

__all__ = ["NET_SOURCES", "check_solver", "is_given", "without_momentum"]

#: Where a solver's nets can come from; Caffe takes one for training.
NET_SOURCES = ("net", "net_param", "train_net", "train_net_param")

_TYPES = ("SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam")
# These two have no momentum, and Caffe ends the process over one that is not 0.
_WITHOUT_MOMENTUM = ("AdaGrad", "RMSProp")

# What each policy reads; Caffe takes 0 for what is not there, and the learning rate is 0 or not a number.
_POLICIES: Mapping[str, tuple[str, ...]] = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power", "max_iter"),
    "sigmoid": ("gamma", "stepsize"),
}

# The least that a field may be. Caffe itself looks at few of them, and at those late; with the others it
# counts backwards, divides by 0, or climbs the loss.
_LEAST = {
    "base_lr": 0,
    "max_iter": 0,
    "iter_size": 1,
    "display": 0,
    "average_loss": 1,
    "snapshot": 0,
    "test_interval": 0,
    "momentum": 0,
    "momentum2": 0,
    "weight_decay": 0,
    "delta": 0,
    "gamma": 0,
    "rms_decay": 0,
}
# Shares of the past that are kept: with 1 nothing ever fades, or Adam divides by 0.
_SHARES = ("momentum", "momentum2", "rms_decay")


def without_momentum(solver: Any) -> bool:
    """Tell whether the solver is of a type that Caffe refuses any momentum for."""
    return _kind(solver) in _WITHOUT_MOMENTUM


def is_given(solver: Any, name: str) -> bool:
    """Tell whether a field is set, or a repeated one has values."""
    return any(field.name == name for field, _ in solver.ListFields())


def check_solver(solver: Any, tests: int) -> None:
    """Refuse what makes Caffe end the process, at once or later, and numbers that no one can mean.

    Parameters
    ----------
    solver : SolverParameter
        Of any Caffe's schema.
    tests : int
        How many test nets Caffe makes for it.

    Raises
    ------
    OptionError
        The first thing that is wrong, with its mend.
    """
    _check_nets(solver, tests)
    _check_type(solver)
    _check_numbers(solver)
    _check_policy(solver)
    known = ("L1", "L2")
    if solver.regularization_type not in known:
        raise _unknown("regularization_type", solver.regularization_type, known)


def _check_nets(solver: Any, tests: int) -> None:
    sources = [name for name in NET_SOURCES if solver.HasField(name)]
    if len(sources) != 1:
        which = f"{len(sources)} train nets: {' and '.join(sources)}" if sources else "no train net"
        raise OptionError(f"the solver has {which}; Caffe takes one", mend=None if sources else "give net")
    own = sources[0] in ("net", "net_param")
    given = len(solver.test_iter)
    if given != tests:
        raise OptionError(
            f"test_iter has {_counted(given, 'value')}, and the solver {_counted(tests, 'test net')}",
            mend="give test_iter once for each test net"
            if tests
            else "write layers for phase TEST, or leave test_iter out"
            if own
            else f"{sources[0]} is a net for training alone: give net instead, or test_net beside it",
        )
    if solver.test_state and len(solver.test_state) != tests:
        raise OptionError(
            f"test_state has {_counted(len(solver.test_state), 'value')}, and the solver"
            f" {_counted(tests, 'test net')}",
            mend="give test_state once for each test net, or leave it out",
        )
    if any(batches < 1 for batches in solver.test_iter):
        raise OptionError(f"test_iter is {min(solver.test_iter)}; a test takes 1 batch or more")
    if tests and solver.test_interval < 1:
        raise OptionError(
            f"test_interval is {solver.test_interval}, and Caffe wants more than 0 with test nets"
        )


def _kind(solver: Any) -> str:
    """Return the solver's type, also where it is given by the old field."""
    if not solver.HasField("solver_type"):
        return str(solver.type)
    old = solver.DESCRIPTOR.fields_by_name["solver_type"].enum_type.values_by_number[solver.solver_type].name
    return next((name for name in _TYPES if name.upper() == old), str(old))


def _check_type(solver: Any) -> None:
    if solver.HasField("type") and solver.HasField("solver_type"):
        raise OptionError("the solver has both type and solver_type; Caffe takes one", mend="give type alone")
    kind = _kind(solver)
    if kind not in _TYPES:
        raise _unknown("type", kind, _TYPES)
    if without_momentum(solver) and solver.momentum:
        raise OptionError(
            f"momentum is {solver.momentum:g}, and Caffe takes none with {kind}",
            mend="leave momentum out, or take Adam or SGD",
        )


def _check_numbers(solver: Any) -> None:
    for field, value in _numbers(solver):
        if not math.isfinite(value):
            raise OptionError(f"{field} is {value}; it has to be a finite number")
        if field in _LEAST and value < _LEAST[field]:
            raise OptionError(f"{field} is {value:g}; it has to be {_LEAST[field]} or more")
        if field in _SHARES and value >= 1:
            raise OptionError(f"{field} is {value:g}; it has to be less than 1")


def _numbers(solver: Any) -> Iterator[tuple[str, float]]:
    """Yield each number that is set, by the name of its field; not those of repeated fields."""
    for field, value in solver.ListFields():
        if isinstance(value, (int, float)) and field.enum_type is None:
            yield field.name, value


def _check_policy(solver: Any) -> None:
    policy = solver.lr_policy
    if policy not in _POLICIES:
        if not policy:
            raise OptionError("the solver has no lr_policy", mend=f"give one of {listed(_POLICIES)}")
        raise _unknown("lr_policy", policy, _POLICIES)
    missing = [name for name in _POLICIES[policy] if not is_given(solver, name)]
    if missing:
        raise OptionError(
            f"lr_policy {policy} needs {' and '.join(missing)}",
            mend=f"give {' and '.join(f'{name}=VALUE' for name in missing)}",
        )
    for name in _POLICIES[policy]:
        if name in ("stepsize", "max_iter") and getattr(solver, name) < 1:
            raise OptionError(f"{name} is {getattr(solver, name)}; lr_policy {policy} needs 1 or more")
    steps = list(solver.stepvalue)
    if policy == "multistep" and any(later <= earlier for earlier, later in zip(steps, steps[1:])):
        raise OptionError(f"stepvalue is {', '.join(map(str, steps))}; each has to be more than the last")


def _unknown(field: str, value: str, known: Iterable[str]) -> OptionError:
    near = nearest(value, known)
    return OptionError(
        f"{field} {value!r} is none that Caffe knows; it knows {listed(known)}",
        mend=f"did you mean {near}?" if near else None,
    )


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
