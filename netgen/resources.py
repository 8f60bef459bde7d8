"""Where netgen's templates and Python layers are: inside an installed package, or in a checkout's folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

__all__ = ["layer_source", "layers_folder", "python_modules", "templates_folder"]

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    packed = _PACKAGE / f"_{name}"
    return packed if packed.is_dir() else _PACKAGE.parent / name


def templates_folder() -> Path:
    """Return the folder of netgen's own Jinja templates."""
    return _folder("templates")


def layers_folder() -> Path:
    """Return the folder of the Caffe Python layers that netgen brings, such as ``loss_layers.py``."""
    return _folder("layers")


def layer_source(module: str) -> Optional[bytes]:
    """Return the source of one of netgen's own modules of Python layers.

    Parameters
    ----------
    module : str
        As ``python_param`` names it: ``loss_layers``.

    Returns
    -------
    bytes or None
        None where netgen brings no module of that name.
    """
    if not module.isidentifier():
        return None
    path = layers_folder() / f"{module}.py"
    return path.read_bytes() if path.is_file() else None


def python_modules(message: Any) -> list[str]:
    """Return the modules that a net's Python layers name, each once, in the order of the layers.

    Parameters
    ----------
    message : NetParameter
        Of any Caffe's schema.
    """
    modules = {
        layer.python_param.module: None
        for layer in message.layer
        if layer.type == "Python" and layer.python_param.module
    }
    return list(modules)
