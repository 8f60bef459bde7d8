"""What netgen remembers of a layer: where it was written, in which net, under which section.

It is kept on NetSpec's own Function objects, Caffe's or the stand-in's alike, under one attribute.
"""

from __future__ import annotations

from collections.abc import Container
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from netgen.errors import Site

if TYPE_CHECKING:
    from netgen.dsl.net import Net

__all__ = ["Origin", "current_net", "functions_of", "origin_of", "remember"]

_ATTRIBUTE = "_netgen_origin"

current_net: ContextVar[Optional[Net]] = ContextVar("netgen_current_net", default=None)
"""The net that is being written by a network function, None outside of one."""


@dataclass
class Origin:
    """Where a layer comes from."""

    site: Optional[Site] = None
    owner: Optional[Net] = None
    section: str = ""
    checked: bool = False
    """Whether ``netgen.layers`` made it, and so has checked it."""


def origin_of(function: Any) -> Origin:
    """Return what is known of a Function; a fresh Origin for one that netgen did not make."""
    origin: Optional[Origin] = getattr(function, _ATTRIBUTE, None)
    if origin is None:
        origin = Origin()
        remember(function, origin)
    return origin


def remember(function: Any, origin: Origin) -> None:
    """Keep an Origin with a Function."""
    setattr(function, _ATTRIBUTE, origin)


def functions_of(roots: list[Any], known: Container[Any] = ()) -> list[Any]:
    """Return the Functions that ``roots`` are computed by, inputs first, in the order of NetSpec's writing.

    Iterative: a chain may be as long as memory allows. Functions in ``known`` and what is above them are left
    out.
    """
    done: set[Any] = set()
    ordered: list[Any] = []
    for root in roots:
        stack = [(root, iter(root.inputs))]
        while stack:
            function, inputs = stack[-1]
            if function in done or function in known:
                stack.pop()
                continue
            for top in inputs:
                if top.fn not in done and top.fn not in known:
                    stack.append((top.fn, iter(top.fn.inputs)))
                    break
            else:
                done.add(function)
                ordered.append(function)
                stack.pop()
    return ordered
