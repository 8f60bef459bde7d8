"""The text format of Caffe's messages: reading and writing it, with no idea of what a net means."""

from __future__ import annotations

from netgen.prototxt.read import parse
from netgen.prototxt.write import format_scalar

__all__ = ["format_scalar", "parse"]
