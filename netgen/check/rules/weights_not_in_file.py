"""A layer with weights gets none from the file that is to be loaded.

Caffe goes through the layers of a caffemodel and gives each one's blobs to the net's layer of the same
name. A layer of the net that the file does not have keeps what its filler made, and nothing is said.

Fails
-----
    # netgen check --weights trained.caffemodel
    # trained.caffemodel: InnerProduct "score" 4 x 3 and 4
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "Score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }

Passes
------
    # netgen check --weights trained.caffemodel
    # trained.caffemodel: InnerProduct "score" 4 x 3 and 4
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }

Source
------
``Net::CopyTrainedLayersFrom``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.check.weights.pairs import loads, meant

CODE = "W313"
NAME = "weights-not-in-file"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("weights",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the layers that get nothing from any of the files given with --weights."""
    found = list(loads(subject))
    if not found:
        return
    # Of several files each fills what it has.
    filled = [{layer.source for layer in load.match.without} for load in found]
    files = " and ".join(load.file.path for load in found)
    for layer in found[0].match.without:
        if all(layer.source in without for without in filled):
            ignored = [stored for load in found for stored in load.match.ignored]
            yield Report(
                f"{files} has no layer {layer.name!r}: its weights stay as the filler makes them",
                ("layer", layer.source, "name"),
                meant(layer.name, ignored),
                layer=layer.name,
            )
