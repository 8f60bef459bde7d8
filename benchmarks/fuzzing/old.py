"""Nets as they once were written: V1 (``layers { type: CONVOLUTION }``) and V0 (``layers { layer { } }``)."""

from __future__ import annotations

import random
import re
from typing import Any

from fuzzing.values import change_a_field, fill, filler, is_repeated

__all__ = ["as_v1", "random_v0"]

_V0_TYPES = (
    *("accuracy", "bnll", "concat", "conv", "dropout", "euclidean_loss", "flatten", "im2col", "innerproduct"),
    *(
        "lrn",
        "multinomial_logistic_loss",
        "pool",
        "relu",
        "sigmoid",
        "softmax",
        "softmax_loss",
        "split",
        "tanh",
    ),
)
_ODD_V0_TYPES = ("", "padding", "Convolution", "slice", "hinge_loss", "power", "infogain_loss", "window_data")
# The fields of a V0 layer that its type knows; another type's are an error.
_V0_FIELDS: dict[str, tuple[str, ...]] = {
    "conv": (
        "num_output",
        "biasterm",
        "weight_filler",
        "bias_filler",
        "pad",
        "kernelsize",
        "group",
        "stride",
    ),
    "innerproduct": ("num_output", "biasterm", "weight_filler", "bias_filler"),
    "pool": ("pad", "kernelsize", "stride", "pool"),
    "dropout": ("dropout_ratio",),
    "lrn": ("local_size", "alpha", "beta", "k"),
    "concat": ("concat_dim",),
}
_V1_NAMES = {"SoftmaxWithLoss": "SOFTMAX_LOSS", "HDF5Data": "HDF5_DATA", "HDF5Output": "HDF5_OUTPUT"}
_PLAIN = ("AbsVal", "ArgMax", "BNLL", "ELU", "LRN", "MVN", "PReLU", "ReLU", "TanH")


def _v1_name(layer_type: str) -> str:
    if layer_type in _V1_NAMES:
        return _V1_NAMES[layer_type]
    if layer_type in _PLAIN:
        return layer_type.upper()
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", layer_type).upper()


def as_v1(draw: random.Random, net: Any) -> None:
    """Write a net's layers in the V1 form, as far as it has what they say; inputs become the net's own."""
    layers = list(net.layer)
    copies = [type(layer).FromString(layer.SerializeToString()) for layer in layers]
    del net.layer[:]
    for layer in copies:
        if layer.type == "Input" and len(layer.input_param.shape) == len(layer.top):
            for top, shape in zip(layer.top, layer.input_param.shape):
                net.input.append(top)
                net.input_shape.add().CopyFrom(shape)
            continue
        old = net.layers.add()
        types = old.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_name
        name = _v1_name(layer.type)
        if name in types:
            old.type = types[name].number
        for field, value in layer.ListFields():
            other = old.DESCRIPTOR.fields_by_name.get(field.name)
            if field.name in ("type", "param") or other is None:
                continue
            if is_repeated(other):
                getattr(old, field.name).MergeFrom(value)
            elif other.message_type is not None:
                getattr(old, field.name).CopyFrom(value)
            else:
                setattr(old, field.name, value)
        for spec in layer.param:
            if spec.HasField("lr_mult") or draw.random() < 0.5:
                old.blobs_lr.append(spec.lr_mult)
            if draw.random() < 0.5:
                old.weight_decay.append(spec.decay_mult)
            if spec.name or draw.random() < 0.2:
                old.param.append(spec.name)
                if spec.HasField("share_mode"):
                    old.blob_share_mode.append(spec.share_mode)
    if net.layers and draw.random() < 0.1:
        change_a_field(draw, draw.choice(net.layers))


def random_v0(draw: random.Random, messages: Any) -> Any:
    """Make up a V0 net: a chain with some branches."""
    net = messages.NetParameter()
    net.input.append("data")
    net.input_dim.extend([draw.randint(1, 2), draw.randint(1, 4), draw.randint(6, 12), draw.randint(6, 12)])
    if draw.random() < 0.5:
        net.input.append("label")
        net.input_dim.extend([net.input_dim[0], 1, 1, 1])
    blobs = ["data"]
    for number in range(draw.randint(1, 6)):
        connection = net.layers.add()
        layer_type = draw.choice(_V0_TYPES) if draw.random() < 0.93 else draw.choice(_ODD_V0_TYPES)
        layer = connection.layer
        layer.name = f"{layer_type}{number}"
        layer.type = layer_type
        if layer_type == "conv" and draw.random() < 0.25:
            layer.name, layer.type = f"pad{number}", "padding"
            layer.pad = draw.randint(0, 3)
            connection.bottom.append(draw.choice(blobs[-2:]))
            connection.top.append(f"padded{number}")
            blobs.append(f"padded{number}")
            connection = net.layers.add()
            layer = connection.layer
            layer.name, layer.type = f"conv{number}", "conv" if draw.random() < 0.8 else "pool"
            connection.bottom.append(blobs[-1])
        else:
            connection.bottom.append(draw.choice(blobs[-2:]))
        _v0_fields(draw, layer)
        if "loss" in layer_type or layer_type == "accuracy":
            connection.bottom.append("label" if draw.random() < 0.9 else blobs[0])
            if draw.random() < 0.3:
                continue
        if layer_type == "concat":
            connection.bottom.append(draw.choice(blobs))
        in_place = layer_type in ("relu", "dropout", "tanh", "sigmoid") and draw.random() < 0.5
        top = connection.bottom[0] if in_place else f"b{number}"
        connection.top.append(top)
        if layer_type == "split" and draw.random() < 0.7:
            connection.top.append(f"b{number}_2")
        blobs.append(top)
    if draw.random() < 0.25:
        connection = draw.choice(net.layers)
        if draw.random() < 0.7:
            change_a_field(draw, connection.layer)
        elif draw.random() < 0.5:
            connection.bottom[0] = draw.choice(("nowhere", "data", "label"))
        else:
            change_a_field(draw, connection)
    if draw.random() < 0.03:
        fill(net, {"layer": [{"name": "new", "type": "ReLU", "bottom": ["data"], "top": ["new"]}]})
    return net


def _v0_fields(draw: random.Random, layer: Any) -> None:
    values: dict[str, Any] = {
        "num_output": draw.randint(1, 4),
        "biasterm": draw.random() < 0.5,
        "weight_filler": filler(draw, 2),
        "bias_filler": filler(draw, 1),
        "pad": draw.randint(0, 2),
        "kernelsize": draw.randint(1, 3),
        "group": 1,
        "stride": draw.randint(1, 2),
        "pool": draw.choice(("MAX", "AVE")),
        "dropout_ratio": 0.3,
        "local_size": draw.choice((1, 3, 5)),
        "alpha": 0.1,
        "beta": 0.75,
        "k": 2.0,
        "concat_dim": draw.choice((0, 1)),
    }
    needed = {"num_output", "kernelsize"}
    for field in _V0_FIELDS.get(layer.type, ()):
        if field in needed or draw.random() < 0.4:
            fill(layer, {field: values[field]})
    if draw.random() < 0.04:
        field = draw.choice(list(values))
        fill(layer, {field: values[field]})
    if layer.type in ("conv", "innerproduct") and draw.random() < 0.3:
        layer.blobs_lr.extend([1.0, 2.0][: draw.randint(1, 2)])
        layer.weight_decay.extend([1.0, 0.0][: draw.randint(1, 2)])
