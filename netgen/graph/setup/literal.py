"""Python literals, evaluated from their syntax tree: constants, lists, dicts, and sums of numbers."""

from __future__ import annotations

import ast
from typing import Any, Callable, Optional

__all__ = ["entries", "evaluate"]

_LARGEST_POWER = 64

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def evaluate(node: ast.expr) -> Any:
    """Return a literal's value, None where it is no literal.

    Beyond ``ast.literal_eval`` it reckons with numbers, so that ``1 / 255`` and ``2**32`` are literals, too.
    """
    try:
        return _value(node)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return None


def entries(node: Optional[ast.expr]) -> dict[Any, ast.expr]:
    """Return a dict's entries as they stand, so that one that is no literal does not spoil the others."""
    if not isinstance(node, ast.Dict):
        return {}
    return {key.value: value for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant)}


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Dict):
        keys = [key for key in node.keys if key is not None]
        if len(keys) != len(node.values):
            raise ValueError
        return {_value(key): _value(value) for key, value in zip(keys, node.values)}
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        made: type = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
        return made(map(_value, node.elts))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = _number(_value(node.operand))
        return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.BinOp):
        left, right = _number(_value(node.left)), _number(_value(node.right))
        if isinstance(node.op, ast.Pow):
            if abs(right) > _LARGEST_POWER or abs(left) > 2**16:
                raise ValueError
            return left**right
        if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
    raise ValueError


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise ValueError
