"""What a layer's backward pass needs of its blobs' values, and which layers in place destroy it."""

from __future__ import annotations

from typing import Optional

from netgen.graph.parts import Blob, Layer

__all__ = ["NEEDY", "changes", "fails_in_place", "needs_value", "shared_bottom", "spoils"]

SIGN, VALUE = "the sign", "the value"
_PRODUCT = _ACROSS_CHANNELS = 0  # of Caffe's enums

# Layers whose backward reads the values of their top (in Caffe's ``Backward_cpu``: ``top[0]->cpu_data()``).
_READ_TOP = frozenset({"ELU", "Exp", "LSTM", "RNN", "Sigmoid", "Softmax", "Swish", "TanH"})
# In place, these go wrong by themselves: they read the bottom's values, which they have overwritten, or write
# into the bottom's diff, which is the top's, before they have read that.
_NEVER_IN_PLACE = frozenset({"BNLL", "Clip", "Log", "Power"})

NEEDY = _READ_TOP | _NEVER_IN_PLACE | {"Eltwise", "LRN", "MVN", "ReLU"}
"""The types of which a layer in place, it or a later one, can take something away."""

# In place, these leave each value's sign as it is, or make it 0 where its gradient is 0 too.
_KEEP_SIGN = frozenset({"Dropout", "ELU", "LRN", "PReLU", "ReLU", "Swish", "TanH"})
# In place, these leave values as they are that are not negative; and what gives no others.
_KEEP_POSITIVE = frozenset({"ELU", "PReLU", "ReLU"})
_POSITIVE = frozenset({"Exp", "Sigmoid", "Softmax"})
# These go value by value, so that it does no harm to change a value whose gradient is 0.
_ONE_BY_ONE = frozenset({"ELU", "Eltwise", "Exp", "LRN", "Power", "Sigmoid", "Swish", "TanH"})

_SHARING = frozenset({"Flatten", "Reshape", "Split"})


def needs_value(layer: Layer, *, in_place: bool) -> str:
    """Return what a layer needs of the values that it gave: ``"the value"``, ``"the sign"`` or nothing."""
    if layer.type == "Power":
        return VALUE if _bends(layer) and layer.message.power_param.power != 2 else ""
    if layer.type == "MVN":
        return VALUE if layer.message.mvn_param.normalize_variance else ""
    if layer.type == "LRN":
        return VALUE if layer.message.lrn_param.norm_region == _ACROSS_CHANNELS else ""
    if layer.type == "Eltwise":
        param = layer.message.eltwise_param
        return VALUE if param.operation == _PRODUCT and not param.stable_prod_grad else ""
    if layer.type == "ReLU" and in_place:
        return SIGN
    return VALUE if layer.type in _READ_TOP else ""


def fails_in_place(layer: Layer) -> bool:
    """Tell whether a layer goes backward wrongly where it works in place."""
    if layer.type == "MVN":
        return bool(layer.message.mvn_param.normalize_variance)
    # Of these, other kinds do not even give the right values: that is another rule's.
    if layer.type == "Eltwise":
        return bool(layer.message.eltwise_param.operation == _PRODUCT)
    if layer.type == "LRN":
        return bool(layer.message.lrn_param.norm_region != _ACROSS_CHANNELS)
    return layer.type in _NEVER_IN_PLACE


def _bends(layer: Layer) -> bool:
    """Tell whether a Power is more than a factor and a shift."""
    param = layer.message.power_param
    return bool(param.power not in (0, 1) and param.scale != 0)


def changes(layer: Layer) -> bool:
    """Tell whether a layer in place changes values; a Dropout does so in phase TRAIN alone."""
    if layer.type == "Dropout":
        return layer.phase == "TRAIN"
    if layer.type == "Power":
        param = layer.message.power_param
        return not (param.power == 1 and param.scale == 1 and param.shift == 0)
    return layer.type not in ("Split", "Reshape", "Flatten", "Silence")


def spoils(need: str, writer: Layer, layer: Layer) -> bool:
    """Tell whether a layer in place takes away what a layer that wrote the blob before needs of it."""
    if not changes(layer):
        return False
    if need == SIGN:
        if layer.type == "Power":
            param = layer.message.power_param
            return not (param.power == 1 and param.shift == 0 and param.scale > 0)
        return layer.type not in _KEEP_SIGN
    if writer.type in _POSITIVE and layer.type in _KEEP_POSITIVE:
        return False
    cuts = layer.type == "ReLU" and not layer.message.relu_param.negative_slope
    return not (cuts and writer.type in _ONE_BY_ONE)


def shared_bottom(layer: Layer) -> Optional[Blob]:
    """Return the blob of the file whose numbers a layer's tops are, None where it copies them."""
    if not layer.bottoms:
        return None
    alone = len(layer.bottoms) == len(layer.tops) == 1
    shares = layer.type in _SHARING or (layer.type in ("Concat", "Slice") and alone)
    return layer.bottoms[0].origin if shares else None
