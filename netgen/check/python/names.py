"""Global names that a module uses and never binds: what raises NameError when the layer runs."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from typing import NamedTuple

__all__ = ["PYTHON_2", "Undefined", "undefined"]

PYTHON_2 = {
    "basestring": "str",
    "file": "open",
    "iteritems": "items",
    "long": "int",
    "raw_input": "input",
    "reduce": "functools.reduce",
    "reload": "importlib.reload",
    "unichr": "chr",
    "unicode": "str",
    "xrange": "range",
}
"""Names that Python 2 had, and what Python 3 has in their place."""

_KNOWN = frozenset(dir(builtins)) | {
    "__annotations__",
    "__builtins__",
    "__class__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
    "WindowsError",
}


class Undefined(NamedTuple):
    """A name that nothing binds."""

    name: str
    line: int
    where: str
    """The class and method, or the function; '' for the module itself."""
    dotted: str
    """The name with the attribute that is first asked of it: ``scipy.special``."""


def undefined(
    text: bytes, path: str, tree: ast.Module, classes: frozenset[str], every: frozenset[str]
) -> list[Undefined]:
    """Return the names that some classes, and the module's own functions and statements, use unbound.

    Parameters
    ----------
    text : bytes
        The module's source, which is compiled to a table of symbols, and not run.
    path : str
        Its file.
    tree : ast.Module
        Its syntax tree.
    classes : frozenset of str
        The classes whose methods count.
    every : frozenset of str
        All the module's classes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Decoded as Python itself would: a table is made of text only.
            table = symtable.symtable(_decoded(text), path, "exec")
    except (SyntaxError, ValueError, LookupError, RecursionError):
        return []
    bound = _bound(table)
    used: dict[str, str] = {}
    for symbol in table.get_symbols():
        if symbol.is_referenced() and symbol.get_name() not in bound:
            used.setdefault(symbol.get_name(), "")
    for child in table.get_children():
        skipped = child.get_type() == "class" and child.get_name() in every - classes
        if not skipped:
            _collect(child, child.get_name(), bound, used)
    lines = _lines(tree, set(used))
    dotted = _dotted(tree, set(used))
    return [
        Undefined(name, lines.get(name, 1), where, dotted.get(name, name)) for name, where in used.items()
    ]


def _decoded(text: bytes) -> str:
    import io
    import tokenize

    return io.TextIOWrapper(io.BytesIO(text), tokenize.detect_encoding(io.BytesIO(text).readline)[0]).read()


def _bound(table: symtable.SymbolTable) -> set[str]:
    """Return the names that the module binds, by itself or by functions that declare them global."""
    bound = set(_KNOWN)
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            bound.add(symbol.get_name())
    stack = list(table.get_children())
    while stack:
        scope = stack.pop()
        stack += scope.get_children()
        for symbol in scope.get_symbols():
            if symbol.is_declared_global() and (symbol.is_assigned() or symbol.is_imported()):
                bound.add(symbol.get_name())
    return bound


def _collect(scope: symtable.SymbolTable, where: str, bound: set[str], used: dict[str, str]) -> None:
    if scope.get_type() not in ("function", "class"):
        return
    for symbol in scope.get_symbols():
        if symbol.is_referenced() and symbol.is_global() and symbol.get_name() not in bound:
            used.setdefault(symbol.get_name(), where)
    for child in scope.get_children():
        inner = child.get_name()
        _collect(child, f"{where}.{inner}" if inner.isidentifier() else where, bound, used)


def _dotted(tree: ast.Module, names: set[str]) -> dict[str, str]:
    dotted: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            dotted.setdefault(node.value.id, f"{node.value.id}.{node.attr}")
    return dotted


def _lines(tree: ast.Module, names: set[str]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines
