"""The shapes of one layer's tops, for those who have a layer and no net around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from netgen.graph.phases import phase_of
from netgen.graph.setup.kinds import Setup
from netgen.graph.setup.registry import check_loss_weights, layer_type, set_up
from netgen.graph.shape import Shape

__all__ = ["infer"]


def infer(layer: Any, bottoms: Sequence[Optional[Shape]], ntop: int) -> list[Optional[Shape]]:
    """Return the shapes of a layer's tops.

    Parameters
    ----------
    layer : LayerParameter
        The layer.
    bottoms : sequence of shape or None
        Its bottoms' shapes, N x C x H x W; None where unknown.
    ntop : int
        The number of its tops, each a blob of its own.

    Returns
    -------
    list of shape or None
        One for each top; None where it depends on data, on a bottom that is unknown, or on a layer type that
        netgen has no rule for.

    Raises
    ------
    Refusal
        Where Caffe would refuse the layer.
    """
    kind = layer_type(layer.type, "netgen")
    if kind is None:
        return [None] * ntop
    tops = max(ntop, kind.least_tops) if kind.auto_tops else ntop
    weights = tuple(layer.loss_weight)
    made = set_up(
        Setup(
            layer,
            tuple(bottoms),
            tops,
            phase_of(layer) or "TRAIN",
            (-1,) * tops,
            loss_weights=weights,
            lr_mults=tuple([spec.lr_mult for spec in layer.param]),
        ),
        kind,
    )
    check_loss_weights(weights or ([1.0] if kind.loss else []), made.tops)
    return list(made.tops)[:ntop]
