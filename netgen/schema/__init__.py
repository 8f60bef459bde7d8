"""Caffe's messages and enums, and which of them belong to which layer, with no Caffe installed."""

from __future__ import annotations

from netgen.schema import caffe_pb2
from netgen.schema.caffe_pb2 import pool
from netgen.schema.registry import layer_types, spec_field, used_fields

__all__ = ["caffe_pb2", "layer_types", "pool", "spec_field", "used_fields"]
