"""An old format in a net inside a solver, which Caffe does not see.

Caffe upgrades old formats when it reads a net's file. A net that stands in the solver itself is taken as it
is: its ``layers`` and ``input`` are passed over without a word.

Fails
-----
    net_param {
      input: "label"
      input_shape { dim: 1 }
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    }
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000

Passes
------
    net_param {
      layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    }
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000

Source
------
Caffe's ``Solver::InitTrainNet``, which does not call ``UpgradeNetAsNeeded``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import net_uses
from netgen.check.subjects import SolverSubject

CODE = "V215"
NAME = "solver-old-inline-net"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    seen = set()
    for use in net_uses(subject.message):
        if use.message is None or use.field in seen:
            continue
        seen.add(use.field)
        for name in ("layers", "input"):
            if len(getattr(use.message, name)):
                yield Report(
                    f"{name} is an old format, which Caffe upgrades in files alone: in {use.field[0]} it is"
                    " passed over",
                    (*use.field, name, 0),
                    "write it in today's form, or put the net into a file",
                )
