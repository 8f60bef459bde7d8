"""A transformation of pictures where Caffe no longer looks for it.

``scale``, ``mean_file``, ``crop_size`` and ``mirror`` once stood in ``data_param`` and its like. Caffe moves
them to ``transform_param`` in layers of the old format alone; in a ``layer`` of today it takes no notice of
them: pictures come unscaled, whole, and with their mean.

Fails
-----
    name: "net"
    layer {
      name: "data" type: "Data" top: "data" top: "label"
      data_param { source: "pictures" batch_size: 4 backend: LMDB crop_size: 227 }
    }

Passes
------
    name: "net"
    layer {
      name: "data" type: "Data" top: "data" top: "label"
      transform_param { crop_size: 227 }
      data_param { source: "pictures" batch_size: 4 backend: LMDB }
    }

Source
------
Caffe's ``UpgradeNetDataTransformation`` and ``DataTransformer``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W431"
NAME = "ignored-transformation"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Data", "ImageData", "WindowData")
AFTER_FAULTS = "layer"

_PARAMS = {"Data": "data_param", "ImageData": "image_data_param", "WindowData": "window_data_param"}
_MOVED = ("scale", "mean_file", "crop_size", "mirror")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the old fields of layers that read pictures; those of old layers have been moved."""
    for layer in subject.graph.by_type(*TYPES):
        name = _PARAMS[layer.type]
        given = getattr(layer.message, name)
        for field in _MOVED:
            # WindowDataLayer::load_batch reads its own scale still.
            if given.HasField(field) and (layer.type, field) != ("WindowData", "scale"):
                yield Report(
                    f"Caffe takes no notice of {field} in {name}",
                    ("layer", layer.source, name, field),
                    f"move it to transform_param {{ {field}: ... }}",
                    layer=layer.name,
                )
