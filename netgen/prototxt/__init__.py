"""The text format of Caffe's messages: reading and writing it, with no idea of what a net means."""

from __future__ import annotations

from netgen.prototxt.faults import SyntaxFault
from netgen.prototxt.read import Reading, parse, read
from netgen.prototxt.tree import Comment, Document, Node, Span
from netgen.prototxt.write import format_scalar

__all__ = [
    "Comment",
    "Document",
    "Node",
    "Reading",
    "Span",
    "SyntaxFault",
    "format_scalar",
    "parse",
    "read",
]
