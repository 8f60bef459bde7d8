"""Caffe's Python interface for writing nets: Caffe's own where it is installed, else netgen's stand-in.

``NetSpec``, ``Top``, ``Function``, ``layers``, ``params``, ``to_proto``, ``assign_proto`` and ``caffe_pb2``
all come from one side, and ``source`` says which: ``"caffe"`` or ``"netgen"``. Nothing is imported before one
of them is first asked for, since importing Caffe takes half a second.

The environment variable ``NETGEN_INTERFACE`` chooses the side: ``caffe``, ``netgen``, or, unset or empty,
Caffe where it works.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from netgen.errors import CaffeNotFoundError, OptionError

if TYPE_CHECKING:
    from netgen.interface.standin import Function, NetSpec, Top, assign_proto, layers, params, to_proto
    from netgen.schema import caffe_pb2

    source: str

__all__ = [
    "Function",
    "NetSpec",
    "Top",
    "assign_proto",
    "caffe_pb2",
    "layers",
    "params",
    "source",
    "to_proto",
]

_VARIABLE = "NETGEN_INTERFACE"
_CHOICES = ("caffe", "netgen")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(_resolved())
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _resolved() -> dict[str, Any]:
    choice = os.environ.get(_VARIABLE, "")
    if choice not in ("", *_CHOICES):
        raise OptionError(
            f"{_VARIABLE} is {choice!r}, expected {' or '.join(_CHOICES)}",
            mend=f"unset {_VARIABLE} to use Caffe's interface where it works and netgen's elsewhere",
        )
    if choice != "netgen":
        try:
            import_module("caffe")
            return _of("caffe", "caffe.net_spec", "caffe.proto.caffe_pb2")
        except Exception as error:  # an extension module that does not fit may raise anything
            reason, broken = _why_not(error)
            if choice == "caffe":
                raise CaffeNotFoundError(
                    f"{_VARIABLE} asks for Caffe's own interface, but {reason}",
                    mend=f"install Caffe for this Python, or unset {_VARIABLE}",
                ) from error
            if broken:
                message = f"netgen's own NetSpec takes the place of Caffe's: {reason}"
                warnings.warn(message, RuntimeWarning, stacklevel=3)
    return _of("netgen", "netgen.interface.standin", "netgen.schema.caffe_pb2")


def _of(side: str, interface: str, messages: str) -> dict[str, Any]:
    found = import_module(interface)
    names = [name for name in __all__ if name not in ("caffe_pb2", "source")]
    resolved = {name: getattr(found, name) for name in names}
    return {**resolved, "caffe_pb2": import_module(messages), "source": side}


def _why_not(error: Exception) -> tuple[str, bool]:
    """Return why Caffe cannot be used, and whether one is there that is broken."""
    if isinstance(error, ModuleNotFoundError) and error.name == "caffe":
        return "no module caffe is installed", False
    if isinstance(error, ModuleNotFoundError) and error.name == "caffe.net_spec":
        where = getattr(sys.modules.get("caffe"), "__file__", None) or "a folder without code"
        return f"the caffe that Python finds is not Caffe, only a placeholder of its name ({where})", False
    return f"importing caffe failed with {type(error).__name__}: {error}", True
