"""Two layers of one name, of which one has weights.

Caffe takes layers of one name. Their weights are all saved; when they are loaded, everything the file has
under that name goes into the first of them, the last of the file's winning, and the others keep what their
fillers made. Where the blobs differ in shape, loading ends.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer {
      name: "fc" type: "InnerProduct" bottom: "data" top: "one"
      inner_product_param { num_output: 3 }
    }
    layer {
      name: "fc" type: "InnerProduct" bottom: "one" top: "two"
      inner_product_param { num_output: 3 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
    layer {
      name: "fc1" type: "InnerProduct" bottom: "data" top: "one"
      inner_product_param { num_output: 3 }
    }
    layer {
      name: "fc2" type: "InnerProduct" bottom: "one" top: "two"
      inner_product_param { num_output: 3 }
    }

Source
------
``Net::CopyTrainedLayersFrom`` looks for the first layer of the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W322"
NAME = "repeated-layer-name"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("repeated-name",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each layer whose name another layer before it has, where one of the two has weights."""
    layers = subject.graph.layers
    if len({layer.name for layer in layers}) == len(layers):
        return
    first: dict[str, Any] = {}
    for layer in layers:
        if not layer.name or layer.is_split:
            continue
        before = first.setdefault(layer.name, layer)
        if before is layer or not (layer.params or before.params):
            continue
        if layer.params and before.params:
            effect = "the weights of both are loaded into the first"
        elif layer.params:
            effect = f"its weights cannot be loaded: the {before.type} layer, which has none, is found first"
        else:
            effect = "loading the weights that a net like this has saved ends Caffe"
        yield Report(
            f"the {before.type} layer before it has the name {layer.name!r}, too: {effect}",
            ("layer", layer.source, "name"),
            "give each layer a name of its own",
            layer=layer.name,
        )
