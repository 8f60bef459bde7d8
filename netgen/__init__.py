"""netgen: write Caffe nets in Python, emit their prototxt files, and know that Caffe takes them.

The names below are all that most programs need::

    import netgen as ng
    from netgen import layers as L, params as P

    @ng.network
    def net(net, size=572): ...

Nothing is imported until it is used: ``import caffe`` alone takes half a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from netgen.version import __version__

if TYPE_CHECKING:
    from netgen import blocks, layers, losses, networks, params
    from netgen.api import check, parse, shapes
    from netgen.check.finding import Finding
    from netgen.dsl.layers import allow_layer_type
    from netgen.dsl.net import Net
    from netgen.dsl.network import Network, network
    from netgen.emit.api import emit_bundle
    from netgen.emit.merge import merge
    from netgen.errors import NetgenError
    from netgen.graph.phases import State

__all__ = [
    "Finding",
    "Net",
    "NetgenError",
    "Network",
    "State",
    "__version__",
    "allow_layer_type",
    "blocks",
    "check",
    "emit_bundle",
    "layers",
    "losses",
    "merge",
    "network",
    "networks",
    "params",
    "parse",
    "shapes",
]

_WHERE = {
    "Finding": "netgen.check.finding",
    "Net": "netgen.dsl.net",
    "NetgenError": "netgen.errors",
    "Network": "netgen.dsl.network",
    "State": "netgen.graph.phases",
    "allow_layer_type": "netgen.dsl.layers",
    "emit_bundle": "netgen.emit.api",
    "merge": "netgen.emit.merge",
    "network": "netgen.dsl.network",
    "parse": "netgen.api",
    "shapes": "netgen.api",
}
# ``check`` is a package that can be called: ng.check("train.prototxt").
_MODULES = ("blocks", "check", "layers", "losses", "networks", "params")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"netgen.{name}")
    if name in _WHERE:
        value = getattr(importlib.import_module(_WHERE[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'netgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
