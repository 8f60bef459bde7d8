"""Caffe's own layers with fields that a fork gave them: where such a field is set, the shapes are unknown."""

from __future__ import annotations

from typing import Any

from netgen.graph.setup import convolution, joining, losses, normalization, pooling, reshaping
from netgen.graph.setup.kinds import LayerType, Made, Rule, Setup

__all__ = ["changed_types"]

_PLAIN: dict[str, LayerType] = {
    **convolution.TYPES,
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
        "Interp": ("interp_param", ("full_zoom_factor",)),
    },
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
    if schema_name == "greentea":  # its windows have any number of axes
        made["Pooling"] = _PLAIN["Pooling"]._replace(rule=_unknown)
        made["MemoryData"] = LayerType(_unknown, exact_bottoms=0, min_tops=1, max_tops=2)
        made["EuclideanLoss"] = losses.TYPES["EuclideanLoss"]._replace(
            exact_bottoms=None, min_bottoms=2, max_bottoms=3, rule=_scalar
        )
    return made
