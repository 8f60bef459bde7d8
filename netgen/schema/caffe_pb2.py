"""Caffe's messages, as the module that protoc makes of caffe.proto would have them.

BVLC Caffe's and kendryte-caffe's in one: what either of them knows is here. The classes come from the schema
bundled with netgen, in a descriptor pool of their own: an installed Caffe's ``caffe.proto.caffe_pb2`` stays
what it is, and messages of the two don't mix (their text and their bytes do).
Every message class (``NetParameter``), top-level enum (``Phase``) and value of one (``TRAIN``, ``TEST``) is
an attribute; ``DESCRIPTOR`` is the file's descriptor, ``pool`` the pool.

Examples
--------
>>> from netgen.schema import caffe_pb2
>>> net = caffe_pb2.NetParameter(name="unet")
>>> net.layer.add(name="data", type="Input").type
'Input'
>>> caffe_pb2.PoolingParameter.AVE
1
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf.internal import enum_type_wrapper

from netgen.errors import nearest
from netgen.schema.pools import class_maker, pool_of

pool: Any = pool_of(Path(__file__).with_name("union.binpb").read_bytes())
DESCRIPTOR: Any = pool.FindFileByName("caffe.proto")

_message_class = class_maker(pool)
_made: dict[str, Any] = {}
for _name, _descriptor in DESCRIPTOR.message_types_by_name.items():
    _made[_name] = _message_class(_descriptor)
    _made[_name].__module__ = __name__  # pickle looks the class up here
for _name, _descriptor in DESCRIPTOR.enum_types_by_name.items():
    _made[_name] = enum_type_wrapper.EnumTypeWrapper(_descriptor)
    _made.update(_made[_name].items())
globals().update(_made)

__all__ = ["DESCRIPTOR", "pool", *_made]


def __getattr__(name: str) -> Any:
    near = nearest(name, _made)
    meant = f"; did you mean {near}?" if near else ""
    raise AttributeError(f"Caffe's schema has no message, enum or constant {name!r}{meant}")
