"""Caffe's layers, checked as they are written: ``from netgen import layers as L``.

``L.Convolution(bottom, num_output=64, kernel_size=3)`` makes the very Function and Top that Caffe's own
``caffe.layers`` makes, after checking bottoms and parameters against Caffe's schema.

Examples
--------
>>> from netgen import layers as L
>>> data = L.Input(shape=dict(dim=[1, 1, 28, 28]))
>>> L.Convolution(data, num_outputs=20)
Traceback (most recent call last):
    ...
netgen.errors.LayerError: ...Convolution has no parameter 'num_outputs'; ...
"""

from __future__ import annotations

from typing import Any, Callable

from netgen.dsl.layers import known_types, layer_function

_made: dict[str, Callable[..., Any]] = {}


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in _made:
        _made[name] = layer_function(name)
    return _made[name]


def __dir__() -> list[str]:
    return sorted(known_types())
