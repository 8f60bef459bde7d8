"""A schema with each kind of field that protobuf has: Caffe's own has few of them, a user's may have all."""

from __future__ import annotations

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_SCALARS = (
    *("double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string"),
    *("bytes", "uint32", "sfixed32", "sfixed64", "sint32", "sint64"),
)


def _file(syntax: str) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=f"{syntax}.proto", package=syntax, syntax=syntax)
    made = descriptor_pb2.FieldDescriptorProto
    enum = file.enum_type.add(name="Color")
    enum.value.add(name="RED", number=0)
    enum.value.add(name="BLUE", number=5)
    if syntax == "proto2":
        enum.value.add(name="GREY", number=-1)
    whole = file.message_type.add(name="Whole")

    def add(name, kind, repeated=False, type_name=None, packed=None, **more):
        field = whole.field.add(name=name, number=len(whole.field) + 1, **more)
        field.type = getattr(made, f"TYPE_{kind.upper()}")
        field.label = made.LABEL_REPEATED if repeated else made.LABEL_OPTIONAL
        if type_name:
            field.type_name = f".{syntax}.{type_name}"
        if packed is not None:
            field.options.packed = packed

    for kind in _SCALARS:
        add(f"one_{kind}", kind)
        add(f"some_{kind}", kind, repeated=True)
        if kind not in ("string", "bytes"):
            add(f"packed_{kind}", kind, repeated=True, packed=True)
            add(f"loose_{kind}", kind, repeated=True, packed=False)
    add("color", "enum", type_name="Color")
    add("colors", "enum", repeated=True, type_name="Color")
    add("packed_colors", "enum", repeated=True, type_name="Color", packed=True)
    add("inner", "message", type_name="Whole")
    add("inners", "message", repeated=True, type_name="Whole")
    if syntax == "proto2":
        whole.nested_type.add(name="Group").field.add(name="a", number=1, type=made.TYPE_INT32, label=1)
        add("group", "group", type_name="Whole.Group")
        whole.nested_type.add(name="Groups").field.add(name="a", number=1, type=made.TYPE_INT32, label=1)
        add("groups", "group", repeated=True, type_name="Whole.Groups")
        strict = file.message_type.add(name="Strict")
        strict.field.add(name="needed", number=1, type=made.TYPE_INT32, label=made.LABEL_REQUIRED)
        add("strict", "message", type_name="Strict")
    whole.oneof_decl.add(name="choice")
    add("left", "int32", oneof_index=0)
    add("right", "string", oneof_index=0)
    whole.reserved_name.append("gone")
    return file


def _class(syntax: str):
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file(syntax)) if not hasattr(pool, "AddSerializedFile") else pool.AddSerializedFile(
        _file(syntax).SerializeToString()
    )
    descriptor = pool.FindMessageTypeByName(f"{syntax}.Whole")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


Proto2 = _class("proto2")
Proto3 = _class("proto3")
