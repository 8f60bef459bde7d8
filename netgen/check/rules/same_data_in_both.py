"""A net is tested on the data that it is trained on.

A file for training and testing has a data layer for each phase. Where one layer has no ``include`` rule, or
both name the same source, the accuracy that the solver prints is that on the training data.

Fails
-----
    layer {
      name: "data" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param { source: "train.txt" batch_size: 2 }
      include { phase: TRAIN }
    }
    layer {
      name: "data" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param { source: "train.txt" batch_size: 1 }
      include { phase: TEST }
    }

Passes
------
    layer {
      name: "data" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param { source: "train.txt" batch_size: 2 }
      include { phase: TRAIN }
    }
    layer {
      name: "data" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param { source: "test.txt" batch_size: 1 }
      include { phase: TEST }
    }

Source
------
``Net::FilterNet``; the data layers open what ``source`` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W425"
NAME = "same-data-in-both"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("phases", "train")

_PARAMS = {
    "Data": "data_param",
    "HDF5Data": "hdf5_data_param",
    "ImageData": "image_data_param",
    "WindowData": "window_data_param",
}


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the sources of a file that its TRAIN and its TEST net both read, if they are two nets."""
    if subject.role != "train" or len({id(graph) for graph in subject.graphs.values()}) < 2:
        return
    trained: dict[tuple[str, str], Any] = {}
    for graph in subject.graphs.values():
        if graph.state.phase == "TRAIN":
            for layer in graph.by_type(*_PARAMS):
                trained.setdefault(_source(layer), layer)
    said = set()
    for graph in subject.graphs.values():
        if graph.state.phase != "TEST":
            continue
        for layer in graph.by_type(*_PARAMS):
            kind, source = key = _source(layer)
            if not source or key not in trained or layer.source in said:
                continue
            said.add(layer.source)
            same = trained[key].source == layer.source
            yield Report(
                f"phase TEST reads {source!r}, which phase TRAIN reads, too",
                ("layer", layer.source, _PARAMS[kind], "source"),
                "give the layer include { phase: TRAIN }, and TEST one of its own"
                if same
                else "give phase TEST data that is not trained on",
                layer=layer.name,
            )


def _source(layer: Any) -> tuple[str, str]:
    return layer.type, getattr(layer.message, _PARAMS[layer.type]).source
