"""What a solver must not say: what the checker's rules say of it, and tests of a net that is not tested."""

from __future__ import annotations

from typing import Any

from netgen.check.rules import (
    solver_average_loss,
    solver_learning_rate,
    solver_never_tested,
    solver_no_iterations,
    solver_odd_number,
    solver_policy_fields,
    solver_policy_value,
    solver_refused_momentum,
    solver_rms_decay,
    solver_test_interval,
    solver_test_state_count,
    solver_train_net,
    solver_unknown_policy,
    solver_unknown_regularization,
    solver_unknown_type,
)
from netgen.check.settings import Settings
from netgen.check.solver import NET_SOURCES, counted
from netgen.check.subjects import SolverSubject
from netgen.errors import OptionError

__all__ = ["check_solver"]

# In Caffe's order: the nets, the type, the first step. Warnings too: nobody means these.
_NETS = (solver_train_net,)
_REST = (
    solver_test_state_count,
    solver_test_interval,
    solver_never_tested,
    solver_unknown_type,
    solver_refused_momentum,
    solver_rms_decay,
    solver_average_loss,
    solver_odd_number,
    solver_unknown_policy,
    solver_policy_value,
    solver_policy_fields,
    solver_unknown_regularization,
    solver_learning_rate,
    solver_no_iterations,
)


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
    subject = SolverSubject("", b"", Settings())
    subject.message = solver
    _ask(_NETS, subject)
    _check_tests(solver, tests)
    _ask(_REST, subject)


def _ask(rules: tuple[Any, ...], subject: SolverSubject) -> None:
    for rule in rules:
        for report in rule.check(subject):
            # A field is given as name=value on the command line.
            mend = report.mend and report.mend.replace(": VALUE", "=VALUE")
            raise OptionError(report.message, mend=mend)


def _check_tests(solver: Any, tests: int) -> None:
    """Refuse another number of tests than there are test nets, which a solver alone does not say."""
    given = len(solver.test_iter)
    if given == tests:
        return
    source = next(name for name in NET_SOURCES if solver.HasField(name))
    raise OptionError(
        f"test_iter has {counted(given, 'value')}, and the solver {counted(tests, 'test net')}",
        mend="give test_iter once for each test net"
        if tests
        else "write layers for phase TEST, or leave test_iter out"
        if source in ("net", "net_param")
        else f"{source} is a net for training alone: give net instead, or test_net beside it",
    )
