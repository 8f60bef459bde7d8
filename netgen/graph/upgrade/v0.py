"""V0 layers to V1: ``layers { layer { type: "conv" kernelsize: 3 } bottom: ... }`` and its padding layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from netgen.errors import listed, nearest
from netgen.graph.upgrade.records import Path, UpgradeProblem, UpgradeWarning

__all__ = ["TYPES", "name_unknown_types", "origin", "upgrade"]

#: Each V0 type's name in V1 (``UpgradeV0LayerType``).
TYPES: Mapping[str, str] = {
    "accuracy": "ACCURACY",
    "bnll": "BNLL",
    "concat": "CONCAT",
    "conv": "CONVOLUTION",
    "data": "DATA",
    "dropout": "DROPOUT",
    "euclidean_loss": "EUCLIDEAN_LOSS",
    "flatten": "FLATTEN",
    "hdf5_data": "HDF5_DATA",
    "hdf5_output": "HDF5_OUTPUT",
    "im2col": "IM2COL",
    "images": "IMAGE_DATA",
    "infogain_loss": "INFOGAIN_LOSS",
    "innerproduct": "INNER_PRODUCT",
    "lrn": "LRN",
    "multinomial_logistic_loss": "MULTINOMIAL_LOGISTIC_LOSS",
    "pool": "POOLING",
    "relu": "RELU",
    "sigmoid": "SIGMOID",
    "softmax": "SOFTMAX",
    "softmax_loss": "SOFTMAX_LOSS",
    "split": "SPLIT",
    "tanh": "TANH",
    "window_data": "WINDOW_DATA",
}

# Which parameter message of V1 belongs to a V0 type that has any.
_PARAMS: Mapping[str, str] = {
    "conv": "convolution_param",
    "innerproduct": "inner_product_param",
    "pool": "pooling_param",
    "dropout": "dropout_param",
    "lrn": "lrn_param",
    "data": "data_param",
    "hdf5_data": "hdf5_data_param",
    "images": "image_data_param",
    "window_data": "window_data_param",
    "infogain_loss": "infogain_loss_param",
    "concat": "concat_param",
}

_READERS = ("data", "hdf5_data", "images", "window_data")

# Each V0 field: its name in the parameter message, and the types that have it. Caffe logs an error for any
# other type and goes on without the field (``UpgradeV0LayerParameter``).
_FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "num_output": ("num_output", ("conv", "innerproduct")),
    "biasterm": ("bias_term", ("conv", "innerproduct")),
    "weight_filler": ("weight_filler", ("conv", "innerproduct")),
    "bias_filler": ("bias_filler", ("conv", "innerproduct")),
    "pad": ("pad", ("conv", "pool")),
    "kernelsize": ("kernel_size", ("conv", "pool")),
    "group": ("group", ("conv",)),
    "stride": ("stride", ("conv", "pool")),
    "pool": ("pool", ("pool",)),
    "dropout_ratio": ("dropout_ratio", ("dropout",)),
    "local_size": ("local_size", ("lrn",)),
    "alpha": ("alpha", ("lrn",)),
    "beta": ("beta", ("lrn",)),
    "k": ("k", ("lrn",)),
    "source": ("source", (*_READERS, "infogain_loss")),
    "batchsize": ("batch_size", _READERS),
    "rand_skip": ("rand_skip", ("data", "images")),
    "shuffle_images": ("shuffle", ("images",)),
    "new_height": ("new_height", ("images",)),
    "new_width": ("new_width", ("images",)),
    "concat_dim": ("concat_dim", ("concat",)),
    "det_fg_threshold": ("fg_threshold", ("window_data",)),
    "det_bg_threshold": ("bg_threshold", ("window_data",)),
    "det_fg_fraction": ("fg_fraction", ("window_data",)),
    "det_context_pad": ("context_pad", ("window_data",)),
    "det_crop_mode": ("crop_mode", ("window_data",)),
}
# These go to transform_param whatever the layer's type is.
_TRANSFORM: Mapping[str, str] = {
    "scale": "scale",
    "meanfile": "mean_file",
    "cropsize": "crop_size",
    "mirror": "mirror",
}
_SAME = ("blobs", "blobs_lr", "weight_decay")

# What is kept of the net itself (``UpgradeV0Net``); input_shape, state and debug_info came later and are
# lost.
_KEPT = frozenset({"name", "layers", "input", "input_dim", "force_backward"})

_UNSIGNED = 0xFFFFFFFF


def upgrade(
    net: Any, warnings: list[UpgradeWarning], problems: list[UpgradeProblem]
) -> tuple[Any, list[int], dict[int, int]]:
    """Make a V1 net of one that has a V0 layer; nothing but names and blobs is kept of V1 layers in it.

    Parameters
    ----------
    net : NetParameter
        Not changed.
    warnings, problems : list
        Get what Caffe says.

    Returns
    -------
    tuple
        The V1 net; for each of its layers the index in ``net.layers``; by the index of a layer behind a
        padding layer the index of that.

    Notes
    -----
    Caffe's ``UpgradeV0Net``.
    """
    made = type(net)()
    if net.HasField("name"):
        made.name = net.name
    made.input.extend(net.input)
    made.input_dim.extend(net.input_dim)
    if net.HasField("force_backward"):
        made.force_backward = net.force_backward
    for field, value in net.ListFields():
        if field.name not in _KEPT:
            where: Path = (field.name, 0) if _is_repeated(value) else (field.name,)
            if field.name == "layer":
                # A path that begins with it would mean the layers that are made of these.
                where = ("layers", 0)
            warnings.append(
                UpgradeWarning(
                    f"{field.name} came after this way to write layers (layers {{ layer {{ ... }} }}): Caffe"
                    " takes no notice of it",
                    where,
                    "dropped",
                    mend="bring the layers into today's form, in which it counts",
                )
            )
    kept = []
    pads = _padding(net, problems)
    for index, connection in enumerate(net.layers):
        if connection.layer.type != "padding":
            kept.append(index)
            padding = net.layers[pads[index]] if index in pads else None
            _upgrade_layer(connection, index, padding, made.layers.add(), warnings, problems)
    return made, kept, pads


def _is_repeated(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def _padding(net: Any, problems: list[UpgradeProblem]) -> dict[int, int]:
    """Return, by a layer's index, the padding layer before it (``UpgradeV0PaddingLayers``)."""
    producers: dict[str, Optional[int]] = dict.fromkeys(net.input)
    pads: dict[int, int] = {}
    for index, connection in enumerate(net.layers):
        name, kind = connection.layer.name, connection.layer.type
        for number, blob in enumerate(connection.bottom):
            where: Path = ("layers", index, "bottom", number)
            if blob not in producers:
                near = nearest(blob, producers)
                problems.append(
                    UpgradeProblem(
                        f"unknown bottom blob {blob!r} (bottom {number})",
                        "bottom",
                        where,
                        name,
                        f"did you mean {near}?" if near else None,
                        blob,
                    )
                )
                continue
            producer = producers[blob]
            if producer is None or net.layers[producer].layer.type != "padding":
                continue
            padding = net.layers[producer]
            wrong = _wrong_padding(kind, connection, padding)
            if wrong:
                problems.append(UpgradeProblem(wrong, "upgrade", where, name, None, blob))
            else:
                pads[index] = producer
        for blob in connection.top:
            producers[blob] = index
    return pads


def _wrong_padding(kind: str, connection: Any, padding: Any) -> str:
    """Return what Caffe does not take about the use of a padding layer, '' where it takes it."""
    name = padding.layer.name
    if kind not in ("conv", "pool"):
        return f"is of type {kind!r} and takes a blob from padding layer {name!r}; only conv and pool may"
    if len(connection.bottom) != 1:
        return (
            f"takes {len(connection.bottom)} bottoms, one of them from padding layer {name!r}; Caffe takes 1"
        )
    if len(padding.bottom) != 1:
        return (
            f"takes a blob from padding layer {name!r}, which has {len(padding.bottom)} bottoms and needs 1"
        )
    if len(padding.top) != 1:
        return f"takes a blob from padding layer {name!r}, which has {len(padding.top)} tops and needs 1"
    return ""


def _upgrade_layer(
    connection: Any,
    index: int,
    padding: Optional[Any],
    made: Any,
    warnings: list[UpgradeWarning],
    problems: list[UpgradeProblem],
) -> None:
    """Fill a V1 layer from a V0 one (``UpgradeV0LayerParameter``)."""
    made.bottom.extend(connection.bottom if padding is None else padding.bottom)
    made.top.extend(connection.top)
    place: Path = ("layers", index)
    for field, _ in connection.ListFields():
        if field.name not in ("bottom", "top", "layer"):
            warnings.append(_not_in_a_v0_net(connection, field.name, place))
    if not connection.HasField("layer"):
        return
    layer = connection.layer
    if layer.HasField("name"):
        made.name = layer.name
    kind = layer.type
    if layer.HasField("type"):
        _set_type(layer, made, (*place, "layer", "type"), problems)
    given = {field.name: value for field, value in layer.ListFields()}
    if padding is not None:
        # Whatever the layer itself says; a padding layer that says nothing pads by 0.
        given["pad"] = padding.layer.pad
    for name, value in given.items():
        if name in ("name", "type"):
            continue
        if not _take(name, value, kind, made):
            warnings.append(
                UpgradeWarning(
                    f"Caffe does not know {name} in a layer of type {kind!r} and goes on without it",
                    (*place, "layer", name),
                    "refused" if name in _FIELDS or name == "hdf5_output_param" else "dropped",
                    mend=f"take {name} out of layer {layer.name!r}",
                )
            )


def _not_in_a_v0_net(connection: Any, name: str, place: Path) -> UpgradeWarning:
    if connection.HasField("layer"):
        text = f"{name} stands beside layer {{ ... }}, and Caffe takes no notice of it"
    else:
        text = (
            f"other layers of the net are of the oldest kind (layers {{ layer {{ ... }} }}), and then Caffe"
            f" takes no notice of {name} in this one, which is not"
        )
    return UpgradeWarning(text, (*place, name), "dropped", mend="write every layer in today's form")


def _set_type(layer: Any, made: Any, place: Path, problems: list[UpgradeProblem]) -> None:
    enum = made.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_name
    wanted = TYPES.get(layer.type)
    if wanted in enum:
        made.type = enum[wanted].number
        return
    # A padding layer is never asked: it is gone.
    near = nearest(layer.type, TYPES)
    problems.append(
        UpgradeProblem(
            f"unknown layer type {layer.type!r}; layers of the oldest kind have {listed(sorted(TYPES))}",
            "type",
            place,
            layer.name,
            f"did you mean {near}?" if near else None,
        )
    )


def name_unknown_types(net: Any, kept: Sequence[int], made: Any) -> None:
    """Give V2 layers whose type Caffe did not know that type, as the user wrote it.

    Caffe ends there; what is said of the net beyond that should be about the user's words.
    """
    for index, layer in zip(kept, made.layer):
        if not layer.HasField("type") and net.layers[index].layer.HasField("type"):
            layer.type = net.layers[index].layer.type


def _take(name: str, value: Any, kind: str, made: Any) -> bool:
    """Set what a V0 field says in a V1 layer; tell whether there is a place for it."""
    if name in _SAME:
        getattr(made, name).MergeFrom(value)
    elif name in _TRANSFORM:
        setattr(made.transform_param, _TRANSFORM[name], value)
    elif name == "hdf5_output_param" and kind == "hdf5_output":
        made.hdf5_output_param.CopyFrom(value)
    elif name in _FIELDS and kind in _FIELDS[name][1]:
        _set(getattr(made, _PARAMS[kind]), _FIELDS[name][0], value)
    else:
        return False
    return True


def _set(parameter: Any, name: str, value: Any) -> None:
    field = parameter.DESCRIPTOR.fields_by_name[name]
    if field.message_type is not None:
        getattr(parameter, name).CopyFrom(value)
        return
    if field.cpp_type == field.CPPTYPE_UINT32:
        # new_height and new_width were signed.
        value &= _UNSIGNED
    if _is_repeated(getattr(parameter, name)):
        getattr(parameter, name).append(value)
    else:
        setattr(parameter, name, value)


def origin(connection: Any, rest: Sequence[Any]) -> Path:
    """Return where a part of a V1 layer stands in the V0 layer that it was made of.

    Parameters
    ----------
    connection : V1LayerParameter
        The original, with its ``layer``.
    rest : sequence of str and int
        The path from the V1 layer down.

    Returns
    -------
    tuple of str and int
        The path from the original layer down.
    """
    if not rest or rest[0] in ("bottom", "top"):
        return tuple(rest)
    if not connection.HasField("layer"):
        return ()
    name = rest[0]
    if name in ("name", "type", "hdf5_output_param", *_SAME):
        return ("layer", *rest)
    if len(rest) > 1:
        if name == "transform_param":
            old = next((old for old, new in _TRANSFORM.items() if new == rest[1]), None)
            return ("layer", old) if old else ("layer",)
        kind = connection.layer.type
        for old, (new, kinds) in _FIELDS.items():
            if new == rest[1] and kind in kinds and _PARAMS[kind] == name:
                # One number has become a list of one, and a filler is a message still.
                return ("layer", old, *(part for part in rest[2:] if isinstance(part, str)))
    return ("layer",)
