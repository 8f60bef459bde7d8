"""A net as Caffe builds it from a NetParameter, without Caffe: ``Net::Init``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from netgen.graph.building import Builder, Remembered
from netgen.graph.parts import NetGraph
from netgen.graph.phases import State
from netgen.graph.setup.kinds import LayerType
from netgen.graph.shape import Shape

__all__ = ["NetGraph", "Remembered", "load"]


def load(
    message: Any,
    state: State,
    schema: Any = None,
    *,
    files: Any = None,
    remembered: Optional[Remembered] = None,
    declared: Optional[Mapping[tuple[int, int], Shape]] = None,
    types: Optional[Mapping[str, LayerType]] = None,
) -> NetGraph:
    """Build a net as Caffe would.

    Parameters
    ----------
    message : NetParameter
        The net, upgraded (``netgen.graph.upgrade``).
    state : State
        The phase, the level, and stages beside those that the net's own ``state`` has.
    schema : netgen.schema.Schema, optional
        Whose layer types there are; without it every type that netgen has a rule for.
    files : optional
        How data layers look at files; without it they don't.
    remembered : Remembered, optional
        What was learnt of equal layers before.
    declared : mapping, optional
        Shapes of tops that cannot be inferred, by the layer's index in the message and the top's.
    types : mapping, optional
        Rules for layer types of one's own, or in place of netgen's.

    Returns
    -------
    NetGraph
        Always: what is wrong is in its ``problems``, and what cannot be known is None.

    Notes
    -----
    The order of things is that of ``Net::Init``: filtering, Splits (all bottoms looked up), then layer for
    layer its type, bottoms, tops, set-up and parameters; at last which layers need backward.
    """
    builder = Builder(message, state, schema, files, remembered or Remembered.new())
    builder.declared = declared or {}
    if types:
        builder.types = {**builder.types, **types}
        builder.own_types = frozenset(types)
    return builder.build()
