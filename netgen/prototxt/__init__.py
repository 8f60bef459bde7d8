"""The text format of Caffe's messages: reading and writing it, with no idea of what a net means."""

from __future__ import annotations

from netgen.prototxt.read import parse

__all__ = ["parse"]
