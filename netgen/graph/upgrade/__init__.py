"""A net file of any age as today's Caffe takes it: what ``UpgradeNetAsNeeded`` makes of a NetParameter.

Caffe has had three ways to write a layer (V0: ``layers { layer { type: "conv" } }``, V1: ``layers { type:
CONVOLUTION }``, V2: ``layer { type: "Convolution" }``), two for the inputs of a net, and two for the
preparation of pictures. It reads them all and turns them into the newest, step by step, before it looks at
anything else.
"""

from __future__ import annotations

from netgen.graph.upgrade.net import upgrade
from netgen.graph.upgrade.records import Path, UpgradeProblem, UpgradeWarning
from netgen.graph.upgrade.solver import SOLVER_TYPES, upgrade_solver
from netgen.graph.upgrade.upgraded import Upgraded

__all__ = [
    "SOLVER_TYPES",
    "Path",
    "UpgradeProblem",
    "UpgradeWarning",
    "Upgraded",
    "upgrade",
    "upgrade_solver",
]
