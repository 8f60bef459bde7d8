"""A field that Caffe's schema calls deprecated.

Caffe reads these still. ``concat_dim`` and ``slice_dim`` are ``axis`` without negative numbers;
``normalize`` of a loss is ``normalization``, which wins where both are given; ``num``, ``channels``,
``height`` and ``width`` of a DummyData are ``shape``; ``rand_skip`` of a database layer, and
``share_in_parallel`` of a Python layer, do nothing worth having; transformations of a data layer have gone
into ``transform_param``.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "slice" type: "Slice" bottom: "data" top: "a" top: "b" top: "c"
      slice_param { slice_dim: 1 }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "slice" type: "Slice" bottom: "data" top: "a" top: "b" top: "c" slice_param { axis: 1 } }

Source
------
The word DEPRECATED in BVLC's ``caffe.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.edits import Fix, Remove, Rename, Replace
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W403"
NAME = "deprecated-field"
SEVERITY = "warning"
SCOPE = "net"
TYPES = (
    "Concat",
    "Slice",
    "DummyData",
    "Data",
    "Python",
    "SoftmaxWithLoss",
    "SigmoidCrossEntropyLoss",
    "InfogainLoss",
)
AFTER_FAULTS = "layer"

_DATA = dict.fromkeys(("scale", "mean_file", "crop_size", "mirror"), "transform_param says it now")
_SHAPE = dict.fromkeys(("num", "channels", "height", "width"), "write shape { dim: ... } instead")
_PARTS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "Concat": (("concat_param", {"concat_dim": "axis says it now, and counts from the back, too"}),),
    "Slice": (("slice_param", {"slice_dim": "axis says it now, and counts from the back, too"}),),
    "DummyData": (("dummy_data_param", _SHAPE),),
    "Data": (("data_param", {"rand_skip": "each solver reads a part of its own now"}),),
    "Python": (("python_param", {"share_in_parallel": "nothing reads it any more"}),),
    **dict.fromkeys(
        ("SoftmaxWithLoss", "SigmoidCrossEntropyLoss", "InfogainLoss"),
        (("loss_param", {"normalize": "normalization says it now"}),),
    ),
}


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the deprecated fields of the layers that have some."""
    for layer in subject.graph.by_type(*TYPES):
        for part, fields in _PARTS[layer.type]:
            if not layer.message.HasField(part):
                continue
            given = getattr(layer.message, part)
            for field, _ in given.ListFields():
                if field.name in fields:
                    path = ("layer", layer.source, part, field.name)
                    yield Report(
                        f"{field.name} is deprecated",
                        path,
                        fields[field.name],
                        layer=layer.name,
                        fix=_fix(path, field.name, given),
                    )
                    if part == "dummy_data_param":
                        break  # one of the four speaks for all


def _fix(path: tuple[Any, ...], name: str, given: Any) -> Any:
    """Return the edit, where the new field says the very same."""
    if name in ("concat_dim", "slice_dim") and getattr(given, name) < 2**31:
        return Fix([Rename(path, "axis")])
    if name == "share_in_parallel":
        return Fix([Remove(path)])
    if name == "normalize" and not given.HasField("normalization"):
        return Fix(
            [Replace(path, "VALID" if given.normalize else "BATCH_SIZE"), Rename(path, "normalization")]
        )
    return None
