"""Modules of Caffe Python layers, read as text: nothing that a prototxt names is ever imported or run."""

from __future__ import annotations

from netgen.check.python.module import ClassSource, Module, SyntaxFault, Undefined, module_at
from netgen.check.python.search import Found, Missing, find

__all__ = ["ClassSource", "Found", "Missing", "Module", "SyntaxFault", "Undefined", "find", "module_at"]
