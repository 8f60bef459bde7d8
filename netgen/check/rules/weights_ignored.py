"""The file that is to be loaded has weights of layers that the net does not have.

Caffe passes over them with a line in the log ("Ignoring source layer"). That is as it should be for the
side branches of a training net; it is not where the net's layer was renamed. Said once for a file.

Fails
-----
    # netgen check --weights trained.caffemodel
    # trained.caffemodel: InnerProduct "score" 4 x 3 and 4
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "other" type: "InnerProduct" bottom: "data" top: "score"
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

from netgen.check.facts import several
from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.check.weights.pairs import loads

CODE = "W315"
NAME = "weights-ignored"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("weights",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the layers of the files given with --weights that the net does not have."""
    for load in loads(subject):
        ignored = [stored.name for stored in load.match.ignored]
        if ignored:
            yield Report(
                f"the net has no layers {several(ignored, 8)}: their weights in {load.file.path} are ignored",
                (),
                "nothing is wrong where these are side branches of training; else look at the layers' names",
            )
