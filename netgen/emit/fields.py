"""Setting a message's fields from options: text as a command line gives it, or values of Python."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from netgen.emit.tree import is_repeated
from netgen.errors import OptionError, PrototxtError, listed, nearest
from netgen.prototxt import parse

__all__ = ["set_field", "split_assignments"]

_TRUTHS = {"true": True, "false": False, "1": True, "0": False}
_RANGES = {
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
    "UINT32": (0, 2**32 - 1),
    "UINT64": (0, 2**64 - 1),
}


def split_assignments(assignments: Iterable[str], descriptor: Any) -> dict[str, Any]:
    """Return options written as ``name=value`` by their fields' names; a repeated field's values as a list.

    Parameters
    ----------
    assignments : iterable of str
        Such as ``base_lr=0.01``, ``stepvalue=1000``, ``test_state={stage: 'val'}``. A repeated field is given
        once for each of its values.
    descriptor : Descriptor
        Of the message that has the fields.

    Returns
    -------
    dict
        The values, converted.

    Raises
    ------
    OptionError
        No ``=``, an unknown field, a value that the field cannot hold, or a field given twice.
    """
    given: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals:
            raise OptionError(f"option {assignment!r} has no value", mend=f"write {name}=VALUE")
        field = _field(descriptor, name)
        value = _converted(field, text)
        if is_repeated(field):
            given.setdefault(name, []).append(value)
        elif name in given:
            raise OptionError(f"{name} is given twice: {given[name]!r} and {value!r}")
        else:
            given[name] = value
    return given


def set_field(message: Any, name: str, value: Any) -> None:
    """Set one field, in the place of what it held.

    Parameters
    ----------
    message : Message
        Changed in place.
    name : str
        The field's name.
    value : object
        A value of Python or its text; a list of them for a repeated field; a mapping, a message or text in
        braces for a message. None clears the field.

    Raises
    ------
    OptionError
        An unknown field, or a value that it cannot hold.
    """
    field = _field(message.DESCRIPTOR, name)
    message.ClearField(name)
    if value is None:
        return
    if is_repeated(field):
        single = isinstance(value, (str, bytes, Mapping, os.PathLike)) or not isinstance(value, Iterable)
        for item in [value] if single or hasattr(value, "DESCRIPTOR") else value:
            converted = _converted(field, item)
            if field.message_type is None:
                getattr(message, name).append(converted)
            else:
                getattr(message, name).add().CopyFrom(converted)
    elif field.message_type is None:
        setattr(message, name, _converted(field, value))
    else:
        getattr(message, name).CopyFrom(_converted(field, value))


def _field(descriptor: Any, name: str) -> Any:
    field = descriptor.fields_by_name.get(name)
    if field is None:
        near = nearest(name, descriptor.fields_by_name)
        raise OptionError(
            f"{descriptor.name} has no field {name!r}; it has {listed(descriptor.fields_by_name, 60)}",
            mend=f"did you mean {near}?" if near else None,
        )
    return field


def _converted(field: Any, value: Any) -> Any:
    if hasattr(value, "item") and not hasattr(value, "DESCRIPTOR"):  # a NumPy scalar
        value = value.item()
    if field.cpp_type == field.CPPTYPE_MESSAGE:
        return _message(field, value)
    if field.cpp_type == field.CPPTYPE_STRING:
        return _string(field, value)
    if isinstance(value, str):
        value = value.strip()
    if field.cpp_type == field.CPPTYPE_ENUM:
        return _enum(field, value)
    if field.cpp_type == field.CPPTYPE_BOOL:
        known = _TRUTHS.get(str(value).lower())
        if known is None:
            raise _refused(field, value, "true or false")
        return known
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return _float(field, value)
    return _integer(field, value)


def _refused(field: Any, value: Any, expected: str, mend: Optional[str] = None) -> OptionError:
    return OptionError(f"{field.name} wants {expected}, came {value!r}", mend=mend)


def _message(field: Any, value: Any) -> Any:
    message = field.message_type._concrete_class()
    if hasattr(value, "DESCRIPTOR"):
        if value.DESCRIPTOR.name != field.message_type.name:
            raise _refused(field, value.DESCRIPTOR.name, f"a {field.message_type.name}")
        message.ParseFromString(value.SerializeToString())
    elif isinstance(value, Mapping):
        for name, item in value.items():
            set_field(message, str(name), item)
    elif isinstance(value, str):
        text = value.strip()
        inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
        try:
            return parse(inner, type(message), field.name)
        except PrototxtError as error:
            example = ", ".join(f"{inner.name}: …" for inner in field.message_type.fields[:2])
            mend = error.mend or f"write {field.name}={{{example}}}"
            raise OptionError(f"{field.name}={value}: {error.message}", mend=mend) from None
    else:
        raise _refused(field, value, f"a {field.message_type.name}")
    return message


def _string(field: Any, value: Any) -> Any:
    if isinstance(value, os.PathLike):
        value = os.fspath(value).replace(os.sep, "/")
    if field.type == field.TYPE_BYTES:
        if isinstance(value, str):
            return value.encode("utf-8")
        if isinstance(value, bytes):
            return value
    elif isinstance(value, str):
        return value
    raise _refused(field, value, "a text")


def _enum(field: Any, value: Any) -> int:
    enum = field.enum_type
    known = enum.values_by_name.get(value) if isinstance(value, str) else None
    if known is None and not isinstance(value, bool) and str(value).isdigit():
        known = enum.values_by_number.get(int(value))
    if known is None:
        near = nearest(str(value), enum.values_by_name)
        mend = f"did you mean {near}?" if near else None
        raise _refused(field, value, f"one of {listed(enum.values_by_name)}", mend)
    return int(known.number)


def _float(field: Any, value: Any) -> float:
    try:
        if isinstance(value, bool) or "_" in str(value):
            raise ValueError
        number = float(value)
        if math.isfinite(number):
            struct.pack("<f" if field.cpp_type == field.CPPTYPE_FLOAT else "<d", number)
    except (TypeError, ValueError):
        raise _refused(field, value, "a number") from None
    except OverflowError:
        raise _refused(field, value, "a number that a float holds (up to 3.4e38)") from None
    return number


def _integer(field: Any, value: Any) -> int:
    kind, (low, high) = next(
        (name, limits)
        for name, limits in _RANGES.items()
        if getattr(field, f"CPPTYPE_{name}") == field.cpp_type
    )
    try:
        if isinstance(value, (bool, float)) or "_" in str(value):
            raise ValueError
        number = int(value)
    except (TypeError, ValueError):
        raise _refused(field, value, f"a whole number ({kind.lower()})", _whole(field, value)) from None
    if not low <= number <= high:
        raise _refused(field, value, f"a whole number from {low} to {high} ({kind.lower()})")
    return number


def _whole(field: Any, value: Any) -> Optional[str]:
    """Return how to write a number such as 1e4, or a list of numbers, for a field of whole numbers."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        parts: Sequence[str] = str(value).strip("[]() ").split(",")
        if len(parts) > 1 and is_repeated(field):
            return "give it once for each value: " + " ".join(
                f"{field.name}={part.strip()}" for part in parts
            )
        return None
    return f"write {field.name}={int(number)}" if number.is_integer() else None
