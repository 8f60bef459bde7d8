"""What a text may be at most; nets of a hundred thousand layers are far from it."""

from __future__ import annotations

__all__ = ["HIDDEN", "MAX_BYTES", "MAX_DEPTH", "MAX_FAULTS"]

MAX_BYTES = 1 << 28
"""Bytes of a text; Caffe itself takes 2 GiB."""

MAX_DEPTH = 99
"""Blocks inside each other: what protobuf reads back. Caffe's own messages have no more than six."""

MAX_FAULTS = 100
"""Findings in one text; behind them nothing is looked at."""

HIDDEN = 500_000_000
"""Fields with numbers from here on stand in for what a schema lacks: no text may name them."""
