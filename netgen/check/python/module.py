"""What a module of Python layers defines, from its syntax tree."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from netgen.check.python.names import Undefined, undefined
from netgen.graph.setup.literal import entries, evaluate

__all__ = ["ClassSource", "Module", "SyntaxFault", "Undefined", "dotted", "module_at"]

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]

# The bases that bring none of the methods that Caffe calls: pycaffe's Layer, and Python's own.
_EMPTY_BASES = frozenset({"caffe.Layer", "Layer", "caffe._caffe.Layer", "object"})


# What can bind names that nobody can see.
_BINDERS = frozenset({"exec", "execfile", "globals"})


class SyntaxFault(NamedTuple):
    """Why Python cannot read a module."""

    line: int
    message: str


class ClassSource(NamedTuple):
    """A class of a module."""

    name: str
    methods: dict[str, Function]
    """Its own, and those that it has from classes of the same module."""

    whole: bool
    """Whether these are all: every base is known."""

    assigned: frozenset[str]
    """The names that class statements assign to: methods, perhaps."""

    scopes: frozenset[str]
    """The names of the classes of the module that it is made of."""

    is_layer: bool
    """Whether one of them is made of ``caffe.Layer``."""


class Module:
    """A module's source.

    Parameters
    ----------
    path : str
        Its file.
    text : bytes
        What the file holds.
    """

    def __init__(self, path: str, text: bytes) -> None:
        self.path = path
        self.fault: Optional[SyntaxFault] = None
        """Why it has no classes and no names: it is no Python."""
        self._text = text
        self._tree = ast.Module(body=[], type_ignores=[])
        try:
            with warnings.catch_warnings():
                # A backslash in a string that stands for nothing: no business of a prototxt's checker.
                warnings.simplefilter("ignore")
                self._tree = ast.parse(text, path)
        except SyntaxError as error:
            # Newer Pythons guess what was meant; each guesses otherwise.
            reason = (error.msg or "invalid syntax").partition(". ")[0]
            self.fault = SyntaxFault(error.lineno or 1, reason[:1].lower() + reason[1:])
        except (ValueError, RecursionError, MemoryError) as error:
            self.fault = SyntaxFault(1, str(error) or type(error).__name__)
        self._nodes: dict[str, ast.ClassDef] = {}
        self._empty_bases = set(_EMPTY_BASES)
        self.bound: set[str] = set()
        """The names that the module binds, classes included."""
        self.open = False
        """Whether it may bind other names: by a star import, exec or globals()."""
        self._declared: dict[Any, ast.expr] = {}
        for statement in _statements(self._tree.body):
            self._read(statement)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Name) and node.id in _BINDERS:
                self.open = True

    def _read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ClassDef):
            self._nodes[statement.name] = statement
            self.bound.add(statement.name)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.bound.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                if alias.name == "caffe":
                    self._empty_bases.add(f"{alias.asname or alias.name}.Layer")
                if alias.name == "*":
                    self.open = True
                self.bound.add(alias.asname or alias.name.split(".")[0])
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
                self.bound.update(names)
                if names == ["LAYERS"] and statement.value is not None:
                    self._declared = entries(statement.value)

    @property
    def class_names(self) -> list[str]:
        """The module's classes, in order."""
        return list(self._nodes)

    def declared(self, class_name: str) -> Optional[dict[str, Any]]:
        """Return what the module's ``LAYERS`` says of a class, None where it says nothing.

        ``LAYERS`` is a literal beside the class: its bottoms, how many are needed, its tops, and the keys of
        its ``param_str``.
        """
        rules = evaluate(self._declared[class_name]) if class_name in self._declared else None
        return rules if isinstance(rules, dict) else None

    def find_class(self, name: str) -> Optional[ClassSource]:
        """Return a class, None where the module has no class statement of this name."""
        if name not in self._nodes:
            return None
        methods: dict[str, Function] = {}
        assigned: set[str] = set()
        scopes: set[str] = set()
        whole = self._gather(name, methods, assigned, scopes)
        bases = {dotted(base) for scope in scopes for base in self._nodes[scope].bases}
        is_layer = not bases.isdisjoint(self._empty_bases - {"object"})
        return ClassSource(name, methods, whole, frozenset(assigned), frozenset(scopes), is_layer)

    def _gather(self, name: str, methods: dict[str, Function], assigned: set[str], scopes: set[str]) -> bool:
        if name in scopes:
            return True
        scopes.add(name)
        node = self._nodes[name]
        # Decorators, metaclasses and __getattr__ can bring any method.
        whole = not node.decorator_list and not node.keywords
        for statement in _statements(node.body):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                methods.setdefault(statement.name, statement)
            elif isinstance(statement, ast.Assign):
                # ``reshape = setup``: a method of another name; what it does is not looked at.
                assigned.update(target.id for target in statement.targets if isinstance(target, ast.Name))
        whole = whole and "__getattr__" not in methods and "__getattribute__" not in methods
        for base in node.bases:
            shown = dotted(base)
            if shown in self._nodes:
                whole = self._gather(shown, methods, assigned, scopes) and whole
            elif shown not in self._empty_bases:
                whole = False
        return whole

    def undefined(self, class_name: str) -> list[Undefined]:
        """Return the global names that the class's methods and the module itself use, and nothing binds."""
        found = self.find_class(class_name)
        if self.open or self.fault or found is None:
            return []
        return undefined(self._text, self.path, self._tree, found.scopes, frozenset(self._nodes))


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements with those inside ``if``, ``try``, ``with`` and loops, which run where they stand."""
    found: list[ast.stmt] = []
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        found.append(statement)
        inner: list[ast.stmt] = []
        for field in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                inner += getattr(statement, field, [])
        if isinstance(statement, ast.Try):
            for handler in statement.handlers:
                inner += handler.body
        stack += reversed(inner)
    return found


def dotted(node: ast.expr) -> str:
    """Return a name with its dots, such as ``json.loads``; ``?`` stands for what is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def module_at(path: str) -> Optional[Module]:
    """Return a module's source, None where the file cannot be read; remembered until the file changes."""
    try:
        status = Path(path).stat()
        return _module(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _module(path: str, changed: int, size: int) -> Module:
    del changed, size
    return Module(path, Path(path).read_bytes())
