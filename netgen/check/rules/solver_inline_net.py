"""A net inside a solver that Caffe would not load.

A net can stand in the solver itself, as ``net_param``, ``train_net_param`` or ``test_net_param``. Caffe
builds it just as a file's, and ends on the same mistakes.

Fails
-----
    net_param {
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
      layer { name: "relu" type: "ReLU" bottom: "dat" top: "relu" }
    }
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000

Passes
------
    net_param {
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
      layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }
    }
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000

Source
------
Caffe's ``Solver::InitTrainNet`` and ``Solver::InitTestNets``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.solver import built_nets
from netgen.check.subjects import SolverSubject

CODE = "V115"
NAME = "solver-inline-net"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    said = set()
    for net in built_nets(subject):
        if net.use.message is None:
            continue
        for problem in net.graph.problems:
            inner = problem.field if problem.source is None else ("layer", problem.source, *problem.field)
            report = Report(
                problem.message,
                (*net.use.field, *inner),
                problem.mend,
                layer=problem.layer_name or None,
                phase=net.use.phase,
                blob=problem.blob,
            )
            if report not in said:
                said.add(report)
                yield report
