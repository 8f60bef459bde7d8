"""A layer of the deploy net has other weights than the training net's layer of its name.

Where a caffemodel is loaded the blobs of layers of one name must be as many, and of the same shapes. Caffe
ends at the first that differs: a deploy net with another number of outputs, a kernel of another size, a
bias where there was none.

Fails
-----
    # train.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

    # deploy.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 5 }
    }

Passes
------
    # train.prototxt
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

    # deploy.prototxt
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
from netgen.check.subjects import RunSubject
from netgen.check.weights.pairs import pairs

CODE = "W311"
NAME = "weights-do-not-fit"
SEVERITY = "warning"
SCOPE = "run"


def check(subject: RunSubject) -> Iterator[Report]:
    """Report the layers of deploy nets that cannot take the training net's weights."""
    for pair in pairs(subject.files):
        for misfit in pair.match.misfits:
            yield Report(
                f"its weights are not those of the training net {pair.source.path}: {misfit.reason}",
                ("layer", misfit.layer.source),
                "make the two layers alike, or give the layer another name to leave its weights out",
                layer=misfit.layer.name,
                file=pair.file.path,
            )
