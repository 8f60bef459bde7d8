"""Which nets Caffe makes for a solver, in which state (``Solver::InitTrainNet``, ``InitTestNets``)."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Union

from netgen.check.solver.fields import is_given
from netgen.graph.phases import PHASES, State

__all__ = ["NET_SOURCES", "NetUse", "net_uses", "state_for", "tests_of"]

#: Where a solver's train net can come from; Caffe takes one of these.
NET_SOURCES = ("net", "net_param", "train_net", "train_net_param")


class NetUse(NamedTuple):
    """One net that Caffe makes for a solver."""

    field: tuple[Union[str, int], ...]
    """Where the solver says so: ``("net",)``, ``("test_net", 0)``, ``("net_param",)``."""

    name: str
    """The file; empty for a net that stands in the solver itself."""

    message: Optional[Any]
    """The NetParameter that stands in the solver itself; None for a file's."""

    phase: str
    """TRAIN for the net that is trained, TEST for one that tests."""

    given: Optional[Any]
    """The solver's ``train_state`` or ``test_state`` for it; None where there is none."""


def tests_of(solver: Any) -> int:
    """Return how many test nets Caffe makes: as many as ``test_iter`` says, where one net serves both."""
    named = len(solver.test_net) + len(solver.test_net_param)
    if is_given(solver, "net") or is_given(solver, "net_param"):
        return max(named, len(solver.test_iter))
    return named


def net_uses(solver: Any) -> list[NetUse]:
    """Return the nets that Caffe makes, in its order."""
    uses = []
    for name in NET_SOURCES:
        if solver.HasField(name):
            state = solver.train_state if solver.HasField("train_state") else None
            uses.append(_use(solver, (name,), "TRAIN", state))
    tests: list[tuple[Union[str, int], ...]] = []
    tests += [("test_net_param", index) for index in range(len(solver.test_net_param))]
    tests += [("test_net", index) for index in range(len(solver.test_net))]
    for name in ("net_param", "net"):
        if solver.HasField(name):
            tests += [(name,)] * (len(solver.test_iter) - len(tests))
    for index, field in enumerate(tests):
        state = solver.test_state[index] if index < len(solver.test_state) else None
        uses.append(_use(solver, field, "TEST", state))
    return uses


def _use(solver: Any, field: tuple[Union[str, int], ...], phase: str, given: Optional[Any]) -> NetUse:
    value = getattr(solver, str(field[0]))
    if len(field) > 1:
        value = value[field[1]]
    is_file = isinstance(value, str)
    return NetUse(field, value if is_file else "", None if is_file else value, phase, given)


def state_for(use: NetUse, net: Optional[Any]) -> State:
    """Return the state in which Caffe builds a net for a solver.

    The solver's own phase is the weakest: a ``state`` in the net overrules it, and the solver's
    ``train_state`` or ``test_state`` overrules both. Stages add up.

    Parameters
    ----------
    use : NetUse
        What the solver makes of the net.
    net : NetParameter, optional
        The net; None where it could not be read.

    Returns
    -------
    State
        Without the net's own stages, which are added wherever it is built.
    """
    phase, stages, level = use.phase, (), 0
    own = net.state if net is not None and net.HasField("state") else None
    for state in (own, use.given):
        if state is None:
            continue
        if state.HasField("phase"):
            phase = PHASES[state.phase]
        if state.HasField("level"):
            level = state.level
    if use.given is not None:
        stages = tuple(use.given.stage)
    return State(phase, stages, level)
