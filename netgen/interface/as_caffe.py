"""The stand-in under Caffe's own name, for a script that says ``import caffe`` where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from netgen import interface
from netgen.errors import CaffeNotFoundError, calling_site

__all__ = ["caffe_for_scripts"]

_PUBLIC = ("NetSpec", "layers", "params", "to_proto")
_SPEC = ("Function", "NetSpec", "Top", "assign_proto", "layers", "params", "to_proto")


class _Caffe(ModuleType):
    """What of Caffe writes nets; the rest is asked for in vain, with a reason."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise _MissingError(
            f"there is no Caffe here, and {self.__name__}.{name} is no part of writing nets",
            site=calling_site(),
            mend="move what runs Caffe out of what is emitted, or emit where Caffe is installed",
        )


class _MissingError(CaffeNotFoundError, AttributeError):
    """Something of Caffe that only Caffe has."""


def _modules() -> dict[str, ModuleType]:
    caffe, spec, proto = (_Caffe(name) for name in ("caffe", "caffe.net_spec", "caffe.proto"))
    messages = interface.caffe_pb2
    for module in (caffe, proto):
        module.__path__ = []
    vars(caffe).update({name: getattr(interface, name) for name in _PUBLIC})
    vars(caffe).update(net_spec=spec, proto=proto, TRAIN=messages.TRAIN, TEST=messages.TEST)
    vars(spec).update({name: getattr(interface, name) for name in _SPEC}, caffe_pb2=messages)
    vars(proto).update(caffe_pb2=messages)
    return {
        "caffe": caffe,
        "caffe.net_spec": spec,
        "caffe.proto": proto,
        "caffe.proto.caffe_pb2": messages,
    }


@contextmanager
def caffe_for_scripts() -> Iterator[None]:
    """Let ``import caffe`` find the stand-in while a user's script runs, unless Caffe's interface is in use.

    Afterwards everything is as it was: nothing else ever sees the stand-in under that name.
    """
    if interface.source == "caffe":
        yield
        return
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "caffe"}
    for name in before:
        del sys.modules[name]
    sys.modules.update(_modules())
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "caffe"]:
            del sys.modules[name]
        sys.modules.update(before)
