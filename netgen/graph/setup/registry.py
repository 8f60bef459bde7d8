"""Which layer types there are, and the setting up of one layer: Caffe's ``Layer::SetUp``."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Optional

from netgen.graph.setup.blobs import check_size
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import UNSHAPED, Refusal, shown

__all__ = ["check_loss_weights", "layer_type", "layer_types", "set_up"]

# The modules that hold rules. Looking for them would take longer than checking a small net.
FAMILIES = (
    "accuracy",
    "convolution",
    "data",
    "dense",
    "inputs",
    "joining",
    "losses",
    "normalization",
    "pointwise",
    "pooling",
    "python_layers",
    "recurrent",
    "reshaping",
)
# The schemas that are Caffe's own: every other is a fork's, with layer types of its own.
_PLAIN = ("bvlc", "kendryte", "netgen")


@lru_cache(maxsize=32)
def layer_types(schema: str = "bvlc") -> dict[str, LayerType]:
    """Return every layer type that there is a rule for, by name.

    Parameters
    ----------
    schema : str
        The schema whose own layer types come on top of Caffe's.
    """
    known: dict[str, LayerType] = {}
    for family in FAMILIES:
        known.update(importlib.import_module(f"netgen.graph.setup.{family}").TYPES)
    if schema not in _PLAIN:
        forks = importlib.import_module("netgen.graph.setup.forks")
        known.update(forks.fork_types(schema))
    return known


def layer_type(name: str, schema: str = "bvlc") -> Optional[LayerType]:
    """Return a layer type's rule and counts, None where there is no rule for it."""
    return layer_types(schema).get(name)


def set_up(setup: Setup, kind: LayerType) -> Made:
    """Set a layer up: count bottoms and tops, ask its rule, look at the sizes of what came.

    Loss weights are not looked at: they are ``check_loss_weights``'.

    Raises
    ------
    Refusal
        Where Caffe would refuse the layer or die of it.
    """
    _check_counts(setup, kind)
    made = kind.rule(setup)
    if setup.blobs and made.params is not None and not made.params:
        # A layer that has no parameters keeps those that the file gives it, for nothing.
        made = made._replace(params=setup.blobs)
    for shape in made.tops:
        if shape is not None:
            check_size(shape, "a top")
    if setup.bottoms and () in made.tops:
        # What takes its shape from a blob without one is a scalar.
        made = made._replace(tops=[() if shape is UNSHAPED else shape for shape in made.tops])
    for shape in made.params or ():
        if shape is not None:
            check_size(shape, "a parameter blob")
    return made


def check_loss_weights(weights: Sequence[float], tops: Sequence[MaybeShape]) -> None:
    """Check the loss weights against the tops (``Layer::SetLossWeights``).

    Parameters
    ----------
    weights : sequence of float
        The layer's loss weights, with the one that a loss has by itself.
    tops : sequence of shape or None
        The shapes of the layer's tops.

    Raises
    ------
    Refusal
        Where there are weights, and not one for each top, or where a top has no memory to keep its weight in.
    """
    if weights and len(weights) != len(tops):
        raise Refusal(
            f"{len(weights)} loss_weight for {len(tops)} {'top' if len(tops) == 1 else 'tops'}",
            "loss-weight",
            ("loss_weight",),
            mend="give loss_weight once for each top, or not at all",
        )
    for index, (weight, shape) in enumerate(zip(weights, tops)):
        if weight != 0 and shape is not None and (0 in shape or shape is UNSHAPED):
            raise Refusal(
                f"the top is {shown(shape) if shape else 'without a shape'}: it has no elements to weigh",
                "loss-weight",
                ("loss_weight", index),
            )


def _check_counts(setup: Setup, kind: LayerType) -> None:
    """Check the numbers of bottoms and tops in Caffe's order (``Layer::CheckBlobCounts``)."""
    bottoms, tops = len(setup.bottoms), setup.ntop
    if kind.exact_bottoms is not None and bottoms != kind.exact_bottoms:
        raise _miscounted("bottom", "takes", bottoms, _exactly(kind.exact_bottoms))
    if kind.min_bottoms is not None and bottoms < kind.min_bottoms:
        raise _miscounted("bottom", "takes", bottoms, f"at least {kind.min_bottoms}")
    if kind.max_bottoms is not None and bottoms > kind.max_bottoms:
        raise _miscounted("bottom", "takes", bottoms, f"at most {kind.max_bottoms}")
    if kind.exact_tops is not None and tops != kind.exact_tops:
        raise _miscounted("top", "makes", tops, _exactly(kind.exact_tops))
    if kind.min_tops is not None and tops < kind.min_tops:
        raise _miscounted("top", "makes", tops, f"at least {kind.min_tops}")
    if kind.max_tops is not None and tops > kind.max_tops:
        raise _miscounted("top", "makes", tops, f"at most {kind.max_tops}")
    if kind.equal_counts and bottoms != tops:
        raise Refusal(
            f"it makes one top for each bottom, came {bottoms} bottoms and {tops} tops", "count", ("top",)
        )


def _exactly(count: int) -> str:
    return str(count) if count else "no"


def _miscounted(what: str, verb: str, came: int, wanted: str) -> Refusal:
    plural = "" if wanted.endswith((" 1", "1")) and not wanted.endswith("11") else "s"
    return Refusal(f"it {verb} {wanted} {what}{plural}, came {came}", "count", (what,))
