"""Layers that change shapes, join and divide."""

from __future__ import annotations

import random
from typing import Any

from fuzzing.recipes.kit import Recipe, axis_of, dims, recipe, some


@recipe("Flatten")
def _flatten(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    first = draw.randrange(len(shape))
    last = draw.randrange(first, len(shape))
    back = draw.choice((0, len(shape)))
    param = {"axis": first - back, "end_axis": last - draw.choice((0, len(shape)))}
    return Recipe({"flatten_param": param} if draw.random() < 0.8 else {}, [shape])


@recipe("Reshape")
def _reshape(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    first = draw.randrange(len(shape))
    last = draw.randint(first, len(shape))
    inner = shape[first:last]
    new = list(inner)
    draw.shuffle(new)
    if len(new) > 1 and draw.random() < 0.5:
        new[:2] = [new[0] * new[1]]
    if draw.random() < 0.3:
        new.insert(draw.randint(0, len(new)), 1)
    if new and draw.random() < 0.4:
        new[draw.randrange(len(new))] = -1
    for index, size in enumerate(new):
        if first + index < len(shape) and shape[first + index] == size and draw.random() < 0.4:
            new[index] = 0
    param: dict[str, Any] = {"shape": {"dim": new}}
    if first or draw.random() < 0.2:
        param["axis"] = draw.choice((first, first - len(shape) - 1))
    if last < len(shape) or draw.random() < 0.3:
        param["num_axes"] = last - first
    return Recipe({"reshape_param": param}, [shape])


@recipe("Permute")
def _permute(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 4)
    order = list(range(len(shape)))
    draw.shuffle(order)
    return Recipe({"permute_param": {"order": order[: draw.randint(1, len(order))]}}, [shape])


@recipe("Reverse")
def _reverse(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    return Recipe({"reverse_param": some(draw, axis=lambda: draw.randrange(len(shape)))}, [shape])


@recipe("Tile")
def _tile(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    param = {"tiles": draw.randint(1, 4), **some(draw, axis=lambda: axis_of(draw, shape))}
    return Recipe({"tile_param": param}, [shape])


@recipe("Concat")
def _concat(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    axis = draw.randrange(len(shape))
    number = draw.randint(1, 4)
    shapes = [[draw.randint(1, 4) if i == axis else s for i, s in enumerate(shape)] for _ in range(number)]
    if draw.random() < 0.2 and axis < 4:
        return Recipe({"concat_param": {"concat_dim": axis}}, shapes)
    return Recipe({"concat_param": {"axis": draw.choice((axis, axis - len(shape)))}}, shapes)


@recipe("Slice")
def _slice(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    axis = draw.randrange(len(shape))
    number = draw.randint(1, 4)
    shape[axis] = number * draw.randint(1, 3)
    param: dict[str, Any] = {"axis": draw.choice((axis, axis - len(shape)))}
    if draw.random() < 0.2:
        param = {"slice_dim": axis}
    if number > 1 and draw.random() < 0.5:
        param["slice_point"] = sorted(draw.sample(range(1, shape[axis]), number - 1))
    return Recipe({"slice_param": param}, [shape], number)


@recipe("Eltwise")
def _eltwise(draw: random.Random) -> Recipe:
    shape = dims(draw, 0, 5)
    number = draw.randint(2, 4)
    param: dict[str, Any] = some(draw, operation=lambda: draw.choice(("PROD", "SUM", "MAX")))
    if param.get("operation", "SUM") != "PROD" and draw.random() < 0.4:
        param["coeff"] = [draw.choice((1.0, -1.0, 0.5)) for _ in range(number)]
    param.update(some(draw, stable_prod_grad=lambda: draw.random() < 0.5))
    return Recipe({"eltwise_param": param}, [shape] * number)


@recipe("Reduction")
def _reduction(draw: random.Random) -> Recipe:
    shape = dims(draw, 1, 5)
    param = some(
        draw,
        operation=lambda: draw.choice(("SUM", "ASUM", "SUMSQ", "MEAN")),
        axis=lambda: axis_of(draw, shape),
        coeff=0.5,
    )
    return Recipe({"reduction_param": param}, [shape])


@recipe("ArgMax")
def _argmax(draw: random.Random) -> Recipe:
    shape = dims(draw, 2, 5)
    param: dict[str, Any] = some(draw, out_max_val=lambda: draw.random() < 0.5)
    if draw.random() < 0.5:
        axis = draw.randrange(len(shape))
        param.update(axis=draw.choice((axis, axis - len(shape))), top_k=draw.randint(1, shape[axis]))
    elif draw.random() < 0.5:
        param["top_k"] = draw.randint(1, shape[1])
    return Recipe({"argmax_param": param}, [shape])


@recipe("Filter")
def _filter(draw: random.Random) -> Recipe:
    number, items = draw.randint(1, 3), draw.randint(1, 5)
    selector = [items] + [1] * draw.randint(0, 3)
    return Recipe({}, [[items, *dims(draw, 0, 3)] for _ in range(number)] + [selector], number)


@recipe("BatchReindex")
def _batch_reindex(draw: random.Random) -> Recipe:
    return Recipe({}, [dims(draw, 1, 5), dims(draw, 1, 1)])
