"""A fork's schema: BVLC's, and a fragment that holds only what the fork adds, changes and lacks.

A fragment is a file of its own. Its package is ``caffe.<fork>``, or ``caffe.<fork>.<fork>`` where one fork
comes from another; a message or enum in it that BVLC has too states only what differs:

- a field or enum value that is new, or that takes the place of the one with its name;
- a ``reserved`` name: the fork has no such field or value.

Where a fork gives a number away that BVLC uses for another name, the fork's own name has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from netgen.prototxt.limits import HIDDEN

__all__ = ["complete", "merge"]

_PACKAGE = ".caffe."


def merge(base: Any, fragment: Any, *, keep_all: bool = False) -> None:
    """Put a fragment into the file that it was written for.

    Parameters
    ----------
    base : FileDescriptorProto
        Caffe's file; it becomes the fork's.
    fragment : FileDescriptorProto
        What the fork adds, changes and lacks.
    keep_all : bool
        Leave in the base what the fork lacks.
    """
    referred = set(_referred(base))
    for _, theirs in _messages(fragment):
        for field in theirs.field:
            if field.type_name:
                field.type_name = _in_caffe(field.type_name, fragment.package)
    _merge_members(base.message_type, fragment.message_type, keep_all)
    _merge_enums(base.enum_type, fragment.enum_type, keep_all)
    gone = referred - set(_referred(base))  # messages that only removed fields had
    _drop(base.message_type, lambda message: f"{_PACKAGE}{message.name}" in gone)


def complete(file: Any, bvlc: Any, read: Collection[str]) -> None:
    """Add to a Caffe's file what BVLC's messages have beside its own, hidden.

    netgen's rules are written for BVLC's messages, and read fields that an old Caffe does not have yet; so a
    rule finds each of them, unset.

    Parameters
    ----------
    file : FileDescriptorProto
        A Caffe's whole file.
    bvlc : FileDescriptorProto
        BVLC's, which is left as it is.
    read : collection of str
        The parameter fields of LayerParameter that rules may read; others are not added.
    """
    known = {message.name: message for message in file.message_type}
    for message in bvlc.message_type:
        mine = known.get(message.name)
        if mine is None or message.name == "V1LayerParameter":
            continue
        enums = {enum.name for enum in mine.enum_type}
        mine.enum_type.extend(enum for enum in message.enum_type if enum.name not in enums)
        fields = {field.name: field for field in mine.field}
        for field in message.field:
            own = fields.get(field.name)
            parameter = message.name == "LayerParameter" and field.name.endswith("_param")
            # Every Caffe has the inputs of a net, from which netgen makes an Input layer.
            if own is None and parameter and field.name not in read and field.name != "input_param":
                continue
            if own is None:
                hidden = mine.field.add()
                hidden.CopyFrom(field)
                hidden.number += HIDDEN
            elif own.label == field.LABEL_OPTIONAL and field.label == field.LABEL_REPEATED:
                own.label = (
                    field.LABEL_REPEATED
                )  # kernel_size was one number once; reading it as many is right
                own.ClearField("default_value")
    have = {f"{_PACKAGE}{one.name}" for one in (*file.message_type, *file.enum_type)}
    wanted = {name for name in _referred(file) if name.count(".") == 2} - have
    while wanted:
        file.message_type.extend(one for one in bvlc.message_type if f"{_PACKAGE}{one.name}" in wanted)
        file.enum_type.extend(one for one in bvlc.enum_type if f"{_PACKAGE}{one.name}" in wanted)
        have |= wanted
        wanted = {name for name in _referred(file) if name.count(".") == 2} - have


def _in_caffe(type_name: str, package: str) -> str:
    """Return a type's name without the packages of the fragment and of those that it builds on."""
    while package != "caffe":
        if type_name.startswith(f".{package}."):
            return _PACKAGE + type_name[len(package) + 2 :]
        package = package.rpartition(".")[0]
    return type_name


def _messages(owner: Any, path: str = _PACKAGE) -> Iterator[tuple[str, Any]]:
    for message in owner.message_type if hasattr(owner, "message_type") else owner.nested_type:
        yield path + message.name, message
        yield from _messages(message, f"{path}{message.name}.")


def _referred(file: Any) -> Iterator[str]:
    """Give every message and enum that a field is of, but for a message's own fields."""
    for name, message in _messages(file):
        yield from (field.type_name for field in message.field if field.type_name not in ("", name))


def _merge_members(ours: Any, theirs: Any, keep_all: bool) -> None:
    known = {message.name: message for message in ours}
    for message in theirs:
        if message.name in known:
            mine = known[message.name]
            _replace(mine.field, message.field, set(message.reserved_name), keep_all)
            _merge_enums(mine.enum_type, message.enum_type, keep_all)
            _merge_members(mine.nested_type, message.nested_type, keep_all)
        else:
            ours.add().CopyFrom(message)


def _merge_enums(ours: Any, theirs: Any, keep_all: bool) -> None:
    known = {enum.name: enum for enum in ours}
    for enum in theirs:
        if enum.name in known:
            mine = known[enum.name]
            _replace(mine.value, enum.value, set(enum.reserved_name), keep_all)
            if enum.options.allow_alias:
                mine.options.allow_alias = True
        else:
            ours.add().CopyFrom(enum)


def _replace(ours: Any, theirs: Any, lacking: set[str], keep_all: bool) -> None:
    names = {one.name for one in theirs} | (set() if keep_all else lacking)
    numbers = {one.number for one in theirs}
    _drop(ours, lambda one: one.name in names or one.number in numbers)
    ours.extend(theirs)


def _drop(repeated: Any, unwanted: Any) -> None:
    kept = [one for one in repeated if not unwanted(one)]
    if len(kept) != len(repeated):
        del repeated[:]
        repeated.extend(kept)
