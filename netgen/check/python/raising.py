"""Whether a Python layer's ``setup`` is sure to raise for its ``param_str``: followed on paper, never run.

Only what is certain counts: statements that always run, on values that follow from ``param_str`` alone. Where
anything else decides, the following ends, and nothing is said.
"""

from __future__ import annotations

import ast
import json
from typing import Any, NamedTuple, Optional

from netgen.check.python.module import ClassSource, dotted

__all__ = ["Raised", "raised_by_setup"]

_MOST_STEPS = 2000


class Raised(NamedTuple):
    """What ``setup`` raises."""

    line: int
    """In the module."""
    what: str
    """Such as ``KeyError: 'shape'``."""
    reads: str
    """How it reads ``param_str``: ``json.loads``, ``eval``; empty where it came to something else."""


class _Unknown:
    """A value that does not follow from ``param_str``."""

    def __repr__(self) -> str:
        return "unknown"


_UNKNOWN: Any = _Unknown()


class _Stop(Exception):  # noqa: N818 (nothing is wrong)
    """From here on other things decide."""


class _RaisesError(Exception):
    def __init__(self, node: ast.AST, what: str, reads: str = "") -> None:
        super().__init__(what)
        self.raised = Raised(getattr(node, "lineno", 0), what, reads)


def raised_by_setup(source: ClassSource, param_str: str) -> Optional[Raised]:
    """Return what a layer's ``setup`` is sure to raise, None where nothing is sure.

    Parameters
    ----------
    source : ClassSource
        The layer's class.
    param_str : str
        What the net gives it.
    """
    setup = source.methods.get("setup")
    if setup is None or "setup" in source.assigned or not setup.args.args or setup.decorator_list:
        return None
    follower = _Follower(setup.args.args[0].arg, param_str)
    try:
        follower.run(setup.body)
    except _RaisesError as raises:
        return raises.raised
    except (_Stop, RecursionError, MemoryError):
        pass
    return None


class _Follower:
    def __init__(self, own_name: str, param_str: str) -> None:
        self.names: dict[str, Any] = {}
        self.attributes: dict[str, Any] = {"param_str": param_str, "param_str_": param_str}
        self.own_name = own_name
        self.steps = 0

    # ---- statements ----

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise _Stop
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Expr):
            self.value(statement.value)
        elif isinstance(statement, ast.Assign):
            value = self.value(statement.value)
            for target in statement.targets:
                self._assign(target, value)
        elif isinstance(statement, ast.AnnAssign):
            if statement.value is not None:
                self._assign(statement.target, self.value(statement.value))
        elif isinstance(statement, ast.AugAssign):
            self.value(statement.value)
            self._assign(statement.target, _UNKNOWN)
        elif isinstance(statement, ast.If):
            test = self.value(statement.test)
            if test is _UNKNOWN:
                raise _Stop
            self.run(statement.body if test else statement.orelse)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                self.names.pop(alias.asname or alias.name.partition(".")[0], None)
        elif not isinstance(statement, ast.Pass):
            # What raises by itself means it, and says it better; the rest are loops, try and return.
            raise _Stop

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Attribute) and self._is_self(target.value):
            self.attributes[target.attr] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._assign(element.value if isinstance(element, ast.Starred) else element, _UNKNOWN)
        else:
            # Something inside a value is changed, maybe one that is known.
            raise _Stop

    def _is_self(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.own_name

    # ---- expressions ----

    def value(self, node: ast.expr) -> Any:
        """Return an expression's value, raising what it is sure to raise."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.names.get(node.id, _UNKNOWN)
        if isinstance(node, ast.Attribute):
            if self._is_self(node.value):
                return self.attributes.get(node.attr, _UNKNOWN)
            return _UNKNOWN
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.IfExp):
            test = self.value(node.test)
            return _UNKNOWN if test is _UNKNOWN else self.value(node.body if test else node.orelse)
        if isinstance(node, ast.BoolOp):
            return self._bool(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            operand = self.value(node.operand)
            return _UNKNOWN if operand is _UNKNOWN else not operand
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            values = [self.value(element) for element in node.elts]
            return _UNKNOWN if any(value is _UNKNOWN for value in values) else values
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            self.value(node.generators[0].iter)  # the one part of it that always runs
        return _UNKNOWN

    def _bool(self, node: ast.BoolOp) -> Any:
        value: Any = _UNKNOWN
        for operand in node.values:
            value = self.value(operand)
            if value is _UNKNOWN:
                return _UNKNOWN
            if bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def _compare(self, node: ast.Compare) -> Any:
        left, right = self.value(node.left), self.value(node.comparators[0])
        if len(node.ops) > 1 or left is _UNKNOWN or right is _UNKNOWN:
            return _UNKNOWN
        operator = node.ops[0]
        if isinstance(operator, (ast.Eq, ast.Is)):
            return left == right
        if isinstance(operator, (ast.NotEq, ast.IsNot)):
            return left != right
        if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(right, (str, list, tuple, dict)):
            try:
                return (left in right) is isinstance(operator, ast.In)
            except TypeError:
                return _UNKNOWN
        return _UNKNOWN

    def _subscript(self, node: ast.Subscript) -> Any:
        container = self.value(node.value)
        key = _UNKNOWN if isinstance(node.slice, ast.Slice) else self.value(node.slice)
        if container is _UNKNOWN or key is _UNKNOWN:
            return _UNKNOWN
        try:
            return container[key]
        except (KeyError, IndexError, TypeError) as error:
            raise _RaisesError(node, _shown(error)) from None

    def _call(self, node: ast.Call) -> Any:
        called = dotted(node.func)
        arguments = [self.value(argument) for argument in node.args]
        for keyword in node.keywords:
            self.value(keyword.value)
        if isinstance(node.func, ast.Attribute) and called not in _READERS:
            return self._method(node, node.func, arguments)
        if not arguments or arguments[0] is _UNKNOWN or called.partition(".")[0] in self.names:
            return _UNKNOWN
        try:
            if called in _READERS and isinstance(arguments[0], str) and len(arguments) == 1:
                return _READERS[called](arguments[0])
            if called in _CONVERSIONS and len(arguments) == 1 and not node.keywords:
                return _CONVERSIONS[called](arguments[0])
        except (SyntaxError, ValueError, TypeError) as error:
            if called not in _READERS:
                raise _RaisesError(node, _shown(error)) from None
            # Each Python says in its own words why.
            what = f"{type(error).__name__}: {called} cannot read this"
            raise _RaisesError(node, what, called) from None
        return _UNKNOWN

    def _method(self, node: ast.Call, function: ast.Attribute, arguments: list[Any]) -> Any:
        owner = self.value(function.value)
        if owner is _UNKNOWN:
            return _UNKNOWN
        if not hasattr(owner, function.attr):
            what = f"AttributeError: {type(owner).__name__!r} object has no attribute {function.attr!r}"
            raise _RaisesError(node, what)
        if function.attr == "get" and isinstance(owner, dict) and not node.keywords:
            if any(argument is _UNKNOWN for argument in arguments) or len(arguments) not in (1, 2):
                return _UNKNOWN
            try:
                return owner.get(*arguments)
            except TypeError as error:
                raise _RaisesError(node, _shown(error)) from None
        if isinstance(owner, (dict, list)) and function.attr not in ("items", "keys", "values", "copy"):
            raise _Stop  # it may change what is known
        return _UNKNOWN


def _evaluated(text: str) -> Any:
    """Return what ``eval`` gives for a literal; anything else that is Python is unknown."""
    try:
        tree = ast.parse(text.lstrip(" \t"), mode="eval")
    except (MemoryError, RecursionError):
        raise _Stop from None
    try:
        return ast.literal_eval(tree)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return _UNKNOWN


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (MemoryError, RecursionError):
        raise _Stop from None


_READERS: dict[str, Any] = {
    "ast.literal_eval": _literal,
    "eval": _evaluated,
    "json.loads": json.loads,
    "literal_eval": _literal,
}
_CONVERSIONS: dict[str, Any] = {"float": float, "int": int, "len": len}


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
