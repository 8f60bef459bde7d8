"""Parameters of a layer, checked against Caffe's schema and put into the plain form that NetSpec takes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, Optional

import numpy as np

from netgen import interface, schema
from netgen.errors import LayerError, listed, nearest

__all__ = ["checked_parameters", "fill", "own_fields"]

_FILLERS = ("constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear")

# LayerParameter's fields that NetSpec itself writes; as parameters they would silently add to what it wrote.
_WRITTEN_BY_NETSPEC = {
    "type": "the layer's type is the name of the function",
    "bottom": "bottoms are given as positional Tops",
    "top": "tops are named by assigning them to the net, and ntop=N sets their number; "
    "top=[...] goes with ntop=0",
}


def _described(value: Any) -> str:
    text = repr(value)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(value).__name__})"


def own_fields(type_name: str) -> tuple[Optional[str], Any]:
    """Return the LayerParameter field that a type's bare keywords go to, and its message; or Nones."""
    field_name = schema.spec_field(type_name)
    fields = interface.caffe_pb2.LayerParameter.DESCRIPTOR.fields_by_name
    if field_name is None or field_name not in fields:
        return None, None
    return field_name, fields[field_name].message_type


def _unknown(type_name: str, key: str) -> LayerError:
    """Name the nearest right parameter, and where another layer's parameter was meant."""
    field_name, message = own_fields(type_name)
    layer_fields = interface.caffe_pb2.LayerParameter.DESCRIPTOR.fields_by_name
    own = [field.name for field in message.fields] if message is not None else []
    general = [n for n in layer_fields if n not in _WRITTEN_BY_NETSPEC and not n.endswith("_param")]
    guess = nearest(key, [*own, *general, "in_place", "ntop", *schema.used_fields(type_name)])
    hints = []
    if guess:
        hints.append(f"did you mean {guess}?")
    for used in schema.used_fields(type_name):
        inner = layer_fields[used].message_type if used in layer_fields else None
        if used != field_name and inner is not None and key in inner.fields_by_name:
            hints = [f"write {used}=dict({key}=...)"]
            break
    takes = listed(
        [*own, *(f"{name}=dict(...)" for name in schema.used_fields(type_name) if name != field_name)]
    )
    takes = f"{type_name} takes {takes}" if takes else f"{type_name} takes no parameters of its own"
    return LayerError(
        f"{type_name} has no parameter {key!r}; {takes}; and any layer {listed(general)}",
        mend=" ".join(hints) or None,
    )


def checked_parameters(
    type_name: str,
    given: Mapping[str, Any],
    *,
    has_bottoms: Optional[bool] = None,
    ntop: Optional[int] = None,
) -> dict[str, Any]:
    """Check a layer's keywords as NetSpec will read them and return them in plain Python values.

    Parameters
    ----------
    type_name : str
        The layer's type.
    given : mapping
        The keywords, ``ntop`` and ``in_place`` included.
    has_bottoms : bool, optional
        Whether positional bottoms are given too, which then cannot be given by keyword; None where ``type``,
        ``bottom`` and ``top`` may all be.
    ntop : int, optional
        The number of tops, where it is known already and no keyword.

    Returns
    -------
    dict
        The keywords with tuples, NumPy values, paths, enum names and messages made plain. An empty list is
        left out, an empty dict stays: it means a sub-message that is present and empty.

    Raises
    ------
    LayerError
        Unknown parameter, wrong type, value out of range, or an enum value that does not exist.
    """
    _, message = own_fields(type_name)
    layer = interface.caffe_pb2.LayerParameter.DESCRIPTOR
    if ntop is not None:
        given = {**given, "ntop": ntop}
    plain: dict[str, Any] = {}
    for key, value in given.items():
        if key == "ntop":
            plain[key] = _count(value)
        elif key == "in_place":
            if not isinstance(value, (bool, np.bool_)):
                raise LayerError(f"in_place wants True or False, came {_described(value)}")
            plain[key] = bool(value)
        elif (
            has_bottoms is not None and key in _WRITTEN_BY_NETSPEC and not _may_write(key, given, has_bottoms)
        ):
            raise LayerError(f"{type_name}: {key!r} cannot be set: {_WRITTEN_BY_NETSPEC[key]}")
        else:
            field = None
            if not key.endswith("param") and message is not None:
                field = message.fields_by_name.get(key)
            if field is None:
                field = layer.fields_by_name.get(key)
            if field is None:
                raise _unknown(type_name, key)
            converted = _field_value(field, value, f"{type_name}: {key}")
            if not (_is_repeated(field) and not converted):
                plain[key] = converted
    return plain


def _may_write(key: str, given: Mapping[str, Any], has_bottoms: bool) -> bool:
    """Whether a field of NetSpec's own may be given: scripts name the tops of a TEST data layer so."""
    return (key == "top" and given.get("ntop") == 0) or (key == "bottom" and not has_bottoms)


def _count(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 0:
        raise LayerError(f"ntop wants a number of tops (0, 1, 2, …), came {_described(value)}")
    return int(value)


def _is_repeated(field: Any) -> bool:
    # FieldDescriptor.label went in protobuf 7, is_repeated came in 6.
    repeated = getattr(field, "is_repeated", None)
    return bool(repeated if repeated is not None else field.label == field.LABEL_REPEATED)


def _field_value(field: Any, value: Any, where: str) -> Any:
    if value is None:
        raise LayerError(f"{where} is None", mend="leave the parameter out to get Caffe's default")
    if not _is_repeated(field):
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(()).item()
        if isinstance(value, (list, tuple, np.ndarray)) and not isinstance(value, Mapping):
            raise LayerError(
                f"{where} takes one value, came {_described(value)}",
                mend=f"{field.name} cannot be repeated"
                if len(value) != 1
                else f"write {field.name}={value[0]!r}",
            )
        return _single(field, value, where)
    if isinstance(value, np.ndarray):
        if value.ndim > 1:
            raise LayerError(f"{where} takes a flat list, came an array of shape {value.shape}")
        value = value.reshape(-1).tolist()
    elif isinstance(value, (set, frozenset)):
        raise LayerError(f"{where} takes a list, came a set, which has no order: {_described(value)}")
    elif (
        isinstance(value, (str, bytes, Mapping))
        or not isinstance(value, Iterable)
        or hasattr(value, "DESCRIPTOR")
    ):
        value = [value]
    many: list[Any] = [_single(field, item, f"{where}[{i}]") for i, item in enumerate(value)]
    return many


def _single(field: Any, value: Any, where: str) -> Any:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if field.cpp_type == field.CPPTYPE_MESSAGE:
        return _message(field.message_type, value, where)
    if field.cpp_type == field.CPPTYPE_ENUM:
        return _enum(field.enum_type, value, where)
    if field.cpp_type == field.CPPTYPE_BOOL:
        if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
            return bool(value)
        raise LayerError(f"{where} wants true or false, came {_described(value)}")
    if field.cpp_type == field.CPPTYPE_STRING:
        return _string(field, value, where)
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return _float(field, value, where)
    return _integer(field, value, where)


def _message(descriptor: Any, value: Any, where: str) -> dict[str, Any]:
    if hasattr(value, "ListFields") and value.DESCRIPTOR.name == descriptor.name:
        value = _as_dict(value)
    if not isinstance(value, Mapping):
        raise LayerError(
            f"{where} is a {descriptor.name}, which is written as a dict, came {_described(value)}",
            mend=f"write dict({', '.join(f'{f.name}=...' for f in descriptor.fields[:3])}, …)",
        )
    plain: dict[str, Any] = {}
    for key, item in value.items():
        field = descriptor.fields_by_name.get(key)
        if field is None:
            guess = nearest(str(key), descriptor.fields_by_name)
            raise LayerError(
                f"{where} has no field {key!r}; {descriptor.name} has "
                f"{listed(f.name for f in descriptor.fields)}",
                mend=f"did you mean {guess}?" if guess else None,
            )
        converted = _field_value(field, item, f"{where}.{key}")
        if not (_is_repeated(field) and not converted):
            plain[key] = converted
    if descriptor.name == "FillerParameter":
        _check_filler(plain, where)
    return plain


def _check_filler(plain: Mapping[str, Any], where: str) -> None:
    """Refuse a filler that Caffe does not have: it would abort when it fills the weights (``GetFiller``)."""
    kind = plain.get("type", "constant")
    if kind not in _FILLERS:
        guess = nearest(kind, _FILLERS)
        raise LayerError(
            f"{where} has no type {kind!r}; Caffe's fillers are {listed(_FILLERS)}",
            mend=f"did you mean {guess}?" if guess else None,
        )


def _as_dict(message: Any) -> dict[str, Any]:
    return {field.name: list(v) if _is_repeated(field) else v for field, v in message.ListFields()}


def _enum(enum: Any, value: Any, where: str) -> int:
    names = list(enum.values_by_name)
    if isinstance(value, str):
        if value in enum.values_by_name:
            return int(enum.values_by_name[value].number)
    elif isinstance(value, int) and not isinstance(value, bool) and value in enum.values_by_number:
        return int(value)
    guess = nearest(value, names) if isinstance(value, str) else None
    raise LayerError(
        f"{where} has no value {value!r}; {enum.name} has {listed(names)}",
        mend=f"did you mean {guess}?" if guess else None,
    )


def _string(field: Any, value: Any, where: str) -> Any:
    if field.type == field.TYPE_BYTES:
        if isinstance(value, (bytes, bytearray)):
            return bytes(value)
        raise LayerError(f"{where} wants bytes, came {_described(value)}")
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise LayerError(f"{where} has a character that UTF-8 cannot hold: {error}") from None
        return value
    raise LayerError(f"{where} wants a string, came {_described(value)}", mend=f"write {str(value)!r}")


def _float(field: Any, value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise LayerError(f"{where} wants a number, came {_described(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if field.cpp_type == field.CPPTYPE_FLOAT and math.isfinite(number):
        with np.errstate(over="ignore"):
            fits = bool(np.isfinite(np.float32(number)))
    else:
        fits = not (math.isinf(number) and isinstance(value, int))
    if not fits:
        raise LayerError(f"{where} is {value!r}, more than Caffe's float holds (about 3.4e38)")
    return number


_RANGES = {
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
    "UINT32": (0, 2**32 - 1),
    "UINT64": (0, 2**64 - 1),
}


def _integer(field: Any, value: Any, where: str) -> int:
    kind = next(name for name in _RANGES if getattr(field, f"CPPTYPE_{name}") == field.cpp_type)
    if isinstance(value, bool) or not isinstance(value, int):
        mend = None
        if isinstance(value, float) and value.is_integer():
            mend = f"write {int(value)}, or use // where it is computed"
        raise LayerError(
            f"{where} wants a whole number ({kind.lower()}), came {_described(value)}", mend=mend
        )
    low, high = _RANGES[kind]
    if not low <= value <= high:
        raise LayerError(f"{where} is {value}, and a {kind.lower()} goes from {low} to {high}")
    return int(value)


def fill(message: Any, plain: Mapping[str, Any]) -> None:
    """Write plain values, as ``checked_parameters`` returns them, into a message; empty dicts too."""
    for key, value in plain.items():
        target = getattr(message, key)
        if isinstance(value, Mapping):
            target.SetInParent()
            fill(target, value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for item in value:
                fill(target.add(), item)
        elif isinstance(value, list):
            target.extend(value)
        else:
            setattr(message, key, value)


def mark_present(message: Any, plain: Mapping[str, Any]) -> None:
    """Make the sub-messages present that were written as empty dicts, which NetSpec itself skips."""
    for key, value in plain.items():
        if isinstance(value, Mapping):
            target = getattr(message, key)
            if value:
                mark_present(target, value)
            else:
                target.SetInParent()
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for target, item in zip(getattr(message, key), value):
                mark_present(target, item)


def split_parameters(type_name: str, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as LayerParameter holds them: bare keywords moved into the type's own message."""
    field_name, message = own_fields(type_name)
    layer: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in plain.items():
        if not key.endswith("param") and message is not None and key in message.fields_by_name:
            own[key] = value
        else:
            layer[key] = value
    if own:
        layer[str(field_name)] = {**layer.get(str(field_name), {}), **own}
    return layer
