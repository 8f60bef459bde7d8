"""A layer with a ``phase`` of its own, which does not keep it out of the other.

``phase`` inside a layer is what the layer takes itself to run in: it goes before the net's own. It does not
decide where the layer stands; that is what ``include { phase: ... }`` is for. A Dropout with ``phase:
TEST`` drops nothing in training.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "drop" type: "Dropout" bottom: "data" top: "drop" phase: TRAIN }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "drop" type: "Dropout" bottom: "data" top: "drop" include { phase: TRAIN } }

Source
------
``Net::Init`` gives the net's phase to layers that have none; ``Net::FilterNet`` looks at the rules alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W424"
NAME = "phase-without-include"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("phases",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers that say a phase and stand in the other one, too."""
    graph = subject.graph
    phase = graph.state.phase
    for layer in graph.layers:
        if layer.phase == phase or layer.is_split:
            continue
        yield Report(
            f"the layer stands in phase {phase} and runs there as in {layer.phase}, which its phase says",
            ("layer", layer.source, "phase"),
            f"write include {{ phase: {layer.phase} }} to have it in {layer.phase} alone, or take it out",
            layer=layer.name,
        )
