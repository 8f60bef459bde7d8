"""A layer has other blobs than the file that is to be loaded.

Where a caffemodel has a layer of the net's name, their blobs must be as many and of the same shapes; Caffe
ends at the first that differs. Where the layer is to learn from the beginning, it needs another name.

Fails
-----
    # netgen check --weights trained.caffemodel
    # trained.caffemodel: InnerProduct "score" 4 x 3 and 4
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 5 }
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
``Net::CopyTrainedLayersFrom`` ("Incompatible number of blobs", "shape mismatch").
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.check.weights.pairs import loads

CODE = "W314"
NAME = "weights-file-does-not-fit"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("weights",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the layers on which loading the files given with --weights would end."""
    for load in loads(subject):
        for misfit in load.match.misfits:
            yield Report(
                f"Caffe ends on loading {load.file.path}: {misfit.reason}",
                ("layer", misfit.layer.source),
                "make the layer as it was; or, to train it anew, give it another name",
                layer=misfit.layer.name,
            )
