"""Caffe's parameter enums: ``from netgen import params as P``, then ``P.Pooling.MAX``."""

from __future__ import annotations

from typing import Any

from netgen import interface
from netgen.errors import UnknownNameError, calling_site, listed, nearest

__all__: list[str] = []


class _Values:
    """The enum values of one layer's parameter message."""

    def __init__(self, name: str, message: Any) -> None:
        self._name = name
        self._message = message

    def _values(self) -> list[str]:
        return [value for enum in self._message.DESCRIPTOR.enum_types for value in enum.values_by_name]

    def __getattr__(self, value: str) -> int:
        if value.startswith("__"):
            raise AttributeError(value)
        values = self._values()
        if value not in values:
            guess = nearest(value, values)
            raise UnknownNameError(
                f"P.{self._name} has no value {value!r}; it has {listed(values)}",
                site=calling_site(),
                mend=f"did you mean P.{self._name}.{guess}?" if guess else None,
            )
        number: int = getattr(self._message, value)
        return number

    def __dir__(self) -> list[str]:
        return self._values()


def _messages() -> list[str]:
    names = interface.caffe_pb2.DESCRIPTOR.message_types_by_name
    return sorted(name[: -len("Parameter")] for name in names if name.endswith("Parameter"))


def __getattr__(name: str) -> _Values:
    if name.startswith("__"):
        raise AttributeError(name)
    message = getattr(interface.caffe_pb2, f"{name}Parameter", None) if name in _messages() else None
    if message is None:
        guess = nearest(name, _messages())
        raise UnknownNameError(
            f"Caffe has no message {name}Parameter",
            site=calling_site(),
            mend=f"did you mean P.{guess}?" if guess else None,
        )
    return _Values(name, message)


def __dir__() -> list[str]:
    return _messages()
