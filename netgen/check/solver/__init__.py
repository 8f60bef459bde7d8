"""What Caffe knows of solvers: types, policies for the learning rate, and which nets a solver makes."""

from __future__ import annotations

from netgen.check.solver.built import BuiltNet, built_nets, nets_and_uses
from netgen.check.solver.fields import counted, give, has, is_given, unknown
from netgen.check.solver.nets import NET_SOURCES, NetUse, net_uses, state_for, tests_of
from netgen.check.solver.places import base_of, places
from netgen.check.solver.policies import POLICIES, known_policies
from netgen.check.solver.types import READ_BY, REGULARIZATIONS, kind_of, known_types, without_momentum

__all__ = [
    "NET_SOURCES",
    "POLICIES",
    "READ_BY",
    "REGULARIZATIONS",
    "BuiltNet",
    "NetUse",
    "base_of",
    "built_nets",
    "counted",
    "give",
    "has",
    "is_given",
    "kind_of",
    "known_policies",
    "known_types",
    "net_uses",
    "nets_and_uses",
    "places",
    "state_for",
    "tests_of",
    "unknown",
    "without_momentum",
]
