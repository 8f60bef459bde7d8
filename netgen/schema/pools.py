"""Descriptor pools of their own, and the message classes in them, made when they are asked for."""

from __future__ import annotations

from typing import Any, Callable

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.internal import enum_type_wrapper

from netgen.errors import nearest

__all__ = ["Messages", "class_maker", "pool_of"]


def pool_of(*files: bytes) -> Any:
    """Return a new descriptor pool that holds files, each a serialized FileDescriptorProto, imports first."""
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.AddSerializedFile(file)
    return pool


def class_maker(pool: Any) -> Callable[[Any], Any]:
    """Return the function that makes the class of a message descriptor of that pool."""
    # Since protobuf 4.22 a function makes a class; 3.20 has a factory, one and the same for all classes.
    made: Callable[[Any], Any]
    if hasattr(message_factory, "GetMessageClass"):
        made = message_factory.GetMessageClass
    else:
        made = message_factory.MessageFactory(pool).GetPrototype
    return made


class Messages:
    """The messages, enums and enum values of one schema, as attributes.

    Like the module that protoc makes of caffe.proto, but nothing is made before it is asked for.

    Parameters
    ----------
    pool : DescriptorPool
        Holds the file.
    descriptor : FileDescriptor
        The file's descriptor.
    schema_name : str
        Said where a name does not exist.
    """

    def __init__(self, pool: Any, descriptor: Any, schema_name: str) -> None:
        self.pool = pool
        self.DESCRIPTOR = descriptor
        self._schema_name = schema_name
        self._class_of = class_maker(pool)

    def __getattr__(self, name: str) -> Any:
        file = self.DESCRIPTOR
        if name in file.message_types_by_name:
            found = self._class_of(file.message_types_by_name[name])
        elif name in file.enum_types_by_name:
            found = enum_type_wrapper.EnumTypeWrapper(file.enum_types_by_name[name])
        else:
            for enum in file.enum_types_by_name.values():
                if name in enum.values_by_name:
                    found = enum.values_by_name[name].number
                    break
            else:
                near = nearest(name, [*file.message_types_by_name, *file.enum_types_by_name])
                meant = f"; did you mean {near}?" if near else ""
                raise AttributeError(f"the schema {self._schema_name} has no message or enum {name!r}{meant}")
        self.__dict__[name] = found
        return found
