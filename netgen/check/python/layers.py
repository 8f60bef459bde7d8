"""The modules and classes behind a net's Python layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional, Union

from netgen.check.python.module import ClassSource, Module, module_at
from netgen.check.python.search import Found, Missing, find, from_here

__all__ = ["class_of", "look", "mend_of_name", "module_of", "start_folder"]


def start_folder(file: Any) -> Optional[str]:
    """Return the folder of a FileSubject, None where its text has no place, as from standard input."""
    path = Path(file.path)
    return str(path.parent) if path.is_file() else None


def look(file: Any, module: str) -> Union[Found, Missing]:
    """Look for a module as the layers of a FileSubject would."""
    return find(module, file.options.python_paths, start_folder(file))


def mend_of_name(module: str) -> Optional[str]:
    """Return what to write where a module is named as its file is, None where the name may be a module's."""
    folder, _, name = module.replace("\\", "/").rpartition("/")
    name = name[:-3] if name.endswith(".py") else name
    if name == module:
        return None
    path = f", and give PYTHONPATH the folder {folder}" if folder else ""
    return f"name the module without {'folder or ' if folder else 'its '}ending: {name!r}{path}"


def module_of(file: Any, layer: Any, *, near: bool = True) -> Optional[Module]:
    """Return the source of a Python layer's module, None where it is not found.

    One that only lies ``near`` counts: once PYTHONPATH names its folder, Caffe gets that.
    """
    name = layer.message.python_param.module
    found = look(file, name) if name else None
    if isinstance(found, Missing):
        return module_at(from_here(found.file)) if near and found.file is not None else None
    return None if found is None else module_at(found.path)


def class_of(file: Any, layer: Any) -> tuple[Optional[Module], Optional[ClassSource]]:
    """Return a Python layer's module and class, None where they are not found."""
    module = module_of(file, layer)
    if module is None or module.fault is not None:
        return module, None
    return module, module.find_class(layer.message.python_param.layer)
