"""A solver file of any age as today's Caffe takes it: ``UpgradeSolverAsNeeded``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netgen.graph.upgrade.records import UpgradeProblem, UpgradeWarning
from netgen.graph.upgrade.upgraded import Upgraded

__all__ = ["SOLVER_TYPES", "upgrade_solver"]

#: Each type by its name in the old enum (``UpgradeSolverType``).
SOLVER_TYPES: Mapping[str, str] = {
    "SGD": "SGD",
    "NESTEROV": "Nesterov",
    "ADAGRAD": "AdaGrad",
    "RMSPROP": "RMSProp",
    "ADADELTA": "AdaDelta",
    "ADAM": "Adam",
}


def upgrade_solver(message: Any) -> Upgraded:
    """Bring a solver into Caffe's newest form, as Caffe does when it reads a file.

    Parameters
    ----------
    message : SolverParameter
        Of any Caffe's schema. It is not changed.

    Returns
    -------
    Upgraded
        With ``type`` for ``solver_type``; the message itself where there is no ``solver_type``. A path is the
        same in both but for that field.

    Notes
    -----
    Caffe's ``UpgradeSolverAsNeeded``. Nets that stand in the solver (``net_param`` and its like) are not
    upgraded: Caffe does not do that either, so that it never sees their ``layers`` and ``input``.
    """
    warnings: list[UpgradeWarning] = []
    problems: list[UpgradeProblem] = []
    if "solver_type" not in message.DESCRIPTOR.fields_by_name or not message.HasField("solver_type"):
        return Upgraded(message, message, warnings, problems)
    values = message.DESCRIPTOR.fields_by_name["solver_type"].enum_type.values_by_number
    old = values[message.solver_type].name
    kind = SOLVER_TYPES.get(old, old)
    if message.HasField("type"):
        problems.append(
            UpgradeProblem(
                f"the solver has both type and solver_type ({message.type!r} and {old}); Caffe takes one",
                "upgrade",
                ("solver_type",),
                mend="leave solver_type out",
            )
        )
    else:
        text = f"solver_type: {old} is the old way to write type: {kind!r}".replace("'", '"')
        warnings.append(UpgradeWarning(text, ("solver_type",), "deprecated", f'write type: "{kind}"'))
    made = type(message)()
    made.CopyFrom(message)
    made.ClearField("solver_type")
    if not problems:
        made.type = kind
    return Upgraded(message, made, warnings, problems)
