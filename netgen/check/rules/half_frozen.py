"""A layer's weights are frozen, and its bias is not.

``param`` counts by position: the first is for the weights, the second for the bias, and one that is not
written has ``lr_mult: 1``. A layer frozen with one ``param { lr_mult: 0 }`` still learns its bias.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      param { lr_mult: 0 }
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      param { lr_mult: 0 }
      param { lr_mult: 0 }
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "other" type: "InnerProduct" bottom: "score" top: "other"
      inner_product_param { num_output: 4 }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "other" bottom: "label" top: "loss" }

Source
------
``Net::Init`` takes a default ParamSpec for parameters beyond ``param_size``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training, specs
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W212"
NAME = "half-frozen"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Convolution", "Deconvolution", "InnerProduct", "Embed", "Scale")
TRAITS = ("train",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers of phase TRAIN whose weights have lr_mult 0 while their bias learns."""
    if not is_training(subject):
        return
    for layer in subject.graph.by_type(*TYPES):
        given = layer.message.param
        if not given or not layer.params or len(layer.params) != 2 or not layer.need_backward:
            continue
        weights, bias = specs(layer)
        if weights or not bias:
            continue
        said = f"lr_mult: {bias:g}" if len(given) > 1 else "lr_mult: 1, because it has no param of its own"
        yield Report(
            f"the weights are frozen with lr_mult: 0, and the bias learns with {said}",
            ("layer", layer.source, "param", len(given) - 1),
            "write a second param { lr_mult: 0 }" if len(given) < 2 else "write lr_mult: 0 into both",
            layer=layer.name,
        )
