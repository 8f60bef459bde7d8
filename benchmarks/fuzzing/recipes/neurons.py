"""Layers that work on each element by itself."""

from __future__ import annotations

import random
from typing import Any, Callable

from fuzzing.recipes.kit import RECIPES, Recipe, dims, recipe


@recipe("AbsVal", "BNLL")
def _plain(draw: random.Random) -> Recipe:
    return Recipe({}, [dims(draw, 0, 5)])


@recipe("Silence")
def _silence(draw: random.Random) -> Recipe:
    return Recipe({}, [dims(draw, 0, 5) for _ in range(draw.randint(1, 3))], 0)


@recipe("Split")
def _split(draw: random.Random) -> Recipe:
    return Recipe({}, [dims(draw, 0, 5)], draw.randint(1, 3))


def _neuron(param: str, **fields: Any) -> Callable[[random.Random], Recipe]:
    def made(draw: random.Random) -> Recipe:
        values = {name: draw.choice(choices) for name, choices in fields.items() if draw.random() < 0.5}
        return Recipe({param: values} if values or draw.random() < 0.3 else {}, [dims(draw, 0, 5)])

    return made


_ENGINES = ("DEFAULT", "CAFFE")
_NUMBERS = (0.0, 0.5, 1.0, -1.0, 2.0)
RECIPES.update(
    {
        "ReLU": _neuron("relu_param", negative_slope=_NUMBERS, engine=_ENGINES),
        "ELU": _neuron("elu_param", alpha=_NUMBERS),
        "Sigmoid": _neuron("sigmoid_param", engine=_ENGINES),
        "TanH": _neuron("tanh_param", engine=_ENGINES),
        "Swish": _neuron("swish_param", beta=_NUMBERS),
        "Threshold": _neuron("threshold_param", threshold=_NUMBERS),
        "Power": _neuron("power_param", power=_NUMBERS, scale=_NUMBERS, shift=_NUMBERS),
        "Exp": _neuron("exp_param", base=(-1.0, 2.0, 10.0, 0.5), scale=_NUMBERS, shift=_NUMBERS),
        "Log": _neuron("log_param", base=(-1.0, 2.0, 10.0, 0.5), scale=_NUMBERS, shift=_NUMBERS),
        "Dropout": _neuron("dropout_param", dropout_ratio=(0.1, 0.5, 0.9)),
    }
)
