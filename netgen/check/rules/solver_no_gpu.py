"""Mode GPU for a Caffe that has none.

kendryte-caffe is built without CUDA. From Python it takes no notice of ``solver_mode``, and trains on the
CPU; Caffe's own program ends there. netgen says so where that Caffe is asked for by ``--schema kendryte``.

Fails
-----
    # netgen check --schema kendryte
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    solver_mode: GPU

Passes
------
    # netgen check --schema kendryte
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    solver_mode: CPU

Source
------
Caffe's ``train`` in tools/caffe.cpp, and ``Caffe::SetDevice`` with ``CPU_ONLY``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Replace
from netgen.check.report import Report
from netgen.check.subjects import SolverSubject

CODE = "V217"
NAME = "solver-no-gpu"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    solver = subject.message
    field = solver.DESCRIPTOR.fields_by_name["solver_mode"]
    if subject.options.schema != "kendryte" or not solver.HasField("solver_mode"):
        return
    if field.enum_type.values_by_number[solver.solver_mode].name == "GPU":
        yield Report(
            "solver_mode is GPU, and kendryte-caffe is built for the CPU alone",
            ("solver_mode",),
            "write solver_mode: CPU",
            fix=Fix((Replace(("solver_mode",), "CPU"),)),
        )
