"""A deploy net reads its data from files.

A deploy net is fed by a program, through an Input layer. A data layer opens its source when the net is
loaded: on another machine, where the training data is not, Caffe ends.

Fails
-----
    # deploy.prototxt
    layer {
      name: "data" type: "MemoryData" top: "data" top: "label"
      memory_data_param { batch_size: 1 channels: 3 height: 8 width: 8 }
    }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
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
The data layers' ``DataLayerSetUp`` opens the source.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_deployed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W302"
NAME = "data-source-in-deploy"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Data", "HDF5Data", "HDF5Output", "ImageData", "MemoryData", "WindowData")
TRAITS = ("deploy",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the layers of a deploy net that read, or write, files."""
    if not is_deployed(subject):
        return
    for layer in subject.graph.by_type(*TYPES):
        writes = layer.type == "HDF5Output"
        yield Report(
            f"{layer.type} {'writes' if writes else 'feeds'} a deploy net"
            f" {'to a file' if writes else 'that a program should feed'}",
            ("layer", layer.source, "type"),
            "leave it out" if writes else "put an Input layer in its place, with the data's shape",
            layer=layer.name,
        )
