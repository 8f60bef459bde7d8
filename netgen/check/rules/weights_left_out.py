"""A layer of the deploy net has weights, and the training net has no layer of its name.

A caffemodel holds the weights of the training net by its layers' names. Caffe gives them to the layers of
the same names and passes over all others without a word: a layer that was renamed on one side, or whose
name differs in case, runs with the numbers of its filler, which are all 0 where there is none.

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
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "more" type: "InnerProduct" bottom: "score" top: "more"
      inner_product_param { num_output: 4 }
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
``Net::CopyTrainedLayersFrom``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import RunSubject
from netgen.check.weights.pairs import meant, pairs

CODE = "W310"
NAME = "weights-left-out"
SEVERITY = "warning"
SCOPE = "run"


def check(subject: RunSubject) -> Iterator[Report]:
    """Report the layers of deploy nets that no caffemodel of the training net fills."""
    for pair in pairs(subject.files):
        for layer in pair.match.without:
            yield Report(
                f"the training net {pair.source.path} has no layer {layer.name!r}: its weights stay as the"
                " filler makes them",
                ("layer", layer.source, "name"),
                meant(layer.name, pair.match.ignored),
                layer=layer.name,
                file=pair.file.path,
            )
