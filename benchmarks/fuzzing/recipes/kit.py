"""What recipes are made with."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

__all__ = ["RECIPES", "Recipe", "Shape", "axis_of", "dims", "engine", "picture", "recipe", "some"]

Shape = list[int]


class Recipe(NamedTuple):
    """What a layer is made of."""

    params: dict[str, dict[str, Any]]
    bottoms: Sequence[Shape]
    tops: int = 1
    extra: Mapping[str, Any] = MappingProxyType({})
    """Other fields of the LayerParameter."""


RECIPES: dict[str, Callable[[random.Random], Recipe]] = {}


def recipe(*types: str) -> Callable[[Any], Any]:
    def keep(function: Any) -> Any:
        for name in types:
            RECIPES[name] = function
        return function

    return keep


def some(draw: random.Random, **values: Any) -> dict[str, Any]:
    """Each of the values with even chance; those that are functions are called."""
    kept = {name: value for name, value in values.items() if draw.random() < 0.5}
    return {name: value() if callable(value) else value for name, value in kept.items()}


def dims(draw: random.Random, low: int, high: int) -> Shape:
    """A shape of low to high axes."""
    return [draw.choice((1, 2, 2, 3, 3, 4, 5, 6)) for _ in range(draw.randint(low, high))]


def picture(draw: random.Random, small: int = 3, large: int = 12) -> Shape:
    """N x C x H x W."""
    return [draw.randint(1, 3), draw.randint(1, 6), draw.randint(small, large), draw.randint(small, large)]


def axis_of(draw: random.Random, shape: Shape) -> int:
    """An axis of a shape, counted from the front or the back."""
    axis = draw.randrange(len(shape))
    return axis if draw.random() < 0.6 else axis - len(shape)


def engine(draw: random.Random) -> dict[str, Any]:
    return some(draw, engine=lambda: draw.choice(("DEFAULT", "CAFFE")))
