"""A test net whose layers have weights of another shape than the train net's.

Before each test Caffe gives the layers of the test net the weights of the train net's layers of the same
name. Where their number or a shape differs it ends: at the first test, which by default is before the first
iteration.

Fails
-----
    train_net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_net: "wider.prototxt"
    test_iter: 10
    test_interval: 100

Passes
------
    train_net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_net: "test.prototxt"
    test_iter: 10
    test_interval: 100

Source
------
Caffe's ``Solver::Test`` and ``Net::ShareTrainedLayersWith``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.solver import built_nets, counted
from netgen.check.subjects import SolverSubject
from netgen.graph.shape import shown

CODE = "V114"
NAME = "solver-unlike-test-net"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    built = built_nets(subject)
    train = next((one.graph for one in built if one.use.phase == "TRAIN"), None)
    if train is None or train.problems:
        return
    for test in built:
        if test.use.phase != "TEST" or test.graph.problems:
            continue
        # Caffe goes through the train net's layers, and takes the first of each name in the test net.
        named = {layer.name: layer for layer in reversed(test.graph.layers)}
        for source in train.layers:
            target = named.get(source.name)
            if target is None or source.params is None or target.params is None:
                continue
            said = _unlike(source, target)
            if said:
                yield Report(
                    f"layer {source.name!r} {said}: Caffe ends at the first test, when the test net is to"
                    " have the train net's weights",
                    test.use.field,
                    "give layers of one name the same parameters in both nets",
                    layer=source.name,
                    phase="TEST",
                )


def _unlike(source: Any, target: Any) -> str:
    """Return what the weights of two layers differ in, '' where they do not."""
    if len(source.params) != len(target.params):
        had, has = len(source.params), len(target.params)
        return f"has {counted(had, 'parameter blob')} in the train net and {has or 'no'} in the test net"
    for index, (had, has) in enumerate(zip(source.params, target.params)):
        if had is not None and has is not None and tuple(had) != tuple(has):
            return (
                f"has parameter {index} of {shown(had)} in the train net and of {shown(has)} in the test net"
            )
    return ""
