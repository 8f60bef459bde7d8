"""Caffe's own layers as forks changed them.

Where a field is set that the fork gave them, the shapes are unknown; the fork's own fillers are taken.
"""

from __future__ import annotations

from typing import Any

from netgen.graph.setup import convolution, dense, joining, losses, normalization, pooling, reshaping
from netgen.graph.setup.kinds import LayerType, Made, Rule, Setup

__all__ = ["changed_types"]

_PLAIN: dict[str, LayerType] = {
    **convolution.TYPES,
    **dense.TYPES,
    **joining.TYPES,
    **normalization.TYPES,
    **pooling.TYPES,
    **reshaping.TYPES,
}

_CONVOLUTION, _NORM = "convolution_param", "batch_norm_param"

# For each schema and layer type the message, and the fields in it that have a say in the shapes.
_CHANGED: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "mobilenet-ssd": {
        "Convolution": (_CONVOLUTION, ("tf_pad",)),
        "Deconvolution": (_CONVOLUTION, ("tf_pad",)),
    },
    "tsn": {
        "Convolution": (_CONVOLUTION, ("dilation_h", "dilation_w")),
        "Deconvolution": (_CONVOLUTION, ("dilation_h", "dilation_w")),
        "Reduction": ("reduction_param", ("k",)),
    },
    "denseblock": {"BatchNorm": (_NORM, ("scale_filler", "bias_filler"))},
    "nvidia": {"Pooling": ("pooling_param", ("torch_pooling",))},
    "intel": {
        "BatchNorm": (_NORM, ("use_weight_bias", "bias_term", "filler", "bias_filler")),
        "Pooling": ("pooling_param", ("pad_3d", "kernel_size_3d", "stride_3d", "axis")),
        "Reshape": ("reshape_param", ("pixelshuffler",)),
    },
    "caffe-windows": {
        "BatchNorm": (_NORM, ("scale_filler", "bias_filler")),
        "Convolution": (_CONVOLUTION, ("shape_offset",)),
        "Deconvolution": (_CONVOLUTION, ("shape_offset",)),
    },
    "cambricon": {
        "Convolution": (_CONVOLUTION, ("same_mode",)),
        "Pooling": ("pooling_param", ("ceil_mode",)),
    },
    "synopsys": {
        "Convolution": (_CONVOLUTION, ("shape_offset",)),
        "Deconvolution": (_CONVOLUTION, ("shape_offset",)),
        "Eltwise": ("eltwise_param", ("axis",)),
        "PriorBox": ("prior_box_param", ("faceboxes", "keras", "box_width")),
        "Interp": ("interp_param", ("full_zoom_factor",)),
    },
}


# The fillers that each has on top of Caffe's, and the layers that fill weights and biases.
_FILLERS: dict[str, frozenset[str]] = {
    "spatial-transformer": frozenset({"file"}),
    "flownet2": frozenset({"diagonal"}),
    "c3d": frozenset({"identity"}),
    "nvidia": frozenset(
        f"{name}static" for name in ("bilinear", "gaussian", "msra", "positive_unitball", "uniform", "xavier")
    ),
    "intel": frozenset({"gabor"}),
    "caffe-windows": frozenset({"gaussian_unitball", "identity"}),
    "synopsys": frozenset({"diagonal"}),
}
_FILLED = {
    "Convolution": _CONVOLUTION,
    "Deconvolution": _CONVOLUTION,
    "InnerProduct": "inner_product_param",
    "Embed": "embed_param",
}


def _given(param: Any, field: str) -> bool:
    value = getattr(param, field)
    return len(value) > 0 if hasattr(value, "append") else bool(param.HasField(field))


def _unless(rule: Rule, message: str, fields: tuple[str, ...]) -> Rule:
    def found(setup: Setup) -> Made:
        param = getattr(setup.layer, message)
        if any(_given(param, field) for field in fields):
            return Made((None,) * setup.ntop, None)
        return rule(setup)

    return found


def _filling(rule: Rule, message: str, fillers: frozenset[str]) -> Rule:
    def found(setup: Setup) -> Made:
        param = getattr(setup.layer, message)
        own = [name for name in ("weight_filler", "bias_filler") if getattr(param, name).type in fillers]
        if own:
            layer = type(setup.layer)()
            plain = getattr(layer, message)
            plain.CopyFrom(param)
            for name in own:
                plain.ClearField(name)
            setup = setup._replace(layer=layer)
        return rule(setup)

    return found


def _unknown(setup: Setup) -> Made:
    return Made((None,) * setup.ntop)


def _scalar(setup: Setup) -> Made:
    del setup
    return Made(((),))


def changed_types(schema_name: str, known: dict[str, LayerType]) -> dict[str, LayerType]:
    """Return a fork's rules with those for Caffe's layers that it changed.

    Parameters
    ----------
    schema_name : str
        The fork's.
    known : dict of str to LayerType
        The rules that there are for it.
    """
    made = dict(known)
    for name, (message, fields) in _CHANGED.get(schema_name, {}).items():
        kind = known[name] if name in known else _PLAIN[name]
        made[name] = kind._replace(rule=_unless(kind.rule, message, fields))
    fillers = _FILLERS.get(schema_name)
    if fillers is not None:
        for name, message in _FILLED.items():
            kind = made[name] if name in made else _PLAIN[name]
            made[name] = kind._replace(rule=_filling(kind.rule, message, fillers))
    if schema_name == "greentea":  # its windows have any number of axes
        made["Pooling"] = _PLAIN["Pooling"]._replace(rule=_unknown)
        made["MemoryData"] = LayerType(_unknown, exact_bottoms=0, min_tops=1, max_tops=2)
        made["EuclideanLoss"] = losses.TYPES["EuclideanLoss"]._replace(
            exact_bottoms=None, min_bottoms=2, max_bottoms=3, rule=_scalar
        )
    return made
