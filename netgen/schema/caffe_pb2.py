"""Caffe's messages, as the module that protoc makes of caffe.proto would have them.

The classes come from the schema bundled with netgen, in a descriptor pool of their own: an installed Caffe's
``caffe.proto.caffe_pb2`` stays what it is, and messages of the two don't mix (their text and their bytes do).
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

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal import enum_type_wrapper

from netgen.errors import nearest

_files = descriptor_pb2.FileDescriptorSet.FromString(Path(__file__).with_name("bvlc.binpb").read_bytes()).file
pool: Any = descriptor_pool.DescriptorPool()
for _file in _files:
    pool.AddSerializedFile(_file.SerializeToString())
DESCRIPTOR: Any = pool.FindFileByName(_files[-1].name)

# Since protobuf 4.22 a function makes a class; 3.20 has a factory, one and the same for all classes.
if hasattr(message_factory, "GetMessageClass"):
    _message_class = message_factory.GetMessageClass
else:
    _message_class = message_factory.MessageFactory(pool).GetPrototype

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
