"""Which layer types Caffe registers, and which fields of LayerParameter each of them reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Optional

__all__ = ["BVLC", "fork", "layer_types", "spec_field", "spec_fields", "used_fields"]

_SUFFIX = "Parameter"

# The data layers that prefetch take the number of batches from data_param, whatever their own message is.
_PREFETCHING = ("transform_param", "data_param")

# BVLC's layer types, each with the fields that it reads beside the ones that all layers share (name, bottom,
# param, include ...).
BVLC: Mapping[str, tuple[str, ...]] = {
    "AbsVal": (),
    "Accuracy": ("accuracy_param",),
    "ArgMax": ("argmax_param",),
    "BNLL": (),
    "BatchNorm": ("batch_norm_param",),
    "BatchReindex": (),
    "Bias": ("bias_param",),
    "Clip": ("clip_param",),
    "Concat": ("concat_param",),
    "ContrastiveLoss": ("contrastive_loss_param",),
    "Convolution": ("convolution_param",),
    "Crop": ("crop_param",),
    "Data": ("data_param", "transform_param"),
    "Deconvolution": ("convolution_param",),
    "Dropout": ("dropout_param",),
    "DummyData": ("dummy_data_param",),
    "ELU": ("elu_param",),
    "Eltwise": ("eltwise_param",),
    "Embed": ("embed_param",),
    "EuclideanLoss": (),
    "Exp": ("exp_param",),
    "Filter": (),
    "Flatten": ("flatten_param",),
    "HDF5Data": ("hdf5_data_param",),
    "HDF5Output": ("hdf5_output_param",),
    "HingeLoss": ("hinge_loss_param",),
    "Im2col": ("convolution_param",),
    "ImageData": ("image_data_param", *_PREFETCHING),
    "InfogainLoss": ("infogain_loss_param", "loss_param", "softmax_param"),
    "InnerProduct": ("inner_product_param",),
    "Input": ("input_param",),
    "LRN": ("lrn_param",),
    "LSTM": ("recurrent_param",),
    "LSTMUnit": (),
    "Log": ("log_param",),
    "MVN": ("mvn_param",),
    "MemoryData": ("memory_data_param", "transform_param"),
    "MultinomialLogisticLoss": (),
    "PReLU": ("prelu_param",),
    "Parameter": ("parameter_param",),
    "Pooling": ("pooling_param",),
    "Power": ("power_param",),
    "Python": ("python_param",),
    "RNN": ("recurrent_param",),
    "ReLU": ("relu_param",),
    "Reduction": ("reduction_param",),
    "Reshape": ("reshape_param",),
    "SPP": ("spp_param",),
    "Scale": ("scale_param",),
    "Sigmoid": ("sigmoid_param",),
    "SigmoidCrossEntropyLoss": ("loss_param",),
    "Silence": (),
    "Slice": ("slice_param",),
    "Softmax": ("softmax_param",),
    "SoftmaxWithLoss": ("softmax_param", "loss_param"),
    "Split": (),
    "Swish": ("swish_param",),
    "TanH": ("tanh_param",),
    "Threshold": ("threshold_param",),
    "Tile": ("tile_param",),
    "WindowData": ("window_data_param", *_PREFETCHING),
}


def fork(name: str) -> dict[str, Any]:
    """Return what is said of a fork's layers: its JSON file in ``forks``."""
    import json  # most checks need neither this nor pathlib
    from pathlib import Path

    with (Path(__file__).with_name("forks") / f"{name}.json").open(encoding="utf-8") as file:
        told: dict[str, Any] = json.load(file)
    return told


@lru_cache(maxsize=1)
def _union() -> Mapping[str, tuple[str, ...]]:
    added = fork("kendryte")["layers"]
    return {**BVLC, **{name: tuple(fields) for name, fields in added.items()}}


def layer_types(*, bvlc: bool = False) -> tuple[str, ...]:
    """Return the names of the layer types that Caffe registers, sorted.

    Parameters
    ----------
    bvlc : bool
        Leave out the five that kendryte-caffe adds.

    Returns
    -------
    tuple of str
        BVLC's and kendryte-caffe's types. (kendryte-caffe has every one but ``Clip``.)
    """
    return tuple(sorted(BVLC if bvlc else _union()))


def used_fields(type_name: str) -> tuple[str, ...]:
    """Return the fields of LayerParameter that a type of layer reads for itself, its main one first.

    Parameters
    ----------
    type_name : str
        A layer type, such as ``SoftmaxWithLoss``.

    Returns
    -------
    tuple of str
        Such as ``("softmax_param", "loss_param")``; empty for a layer without parameters, and for a type that
        is not one of ``layer_types()``, of which nothing is known.
    """
    found = BVLC.get(type_name)
    return _union().get(type_name, ()) if found is None else found


def spec_field(type_name: str, layer_parameter: Any = None) -> Optional[str]:
    """Return the field to which NetSpec assigns a layer's bare keywords.

    It goes by names alone: the field whose message is called ``<type>Parameter``. A ``Deconvolution`` has
    none, although the layer reads ``convolution_param``: it must be written as
    ``L.Deconvolution(x, convolution_param=dict(...))``.

    Parameters
    ----------
    type_name : str
        A layer type, registered or not.
    layer_parameter : Descriptor, optional
        The descriptor of another Caffe's LayerParameter; netgen's own without it.

    Returns
    -------
    str or None
        Such as ``pooling_param`` for ``Pooling``.
    """
    if layer_parameter is None:
        from netgen.schema import caffe_pb2  # not before it is needed: a check uses one schema only

        layer_parameter = caffe_pb2.LayerParameter.DESCRIPTOR
    return spec_fields(layer_parameter).get(type_name)


@lru_cache(maxsize=8)
def spec_fields(layer_parameter: Any) -> dict[str, str]:
    """Return for each layer type the field that has its name, of a descriptor of LayerParameter."""
    return {
        field.message_type.name[: -len(_SUFFIX)]: field.name
        for field in layer_parameter.fields
        if field.name.endswith("_param") and field.message_type is not None
    }
