"""A layer in place changes a blob that others read under another name.

Reshape, Flatten and Split copy nothing: their tops are the same numbers as their bottom, under another
name. A layer that then works on such a top in place changes the bottom, too, and with it what the bottom's
other readers get, and what they need to go backward.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 4 kernel_size: 3 }
    }
    layer { name: "flat" type: "Flatten" bottom: "conv" top: "flat" }
    layer { name: "relu" type: "ReLU" bottom: "flat" top: "flat" }
    layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "conv" type: "Convolution" bottom: "data" top: "conv"
      convolution_param { num_output: 4 kernel_size: 3 }
    }
    layer { name: "flat" type: "Flatten" bottom: "conv" top: "flat" }
    layer { name: "relu" type: "ReLU" bottom: "flat" top: "positive" }
    layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 } }

Source
------
``FlattenLayer``, ``ReshapeLayer`` and ``SplitLayer`` call ``ShareData``; so do Concat and Slice with one
bottom and one top.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from netgen.check.gradients import changes, shared_bottom
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W210"
NAME = "shared-memory"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Flatten", "Reshape", "Split", "Concat", "Slice")

# Readers looked at behind each layer in place: a net that was made to be slow must not be.
_FAR = 32


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers in place on a top that is its layer's bottom under another name, if others read that."""
    for layer in subject.graph.by_type(*TYPES):
        source = shared_bottom(layer)
        if source is None:
            continue
        tops = [blob for blob in layer.tops if blob is not source]
        if all(len(top.writers) < 2 for top in tops):
            continue
        readers = [(reader.index, reader, source) for reader in source.readers() if reader is not layer]
        readers += [(reader.index, reader, top) for top in tops for reader in top.readers()]
        readers.sort(key=lambda one: one[0])
        places = [index for index, _, _ in readers]
        for top in tops:
            for writer in top.writers[1:]:
                later = readers[bisect_right(places, writer.index) :][:_FAR]
                other = next((reader for _, reader, blob in later if blob is not top), None)
                if other is None or not changes(writer):
                    continue
                yield Report(
                    f"{layer.type} layer {layer.name!r} copies nothing: {top.name!r} and {source.name!r} are"
                    f" the same numbers, and {other.type} layer {other.name!r} gets them as this layer leaves"
                    " them",
                    ("layer", writer.source, "top", 0),
                    "give its top a name of its own",
                    layer=writer.name,
                    blob=top.name,
                )
