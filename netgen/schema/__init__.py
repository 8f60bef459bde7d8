"""Caffe's messages and enums, and which of them belong to which layer, with no Caffe installed.

Writing and emitting nets uses ``caffe_pb2``, in which BVLC's and kendryte-caffe's schemas are one. A check is
made under one schema alone: ``select("bvlc")``.
"""

from __future__ import annotations

from typing import Any

from netgen.schema.registry import layer_types, spec_field, used_fields
from netgen.schema.selection import Schema, names, select

__all__ = [
    "Schema",
    "caffe_pb2",
    "layer_types",
    "names",
    "pool",
    "select",
    "spec_field",
    "used_fields",
]


def __getattr__(name: str) -> Any:
    if name in ("caffe_pb2", "pool"):  # a check needs neither, and making them takes time
        from importlib import import_module

        module = import_module("netgen.schema.caffe_pb2")
        globals()["pool"] = module.pool
        return module if name == "caffe_pb2" else module.pool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
