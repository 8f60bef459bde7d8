"""Whether a ``param_str`` is what a class declares to take.

A class's entry in its module's ``LAYERS`` has, under ``parameters``, a rule for each key. Its ``kind`` is
``choice`` (with ``choices``), ``number``, ``integer``, ``flag``, ``text`` or ``size``; ``required``,
``nullable``, ``positive``, ``least`` and ``below`` say the rest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from netgen.errors import nearest

__all__ = ["Fault", "faults"]

_FLOAT_MAX = 3.4028234663852886e38


class Fault(NamedTuple):
    """What is wrong with a ``param_str``."""

    message: str
    mend: str


class _Wrong(Exception):  # noqa: N818 (it never leaves this module)
    """What is wrong with the whole text."""


def faults(text: str, rules: Any) -> Iterator[Fault]:
    """Yield what is wrong with a ``param_str``, by the rules of its keys.

    Parameters
    ----------
    text : str
        The ``param_str``; an empty one is an empty object.
    rules : mapping of str to mapping
        What is declared for each key.
    """
    if not isinstance(rules, dict):
        return
    rules = {key: rule if isinstance(rule, dict) else {} for key, rule in rules.items()}
    keys = f"the keys are {', '.join(rules)}" if rules else "it takes no keys"
    try:
        given = _read(text)
    except _Wrong as wrong:
        example = json.dumps({key: rule.get("default", "...") for key, rule in list(rules.items())[:3]})
        yield Fault(str(wrong), f"write a JSON object, with double quotes, such as '{example}'")
        return
    for key, value in given.items():
        if key in rules:
            yield from _value(key, value, rules[key])
        else:
            meant = nearest(key, rules)
            yield Fault(
                f"param_str has the unknown key {key!r}",
                f"did you mean {meant!r}?" if meant else keys,
            )
    missing = [key for key, rule in rules.items() if rule.get("required") and key not in given]
    if missing:
        yield Fault(f"param_str lacks {' and '.join(missing)}", keys)


def _read(text: str) -> dict[str, Any]:
    def constant(name: str) -> None:
        raise _Wrong(f"param_str holds {name}, which is no JSON number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise _Wrong(f"param_str has the key {key!r} twice")
            seen[key] = value
        return seen

    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=constant, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise _Wrong(f"param_str is not JSON: {reason} at column {error.colno} of {text!r}") from None
    except RecursionError:
        raise _Wrong("param_str is nested too deep") from None
    if not isinstance(value, dict):
        raise _Wrong(f"param_str must be a JSON object, came {text!r}")
    return value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and abs(value) <= _FLOAT_MAX


def _is_size(value: Any) -> bool:
    sides = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(_is_integer(side) and side > 0 for side in sides)


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "integer": (_is_integer, "a whole number"),
    "number": (_is_number, "a number"),
    "size": (_is_size, "a positive whole number or [height, width]"),
    "text": (lambda value: isinstance(value, str) and bool(value), "a string in double quotes"),
}


def _value(key: str, value: Any, rule: dict[str, Any]) -> Iterator[Fault]:
    if value is None and rule.get("nullable"):
        return
    kind = rule.get("kind")
    if kind == "choice":
        choices = rule.get("choices", [])
        if not isinstance(value, bool) and value in choices:
            return
        meant = nearest(value, [c for c in choices if isinstance(c, str)]) if isinstance(value, str) else None
        yield Fault(
            f"{key} cannot be {json.dumps(value)}",
            f"did you mean {meant!r}?" if meant else f"the choices are {', '.join(map(str, choices))}",
        )
        return
    if kind not in _KINDS:
        return
    good, wanted = _KINDS[kind]
    least, below = rule.get("least", -math.inf), rule.get("below", math.inf)
    bounded = kind in ("integer", "number")
    fine = good(value) and (not bounded or least <= value < below)
    if fine and not (bounded and rule.get("positive") and value <= 0):
        return
    wanted += " above 0" if rule.get("positive") else ""
    wanted += f" of at least {least}" if least > -math.inf else ""
    wanted += f" and below {below}" if below < math.inf else ""
    wanted += " or null" if rule.get("nullable") else ""
    yield Fault(f"{key} must be {wanted}, came {json.dumps(value)}", f"write {wanted}")
