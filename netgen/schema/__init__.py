"""Caffe's messages and enums, and which of them belong to which layer, with no Caffe installed.

Writing and emitting nets uses ``caffe_pb2``, in which BVLC's and kendryte-caffe's schemas are one. A check is
made under one schema alone: ``select("bvlc")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netgen.schema.registry import layer_types, spec_field, used_fields
from netgen.schema.schema import Schema
from netgen.schema.selection import names, select

if TYPE_CHECKING:
    from netgen.schema import caffe_pb2
    from netgen.schema.caffe_pb2 import pool
    from netgen.schema.own import from_proto
    from netgen.schema.owners import candidates, guess, owners_of_field, owners_of_type, titles

__all__ = [
    "Schema",
    "caffe_pb2",
    "candidates",
    "from_proto",
    "guess",
    "layer_types",
    "names",
    "owners_of_field",
    "owners_of_type",
    "pool",
    "select",
    "spec_field",
    "titles",
    "used_fields",
]

# A check of a net without faults needs none of these, and they take time to load.
_LATER = {
    "caffe_pb2": "caffe_pb2",
    "pool": "caffe_pb2",
    "from_proto": "own",
    **dict.fromkeys(("candidates", "guess", "owners_of_field", "owners_of_type", "titles"), "owners"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.{_LATER[name]}")
    found = module if name == _LATER[name] else getattr(module, name)
    globals()[name] = found
    return found
