"""Layers of a test net that the train net does not have.

A test net takes its weights from the train net, layer by layer and by name. A layer with weights whose name
the train net does not have keeps those that it was given at first: what is tested was never trained.

Fails
-----
    train_net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"
    test_net: "renamed.prototxt"
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
Caffe's ``Net::ShareTrainedLayersWith``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.solver import built_nets
from netgen.check.subjects import SolverSubject
from netgen.errors import listed
from netgen.graph.net import NetGraph

CODE = "V216"
NAME = "solver-untrained-test-layer"
SEVERITY = "warning"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    built = built_nets(subject)
    train = next((one for one in built if one.use.phase == "TRAIN"), None)
    if train is None or train.graph.problems:
        return
    trained = {layer.name for layer in train.graph.layers}
    for test in built:
        # Of a net that serves both a rule for nets speaks.
        if test.use.phase != "TEST" or test.graph.problems or test.use.field == train.use.field:
            continue
        strange = [repr(layer.name) for layer in _untrained(test.graph, trained)]
        if strange:
            several = len(strange) > 1
            yield Report(
                f"the train net has no layer{'s' if several else ''} {listed(strange, 5)}: the test net's"
                f" {'are' if several else 'is'} tested untrained",
                test.use.field,
                "call the layers of the test net as those of the train net",
                phase="TEST",
            )


def _untrained(test: NetGraph, trained: set[str]) -> Iterator[Any]:
    """Yield the layers with weights that come neither from the train net nor from a layer whose do."""
    shared = {spec.name for layer in test.layers if layer.name in trained for spec in layer.message.param}
    for layer in test.layers:
        if layer.params and layer.name not in trained:
            names = [spec.name for spec in layer.message.param]
            if len(names) < len(layer.params) or not all(name and name in shared for name in names):
                yield layer
