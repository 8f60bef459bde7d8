"""A deploy net holds a layer that only training keeps.

A deploy net is loaded in phase TEST. Layers that stand in phase TRAIN alone are dropped by Caffe, and taken
by the many tools that read deploy nets without looking at phases.

Fails
-----
    # deploy.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer {
      name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } }
      include { phase: TRAIN }
    }

Passes
------
    # deploy.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }

Source
------
``Net::FilterNet``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.graph.phases import keeps

CODE = "W304"
NAME = "train-only-in-deploy"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("deploy", "phases")


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the layers of a file that is called a deploy net, and that no graph of phase TEST has."""
    if subject.role != "deploy":
        return
    tests = [state for state in subject.graphs if state.phase == "TEST"]
    for index, layer in enumerate(subject.upgraded.message.layer):
        if not (layer.include or layer.exclude) or not tests:
            continue
        if not any(keeps(layer, state) for state in tests):
            yield Report(
                "a deploy net is loaded in phase TEST, which leaves this layer out",
                ("layer", index),
                "take it out of the deploy net",
                layer=layer.name,
            )
