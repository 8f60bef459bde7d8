"""The types of solvers, and what each of them reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netgen.check.solver.fields import has
from netgen.graph.upgrade import SOLVER_TYPES

__all__ = ["READ_BY", "REGULARIZATIONS", "kind_of", "known_types", "without_momentum"]

# These two have no momentum, and Caffe ends the process over one that is not 0.
_WITHOUT_MOMENTUM = ("AdaGrad", "RMSProp")

#: What Caffe knows to do with ``weight_decay``.
REGULARIZATIONS = ("L1", "L2")

#: Which types read a field; all others read what is not listed (each solver's ``ComputeUpdateValue``).
READ_BY: Mapping[str, tuple[str, ...]] = {
    "delta": ("AdaGrad", "RMSProp", "AdaDelta", "Adam"),
    "momentum2": ("Adam",),
    "rms_decay": ("RMSProp",),
}


def kind_of(solver: Any) -> str:
    """Return the solver's type, also where it is given by the old field."""
    if not has(solver, "solver_type") or not solver.HasField("solver_type"):
        return str(solver.type)
    field = solver.DESCRIPTOR.fields_by_name["solver_type"]
    old = str(field.enum_type.values_by_number[solver.solver_type].name)
    return SOLVER_TYPES.get(old, old)


def known_types(solver: Any) -> tuple[str, ...]:
    """Return the types that the solver's Caffe registers: a fork's are those of its enum too."""
    field = solver.DESCRIPTOR.fields_by_name.get("solver_type")
    more = (
        [] if field is None else [one.name for one in field.enum_type.values if one.name not in SOLVER_TYPES]
    )
    return (*SOLVER_TYPES.values(), *more)


def without_momentum(solver: Any) -> bool:
    """Tell whether the solver is of a type that Caffe refuses any momentum for."""
    return kind_of(solver) in _WITHOUT_MOMENTUM
