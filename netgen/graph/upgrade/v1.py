"""V1 layers to V2: ``layers { type: CONVOLUTION }``, and how data layers prepare pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from netgen.graph.upgrade.records import Path, UpgradeProblem, UpgradeWarning

__all__ = ["MOVED", "TYPES", "origin", "reader_of", "upgrade"]

#: Each V1 type's name in V2 (``UpgradeV1LayerType``).
TYPES: Mapping[str, str] = {
    "NONE": "",
    "ABSVAL": "AbsVal",
    "ACCURACY": "Accuracy",
    "ARGMAX": "ArgMax",
    "BNLL": "BNLL",
    "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss",
    "CONVOLUTION": "Convolution",
    "DATA": "Data",
    "DECONVOLUTION": "Deconvolution",
    "DROPOUT": "Dropout",
    "DUMMY_DATA": "DummyData",
    "ELTWISE": "Eltwise",
    "EUCLIDEAN_LOSS": "EuclideanLoss",
    "EXP": "Exp",
    "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "HINGE_LOSS": "HingeLoss",
    "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData",
    "INFOGAIN_LOSS": "InfogainLoss",
    "INNER_PRODUCT": "InnerProduct",
    "LRN": "LRN",
    "MEMORY_DATA": "MemoryData",
    "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
    "MVN": "MVN",
    "POOLING": "Pooling",
    "POWER": "Power",
    "RELU": "ReLU",
    "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
    "SILENCE": "Silence",
    "SLICE": "Slice",
    "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "SPLIT": "Split",
    "TANH": "TanH",
    "THRESHOLD": "Threshold",
    "WINDOW_DATA": "WindowData",
}

# The layers whose own message once said how to prepare pictures.
_READERS: Mapping[str, str] = {
    "DATA": "data_param",
    "IMAGE_DATA": "image_data_param",
    "WINDOW_DATA": "window_data_param",
}
#: What of that moved to ``transform_param`` (``UpgradeNetDataTransformation``).
MOVED = ("scale", "mean_file", "crop_size", "mirror")

# What became part of ParamSpec, in the order in which Caffe sets it.
_SPECS: Mapping[str, str] = {
    "param": "name",
    "blob_share_mode": "share_mode",
    "blobs_lr": "lr_mult",
    "weight_decay": "decay_mult",
}
# kendryte-caffe gave V1 layers this message, and its upgrade does not know of it.
_LEFT_OUT = "reverse_param"
_REPEATED = frozenset({"bottom", "top", "include", "exclude", "blobs", "loss_weight"})


class _Classes(NamedTuple):
    """What the messages of one schema have: other Caffes than BVLC's may have more."""

    types: Mapping[int, str]
    """The names of the V1 types by number."""

    params: frozenset[str]
    """The parameter messages that V1 and V2 layers have in common."""

    @classmethod
    def of(cls, net: Any) -> _Classes:
        old = net.fields_by_name["layers"].message_type
        new = net.fields_by_name["layer"].message_type.fields_by_name
        return cls(
            {value.number: value.name for value in old.fields_by_name["type"].enum_type.values},
            frozenset(
                field.name
                for field in old.fields
                if field.message_type is not None
                and field.name != _LEFT_OUT
                and field.name in new
                and new[field.name].message_type is field.message_type
            ),
        )

    def reader(self, layer: Any) -> str:
        """Return the name of the message of a layer that reads pictures, '' for any other layer."""
        return _READERS.get(self.types.get(layer.type, ""), "")


_classes = lru_cache(maxsize=16)(_Classes.of)


def upgrade(
    net: Any, kept: Sequence[int], warnings: list[UpgradeWarning], problems: list[UpgradeProblem]
) -> Any:
    """Make a V2 net of a V1 net.

    Parameters
    ----------
    net : NetParameter
        Without any V0 layer. Not changed.
    kept : sequence of int
        For each layer its index in the file.
    warnings, problems : list
        Get what Caffe says.

    Returns
    -------
    NetParameter
        The same net with ``layer`` for ``layers``.

    Notes
    -----
    Caffe's ``UpgradeNetDataTransformation`` and ``UpgradeV1Net``.
    """
    classes = _classes(net.DESCRIPTOR)
    made = type(net)()
    for field, value in net.ListFields():
        if field.name in ("layer", "layers"):
            continue
        if field.message_type is None and not hasattr(value, "MergeFrom"):
            setattr(made, field.name, value)
        else:
            getattr(made, field.name).MergeFrom(value)
    transforming = _has_old_transforms(net, classes)
    for index, old in zip(kept, net.layers):
        layer = made.layer.add()
        _upgrade_layer(old, layer, classes, ("layers", index), warnings, problems)
        if transforming:
            _move_transform(classes.reader(old), layer, ("layers", index), warnings)
    return made


def _upgrade_layer(
    old: Any,
    layer: Any,
    classes: _Classes,
    place: Path,
    warnings: list[UpgradeWarning],
    problems: list[UpgradeProblem],
) -> None:
    """Fill a V2 layer from a V1 one (``UpgradeV1LayerParameter``)."""
    params, types = classes.params, classes.types
    for field, value in old.ListFields():
        name = field.name
        if name in _REPEATED:
            getattr(layer, name).extend(value)
        elif name in params:
            getattr(layer, name).CopyFrom(value)
        elif name in _SPECS:
            while len(layer.param) < len(value):
                layer.param.add()
            for spec, one in zip(layer.param, value):
                setattr(spec, _SPECS[name], one)
        elif name == "name":
            layer.name = value
        elif name == "type":
            kind = types.get(value, str(value))
            layer.type = TYPES.get(kind, kind)
            if kind not in TYPES:
                problems.append(_unknown_type(kind, value, old.name, place))
        else:
            warnings.append(
                UpgradeWarning(
                    f"Caffe leaves {name} out of a layer written with layers",
                    (*place, name),
                    "dropped",
                    mend="write the layer as layer { ... } with its type in quotes",
                )
            )


def _unknown_type(kind: str, number: int, name: str, place: Path) -> UpgradeProblem:
    return UpgradeProblem(
        f"unknown layer type {kind} ({number}): Caffe's parser knows it, and its upgrade of layers does not",
        "type",
        (*place, "type"),
        name,
        mend="write the layer as layer { ... } with its type in quotes",
    )


def reader_of(layer: Any) -> str:
    """Return the name of the message of a V1 layer that reads pictures, '' for any other layer."""
    kinds = layer.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number
    return _READERS.get(kinds[layer.type].name, "")


def _has_old_transforms(net: Any, classes: _Classes) -> bool:
    """Tell whether any layer of the net prepares pictures in the old way (``NetNeedsDataUpgrade``)."""
    return any(
        any(getattr(layer, name).HasField(moved) for moved in MOVED)
        for layer in net.layers
        for name in (classes.reader(layer),)
        if name
    )


def _move_transform(name: str, layer: Any, place: Path, warnings: list[UpgradeWarning]) -> None:
    if not name:
        return
    source, target = getattr(layer, name), layer.transform_param
    # Caffe makes both messages, also where nothing is moved.
    source.SetInParent()
    target.SetInParent()
    for moved in MOVED:
        if not source.HasField(moved):
            continue
        if target.HasField(moved) and getattr(target, moved) != getattr(source, moved):
            warnings.append(
                UpgradeWarning(
                    f"{moved} stands in {name} and in transform_param; Caffe takes the one in {name}",
                    (*place, "transform_param", moved),
                    "dropped",
                    mend=f"give {moved} once, in transform_param",
                )
            )
        setattr(target, moved, getattr(source, moved))
        source.ClearField(moved)


def origin(old: Any, rest: Sequence[Any]) -> Path:
    """Return where a part of a V2 layer stands in the V1 layer that it was made of.

    Parameters
    ----------
    old : V1LayerParameter
        The original; for a V0 net, which names its fields in yet another way, the answer speaks of V1 still.
    rest : sequence of str and int
        The path from the V2 layer down.

    Returns
    -------
    tuple of str and int
        The path from the original layer down.
    """
    if not rest:
        return ()
    if rest[0] == "param":
        return _origin_of_spec(old, rest)
    if len(rest) > 1 and rest[0] == "transform_param" and rest[1] in MOVED and not old.HasField("layer"):
        name = reader_of(old)
        if name and getattr(old, name).HasField(rest[1]):
            return (name, rest[1])
    return tuple(rest)


def _origin_of_spec(old: Any, rest: Sequence[Any]) -> Path:
    source = old.layer if old.HasField("layer") else old
    index = rest[1] if len(rest) > 1 else 0
    wanted = [name for name, new in _SPECS.items() if rest[2:3] == (new,)] or list(_SPECS)
    for name in wanted:
        if len(getattr(source, name, ())) > index:
            return (name, index)
    return ()
