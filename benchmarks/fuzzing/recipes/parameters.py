"""Layers with parameters, and normalisation."""

from __future__ import annotations

import random
from typing import Any, Callable

from fuzzing.recipes.kit import RECIPES, Recipe, axis_of, dims, recipe, some
from fuzzing.values import filler


@recipe("InnerProduct")
def _inner_product(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    param = {
        "num_output": draw.randint(1, 6),
        "axis": axis_of(draw, shape),
        **some(
            draw,
            bias_term=lambda: draw.random() < 0.5,
            weight_filler=lambda: filler(draw, 2),
            bias_filler=lambda: filler(draw, 1),
            transpose=lambda: draw.random() < 0.5,
        ),
    }
    return Recipe({"inner_product_param": param}, [shape])


@recipe("Embed")
def _embed(draw: random.Random) -> Recipe:
    param = {
        "num_output": draw.randint(1, 6),
        "input_dim": draw.randint(1, 6),
        **some(
            draw,
            bias_term=lambda: draw.random() < 0.5,
            weight_filler=lambda: filler(draw, 2),
            bias_filler=lambda: filler(draw, 1),
        ),
    }
    return Recipe({"embed_param": param}, [dims(draw, 0, 4)])


def _scale(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    axis = draw.randrange(len(shape))
    count = draw.randint(0, len(shape) - axis)
    param: dict[str, Any] = {"axis": draw.choice((axis, axis - len(shape)))}
    bottoms = [shape]
    if draw.random() < 0.5:
        bottoms.append(shape[axis : axis + count])
        if not count:
            param["axis"] = 0
    else:
        param["num_axes"] = draw.choice((count, -1))
        param.update(some(draw, filler=lambda: filler(draw, count if param["num_axes"] >= 0 else 1)))
        if param["num_axes"] < 0 and "filler" in param:
            param["filler"] = {"type": "constant", "value": 2.0}
    return Recipe({"scale_param": param}, bottoms)


@recipe("Scale")
def _scale_with_bias(draw: random.Random) -> Recipe:
    made = _scale(draw)
    if draw.random() < 0.5:
        made.params["scale_param"]["bias_term"] = True
        made.params["scale_param"].update(some(draw, bias_filler={"type": "constant", "value": 1.0}))
    return made


@recipe("Bias")
def _bias(draw: random.Random) -> Recipe:
    made = _scale(draw)
    return made._replace(params={"bias_param": made.params["scale_param"]})


@recipe("PReLU")
def _prelu(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    param = some(draw, channel_shared=lambda: draw.random() < 0.5, filler=lambda: filler(draw, 1))
    if param.get("channel_shared") and "filler" in param:
        param["filler"] = {"type": "constant", "value": 0.25}
    return Recipe({"prelu_param": param}, [shape])


@recipe("BatchNorm")
def _batch_norm(draw: random.Random) -> Recipe:
    param = some(
        draw, use_global_stats=lambda: draw.random() < 0.5, moving_average_fraction=0.9, eps=lambda: 1e-3
    )
    extra: dict[str, Any] = {}
    if draw.random() < 0.5:
        extra["param"] = [some(draw, lr_mult=0.0) for _ in range(draw.randint(0, 3))]
    return Recipe({"batch_norm_param": param}, [dims(draw, 1, 5)], 1, extra)


@recipe("MVN")
def _mvn(draw: random.Random) -> Recipe:
    param = some(
        draw,
        normalize_variance=lambda: draw.random() < 0.5,
        across_channels=lambda: draw.random() < 0.5,
        eps=1e-3,
    )
    return Recipe({"mvn_param": param}, [dims(draw, 0, 4)])


@recipe("Parameter")
def _parameter(draw: random.Random) -> Recipe:
    return Recipe({"parameter_param": {"shape": {"dim": dims(draw, 0, 5)}}}, [])


def _recurrent(draw: random.Random) -> Recipe:
    steps, streams, outputs = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 4)
    bottoms = [[steps, streams, *dims(draw, 1, 2)], [steps, streams]]
    if draw.random() < 0.3:
        bottoms.append([streams, *dims(draw, 1, 2)])
    param: dict[str, Any] = {"num_output": outputs}
    param.update(some(draw, weight_filler=lambda: filler(draw, 2), bias_filler=lambda: filler(draw, 1)))
    return Recipe({"recurrent_param": param}, bottoms)


def _exposed(states: int) -> Callable[[random.Random], Recipe]:
    def made(draw: random.Random) -> Recipe:
        recipe = _recurrent(draw)
        if draw.random() < 0.3:
            param = recipe.params["recurrent_param"]
            param["expose_hidden"] = True
            state = [1, recipe.bottoms[0][1], param["num_output"]]
            return recipe._replace(bottoms=[*recipe.bottoms, *[state] * states], tops=1 + states)
        return recipe

    return made


RECIPES["LSTM"] = _exposed(2)
RECIPES["RNN"] = _exposed(1)


@recipe("LSTMUnit")
def _lstm_unit(draw: random.Random) -> Recipe:
    streams, size = draw.randint(1, 4), draw.randint(1, 5)
    return Recipe({}, [[1, streams, size], [1, streams, 4 * size], [1, streams]], 2)
