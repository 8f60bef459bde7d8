"""The policies by which a learning rate falls (``SGDSolver::GetLearningRate``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netgen.check.solver.fields import has

__all__ = ["POLICIES", "known_policies"]

#: What each policy reads; Caffe takes 0 for what is not there.
POLICIES: Mapping[str, tuple[str, ...]] = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power", "max_iter"),
    "sigmoid": ("gamma", "stepsize"),
}

# What some forks have beside, by the field that came with it.
_OF_FORKS = {"plateau_winsize": "plateau", "stagelr": "multifixed"}


def known_policies(solver: Any) -> tuple[str, ...]:
    """Return the policies that the solver's Caffe knows."""
    return (*POLICIES, *(name for field, name in _OF_FORKS.items() if has(solver, field)))
