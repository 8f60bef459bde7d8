"""From messages to a folder of files: rendering, proof, bundles, writing whole or not at all, drift."""

from __future__ import annotations

from netgen.emit.bundle import Bundle, assemble
from netgen.emit.commit import WriteReport, interrupted, recover, write_bundle
from netgen.emit.drift import Drift, compare
from netgen.emit.readme import render_readme
from netgen.emit.render import Header, NetDocument, render_net, render_solver
from netgen.emit.solver import default_solver, parse_fields
from netgen.emit.verify import verify

__all__ = [
    "Bundle",
    "Drift",
    "Header",
    "NetDocument",
    "WriteReport",
    "assemble",
    "compare",
    "default_solver",
    "interrupted",
    "parse_fields",
    "recover",
    "render_net",
    "render_readme",
    "render_solver",
    "verify",
    "write_bundle",
]
