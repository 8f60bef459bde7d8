"""From messages to a folder of files: rendering, proof, bundles, writing whole or not at all, drift."""

from __future__ import annotations

from netgen.emit.bundle import Bundle, assemble
from netgen.emit.render import Header, NetDocument, render_net, render_solver
from netgen.emit.solver import default_solver, parse_fields
from netgen.emit.verify import verify

__all__ = [
    "Bundle",
    "Header",
    "NetDocument",
    "assemble",
    "default_solver",
    "parse_fields",
    "render_net",
    "render_solver",
    "verify",
]
