"""What netgen remembers of a layer: where it was written, in which net, under which section.

It is kept on NetSpec's own Function objects, Caffe's or the stand-in's alike, under one attribute.
"""

from __future__ import annotations

from collections.abc import Container
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from netgen.errors import Site

__all__ = ["Origin", "Owner", "current_net", "functions_of", "origin_of", "remember"]

_ATTRIBUTE = "_netgen_origin"


class Owner(Protocol):
    """What a layer needs to know of the net that it is written into; ``Net`` is one."""

    @property
    def current_section(self) -> str:
        """The title under which layers are being written."""

    @property
    def phase_shown(self) -> str:
        """The phase as messages call it."""

    def described(self) -> str:
        """Return how messages call this net."""

    def adopt(self, function: Any) -> None:
        """Take a layer into this net."""

    def declared(self, function: Any) -> dict[int, tuple[int, ...]]:
        """Return the shapes that were declared for a layer's tops, by the tops' places."""


current_net: ContextVar[Optional[Owner]] = ContextVar("netgen_current_net", default=None)
"""The net that is being written by a network function, None outside of one."""


@dataclass
class Origin:
    """Where a layer comes from."""

    site: Optional[Site] = None
    owner: Optional[Owner] = None
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
