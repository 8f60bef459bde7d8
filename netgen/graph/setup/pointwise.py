"""Layers whose top has the shape of their bottom: activations, powers, Dropout, Softmax, PReLU."""

from __future__ import annotations

import math
from typing import Any

from netgen.graph.setup.blobs import count
from netgen.graph.setup.engines import check_engine
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.kinds import LayerType, Made, Rule, Setup
from netgen.graph.shape import Refusal, canonical, shown

__all__ = ["TYPES"]

_E = -1.0  # what stands for e, as a base


def _same(setup: Setup) -> Made:
    """``NeuronLayer::Reshape``."""
    return Made(setup.bottoms)


def _on_an_engine(name: str) -> Rule:
    """Return the rule of an activation that cuDNN has too."""

    def rule(setup: Setup) -> Made:
        check_engine(getattr(setup.layer, name), name, setup.cudnn)
        return Made(setup.bottoms)

    return rule


def _absval(setup: Setup) -> Made:
    """``AbsValLayer``: its backward needs what it was given."""
    if setup.in_place[0] == 0:
        raise Refusal(
            "AbsVal does not work in place", "in-place", ("top", 0), mend="give its top a name of its own"
        )
    return Made(setup.bottoms)


def _check_base(param: Any, name: str) -> None:
    """Check the base of Exp and Log."""
    base = param.base
    if base == _E or 0 < base < math.inf:
        return
    raise Refusal(
        f"base is above 0, or -1 for e, came {base:g}", "value", (name, "base"), mend="leave base out for e"
    )


def _exp(setup: Setup) -> Made:
    """``ExpLayer``."""
    _check_base(setup.layer.exp_param, "exp_param")
    return Made(setup.bottoms)


def _log(setup: Setup) -> Made:
    """``LogLayer``: it divides by the logarithm of its base."""
    param = setup.layer.log_param
    _check_base(param, "log_param")
    if param.base == 1:
        raise Refusal("there is no logarithm of base 1", "value", ("log_param", "base"))
    return Made(setup.bottoms)


def _softmax(setup: Setup) -> Made:
    """``SoftmaxLayer``."""
    param = setup.layer.softmax_param
    check_engine(param, "softmax_param", setup.cudnn)
    (first,) = setup.bottoms
    if first is not None:
        axis = canonical(param.axis, first, "axis", ("softmax_param", "axis"))
        if not first[axis]:
            raise Refusal(f"there is nothing on axis {axis} of {shown(first)}", "size", ("bottom", 0))
    return Made((first,))


def _prelu(setup: Setup) -> Made:
    """``PReLULayer``: a slope for each channel, or one for all."""
    param = setup.layer.prelu_param
    (first,) = setup.bottoms
    if first is not None and not 2 <= len(first) <= 4:
        raise Refusal(
            f"PReLU takes N x C, N x C x H or N x C x H x W, came {shown(first)}", "shape", ("bottom", 0)
        )
    slopes = () if param.channel_shared else None if first is None else (first[1],)
    if setup.blobs:
        elements = None if slopes is None else math.prod(slopes)
        if elements is not None and math.prod(setup.blobs[0]) != elements:
            raise Refusal(
                f"the slopes given are {shown(setup.blobs[0])}, wanted {elements} of them",
                "params",
                ("blobs", 0),
                mend=None
                if param.channel_shared
                else "channel_shared: true if one slope is for all channels",
            )
    elif param.HasField("filler"):
        check_filler(param.filler, slopes, "slopes", ("prelu_param", "filler"))
    if first is not None and count(first, 1) <= 0:
        raise Refusal(f"a sample of {shown(first)} has no elements, or too many", "size", ("bottom", 0))
    return Made((first,), setup.blobs or (slopes,))


def _neuron(rule: Rule) -> LayerType:
    return LayerType(rule, exact_bottoms=1, exact_tops=1)


TYPES: dict[str, LayerType] = {
    "AbsVal": _neuron(_absval),
    "Exp": _neuron(_exp),
    "Log": _neuron(_log),
    "PReLU": _neuron(_prelu),
    "ReLU": _neuron(_on_an_engine("relu_param")),
    "Sigmoid": _neuron(_on_an_engine("sigmoid_param")),
    "Softmax": _neuron(_softmax),
    "TanH": _neuron(_on_an_engine("tanh_param")),
    **dict.fromkeys(("BNLL", "Clip", "Dropout", "ELU", "Power", "Swish", "Threshold"), _neuron(_same)),
}
