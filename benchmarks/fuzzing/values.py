"""Random values for any field of any message, found by its descriptor."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["change_a_field", "fill", "filler", "is_repeated", "set_field"]

_INT_MAX = 2**31 - 1
UINTS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 12, 30, _INT_MAX, 2**31, 2**32 - 1, 2**32 - 2)
INTS = (0, 0, 1, 1, 2, 2, 3, 4, 5, -1, -1, -2, -3, -4, -5, 7, 31, 32, _INT_MAX, -(2**31))
INT64S = (*INTS, 2**31, 2**32, 2**32 + 1, -(2**32))
FLOATS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 1e-3, 10.0, 255.0, -7.5, 1e38, 1e-38, float("inf"), -float("inf"))
FLOATS = (*FLOATS, float("nan"), -0.0)
STRINGS = ("", "x", "data", "no such file", "xavier", "warp", "a b")
FILLERS = ("constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear")
_ODD_FILLERS = ("", "Xavier", "normal", "identity", "constant ")

# What suits a field of this name better than any value of its kind.
_BY_NAME: dict[str, tuple[Any, ...]] = {
    "axis": (0, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5),
    "end_axis": (0, 1, 2, 3, 4, -1, -2, -3, -4, -5),
    "num_axes": (0, 1, 2, 3, 4, -1, -1, -2),
    "order": (0, 1, 2, 3, 4),
    "tiles": (0, 1, 2, 3, -1, 1000),
    "group": (0, 1, 2, 3, 4, 6, 2**32 - 1),
    "local_size": (0, 1, 2, 3, 4, 5, 7, 2**32 - 1),
    "pyramid_height": (0, 1, 2, 3, 4, 40),
    "num_output": (0, 1, 2, 3, 4, 6, 7, _INT_MAX, 2**31, 2**32 - 1),
    "base": (-1.0, 0.0, 1.0, 2.0, 10.0, -2.0, float("inf"), float("nan"), 1e-38),
    "sparse": (-1, 0, 1, 2, 3, 50, -2),
    "std": (1.0, 0.1, 0.0, -1.0, float("inf"), float("nan")),
    "min": (0.0, -1.0, 1.0, 2.0, float("inf")),
    "max": (0.0, -1.0, 1.0, 2.0, float("nan")),
    "batch_size": (0, 1, 2, 3, 2**32 - 1),
    "dim": (0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12, -1, -2, 2**31 - 1, 2**31, 2**32 + 1, -(2**31)),
}


def is_repeated(field: Any) -> bool:
    """Tell whether a field is repeated; protobuf has called it by two names."""
    return bool(field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED)


def set_field(message: Any, name: str, value: Any) -> None:
    """Set a field from plain Python: dicts for messages, lists for repeated fields, names for enums."""
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.message_type is not None:
        if is_repeated(field):
            for item in value:
                fill(getattr(message, name).add(), item)
        else:
            getattr(message, name).SetInParent()
            fill(getattr(message, name), value)
        return
    if field.enum_type is not None:
        numbers = field.enum_type.values_by_name
        if isinstance(value, (list, tuple)):
            value = [numbers[item].number if isinstance(item, str) else item for item in value]
        elif isinstance(value, str):
            value = numbers[value].number
    if is_repeated(field):
        getattr(message, name).extend(value if isinstance(value, (list, tuple)) else [value])
    else:
        setattr(message, name, value)


def fill(message: Any, values: dict[str, Any]) -> None:
    """Set the fields of a message from plain Python."""
    for name, value in values.items():
        set_field(message, name, value)


def filler(draw: random.Random, axes: int = 4) -> dict[str, Any]:
    """Draw a filler that Caffe takes, for a blob of some axes."""
    kind = draw.choice(FILLERS if axes == 4 else FILLERS[:-2] if axes < 2 else FILLERS[:-1])
    if axes < 1:
        kind = draw.choice(("constant", "uniform", "gaussian"))
    made: dict[str, Any] = {"type": kind}
    if kind == "constant" and draw.random() < 0.5:
        made["value"] = draw.choice((0.0, 1.0, -2.5))
    if kind in ("gaussian", "uniform") and draw.random() < 0.5:
        made.update({"std": 0.1} if kind == "gaussian" else {"min": -0.5, "max": 0.5})
    if kind in ("xavier", "msra") and draw.random() < 0.3:
        made["variance_norm"] = draw.choice(("FAN_IN", "FAN_OUT", "AVERAGE"))
    return made


def _scalar(draw: random.Random, field: Any) -> Any:
    if field.enum_type is not None:
        return draw.choice([value.number for value in field.enum_type.values])
    if (
        field.message_type is None
        and field.containing_type.name == "FillerParameter"
        and field.name == "type"
    ):
        return draw.choice(FILLERS * 2 + _ODD_FILLERS)
    if field.name in _BY_NAME and draw.random() < 0.85:
        values = _BY_NAME[field.name]
        if field.cpp_type != field.CPPTYPE_UINT32 or min(values) >= 0:
            return draw.choice(values)
    if field.cpp_type == field.CPPTYPE_UINT32:
        return draw.choice(UINTS)
    if field.cpp_type == field.CPPTYPE_INT32:
        return draw.choice(INTS)
    if field.cpp_type == field.CPPTYPE_INT64:
        return draw.choice(INT64S)
    if field.cpp_type == field.CPPTYPE_BOOL:
        return draw.random() < 0.5
    if field.cpp_type == field.CPPTYPE_STRING:
        value = draw.choice(STRINGS)
        return value.encode() if field.type == field.TYPE_BYTES else value
    return draw.choice(FLOATS)


def change_a_field(draw: random.Random, message: Any, depth: int = 0) -> str:
    """Set, clear, lengthen or shorten one field of a message, any of them; tell which."""
    field = draw.choice(message.DESCRIPTOR.fields)
    name = field.name
    there = len(getattr(message, name)) if is_repeated(field) else message.HasField(name)
    if there and draw.random() < 0.2:
        message.ClearField(name)
        return name
    if field.message_type is not None:
        if is_repeated(field):
            items = getattr(message, name)
            if items and draw.random() < 0.2:
                del items[draw.randrange(len(items))]
                return name
            item = items.add() if not items or draw.random() < 0.3 else draw.choice(items)
        else:
            item = getattr(message, name)
            item.SetInParent()
        if depth < 3 and item.DESCRIPTOR.fields:
            return f"{name}.{change_a_field(draw, item, depth + 1)}"
        return name
    value = _scalar(draw, field)
    if not is_repeated(field):
        setattr(message, name, value)
        return name
    items = getattr(message, name)
    action = draw.random()
    if items and action < 0.4:
        items[draw.randrange(len(items))] = value
    elif items and action < 0.5:
        del items[draw.randrange(len(items))]
    else:
        items.append(value)
        if action > 0.85:
            items.append(_scalar(draw, field))
    return name
