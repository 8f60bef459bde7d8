"""The text format of Caffe's messages: reading and writing it, with no idea of what a net means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netgen.prototxt.read import Reading, parse, read

if TYPE_CHECKING:
    from netgen.prototxt.faults import SyntaxFault
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

# What a sound text can do without is imported when it is asked for: most commands read one file and end.
_ELSEWHERE = {
    "SyntaxFault": "faults",
    "Comment": "tree",
    "Document": "tree",
    "Node": "tree",
    "Span": "tree",
    "format_scalar": "write",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
