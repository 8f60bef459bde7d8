"""Which layer types there are, and the setting up of one layer: Caffe's ``Layer::SetUp``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import Optional

from netgen.graph import setup as families
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["check_loss_weights", "check_size", "layer_type", "layer_types", "set_up"]

_INT_MAX = 2**31 - 1
_MOST_AXES = 32

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
    for module in pkgutil.iter_modules(families.__path__):
        if not module.ispkg:
            known.update(getattr(importlib.import_module(f"{families.__name__}.{module.name}"), "TYPES", {}))
    if schema not in _PLAIN:
        forks = importlib.import_module(f"{families.__name__}.forks")
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
    for shape in made.tops:
        if shape is not None:
            check_size(shape, "a top")
    for shape in made.params or ():
        if shape is not None:
            check_size(shape, "a parameter blob")
    return made


def check_size(shape: Shape, what: str) -> None:
    """Check a blob's shape as ``Blob::Reshape`` does: at most 32 axes, none below 0, 2^31 - 1 elements.

    Raises
    ------
    Refusal
        Where it has too many axes or elements, or a negative one.
    """
    if len(shape) > _MOST_AXES:
        raise Refusal(f"{what} has {len(shape)} axes, and a blob has at most {_MOST_AXES}", "size")
    count = 1
    for dim in shape:
        if dim < 0:
            raise Refusal(f"{what} would be {shown(shape)}: no axis has a negative size", "size")
        if count and dim > _INT_MAX // count:
            raise Refusal(
                f"{what} of {shown(shape)} has more elements than Caffe can count (2^31 - 1)", "size"
            )
        count *= dim


def check_loss_weights(weights: int, ntop: int) -> None:
    """Check the number of loss weights (``Layer::SetLossWeights``).

    Raises
    ------
    Refusal
        Where some are given, and not one for each top.
    """
    if weights and weights != ntop:
        raise Refusal(
            f"{weights} loss_weight for {ntop} {'top' if ntop == 1 else 'tops'}",
            "loss-weight",
            ("loss_weight",),
            mend="give loss_weight once for each top, or not at all",
        )


def _check_counts(setup: Setup, kind: LayerType) -> None:
    """Check the numbers of bottoms and tops in Caffe's order (``Layer::CheckBlobCounts``)."""
    bottoms, tops = len(setup.bottoms), setup.ntop
    name = setup.layer.type
    if kind.exact_bottoms is not None and bottoms != kind.exact_bottoms:
        raise _miscounted(name, "bottom", "takes", bottoms, _exactly(kind.exact_bottoms))
    if kind.min_bottoms is not None and bottoms < kind.min_bottoms:
        raise _miscounted(name, "bottom", "takes", bottoms, f"at least {kind.min_bottoms}")
    if kind.max_bottoms is not None and bottoms > kind.max_bottoms:
        raise _miscounted(name, "bottom", "takes", bottoms, f"at most {kind.max_bottoms}")
    if kind.exact_tops is not None and tops != kind.exact_tops:
        raise _miscounted(name, "top", "makes", tops, _exactly(kind.exact_tops))
    if kind.min_tops is not None and tops < kind.min_tops:
        raise _miscounted(name, "top", "makes", tops, f"at least {kind.min_tops}")
    if kind.max_tops is not None and tops > kind.max_tops:
        raise _miscounted(name, "top", "makes", tops, f"at most {kind.max_tops}")
    if kind.equal_counts and bottoms != tops:
        raise Refusal(
            f"{name} makes one top for each bottom, came {bottoms} bottoms and {tops} tops", "count", ("top",)
        )


def _exactly(count: int) -> str:
    return str(count) if count else "no"


def _miscounted(name: str, what: str, verb: str, came: int, wanted: str) -> Refusal:
    plural = "" if wanted.endswith((" 1", "1")) and not wanted.endswith("11") else "s"
    return Refusal(f"{name} {verb} {wanted} {what}{plural}, came {came}", "count", (what,))
