"""Turning what was raised into something that can be sent."""

import re
import sys
import traceback
import types
from typing import Any, Callable

from .channel import BACKWARD, FORWARD, Position


class Refused(Exception):  # noqa: N818
    """A request that the worker itself turns down.

    Parameters
    ----------
    kind : str
        What sort of fault this is to the user.
    message : str
        What is wrong.
    details : dict
        Whatever else the parent should know: ``layer``, ``mend``, ``phase``, ``iteration``.
    """

    def __init__(self, kind: str, message: str, **details: "Any") -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details


class Report:
    """Knows the last exception that Caffe printed and threw away.

    Where a Python layer's module or class cannot be had, Caffe prints the exception, which goes through
    ``sys.excepthook``, and then raises a SystemError that says nothing.
    """

    def __init__(self) -> None:
        self._printed = None  # type: BaseException | None
        sys.excepthook = self._hook

    def _hook(
        self,
        kind: "type[BaseException]",
        error: BaseException,
        trace: "types.TracebackType | None",
    ) -> None:
        sys.__excepthook__(kind, error, trace)
        self._printed = error.with_traceback(trace)

    def clear(self) -> None:
        """Forget what earlier requests printed."""
        self._printed = None

    def describe(
        self,
        error: BaseException,
        place: "Callable[[int, int, Any], tuple[int, int]]",
        position: Position,
    ) -> "dict[str, Any]":
        """Return an exception as JSON values.

        Parameters
        ----------
        error : BaseException
            What a job raised.
        place : callable
            Given numbers of a net and a layer, and a layer object or None, returns the right numbers.
        position : Position
            Where the worker was.
        """
        if isinstance(error, Refused):
            return dict(error.details, kind=error.kind, text=str(error))
        while_loading = isinstance(error, SystemError) and self._printed is not None
        if while_loading and self._printed is not None:
            error = self._printed
        direction, net, layer, iteration = position.layer()
        owner, in_layer = _owner(error)
        net, layer = place(net, layer if direction else -1, owner)
        doing = {FORWARD: "forward", BACKWARD: "backward"}.get(direction)
        about = {
            "kind": "memory" if isinstance(error, MemoryError) else "exception",
            "type": type(error).__name__,
            "text": str(error),
            "missing": error.name if isinstance(error, ModuleNotFoundError) else None,
            "while_loading": while_loading,
            "frames": _frames(error),
            "place": [net, layer],
            "class": None if owner is None else type(owner).__name__,
            "method": in_layer if owner is not None else doing,
            "iteration": iteration,
            "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
        }  # type: dict[str, Any]
        lacking = re.match(r"module '([^']+)' has no attribute '([^']+)'", str(error))
        if while_loading and lacking:
            about["asked"] = lacking.group(2)
            about["known"] = _layers_in(lacking.group(1))
        return about


def _frames(error: BaseException) -> "list[list[Any]]":
    """Return file, line and function of each frame that is not the worker's own, outermost first."""
    frames = [
        [frame.filename, frame.lineno, frame.name]
        for frame in traceback.extract_tb(error.__traceback__)
        if not _is_ours(frame.filename)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append([error.filename, error.lineno or 1, "<module>"])
    return frames


def _layers_in(module: str) -> "list[str]":
    """Return the names of the Python layers that a module defines."""
    import caffe

    things = vars(sys.modules[module]).items() if module in sys.modules else []
    return [name for name, thing in things if isinstance(thing, type) and issubclass(thing, caffe.Layer)]


def _is_ours(path: str) -> bool:
    folder = __file__.rpartition("report")[0]
    return path.startswith((folder, "<frozen")) or "/caffe/pycaffe." in path.replace("\\", "/")


def _owner(error: BaseException) -> "tuple[Any, str | None]":
    """Return the Python layer whose method the exception came out of, and the method's name."""
    import caffe

    trace = error.__traceback__
    while trace is not None:
        candidate = trace.tb_frame.f_locals.get("self")
        if isinstance(candidate, caffe.Layer):
            return candidate, trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    return None, None
