"""Pooling that rounds down where ``ceil_mode`` is false: older than BVLC's ``round_mode``."""

from __future__ import annotations

from netgen.graph.setup import pooling
from netgen.graph.setup.kinds import Made, Setup

__all__ = ["CEIL_MODE", "floored"]

_POOLING = pooling.TYPES["Pooling"]
_FLOOR = 1


def floored(setup: Setup) -> Made:
    """Set up a ``PoolingLayer`` as BVLC's, rounding as ``ceil_mode`` says."""
    if not setup.layer.pooling_param.ceil_mode:
        layer = type(setup.layer)()
        layer.pooling_param.CopyFrom(setup.layer.pooling_param)
        layer.pooling_param.round_mode = _FLOOR
        setup = setup._replace(layer=layer)
    return _POOLING.rule(setup)


CEIL_MODE = {"Pooling": _POOLING._replace(rule=floored)}
