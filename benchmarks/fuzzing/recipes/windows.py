"""Layers that work on windows of pictures."""

from __future__ import annotations

import random
from typing import Any

from fuzzing.recipes.kit import Recipe, dims, engine, picture, recipe, some
from fuzzing.values import filler


def _windows(draw: random.Random, spatial: int) -> dict[str, Any]:
    """Kernel, stride, pad and dilation of a convolution, given in one of the ways."""
    many = lambda low, high: [draw.randint(low, high) for _ in range(draw.choice((1, spatial)))]  # noqa: E731
    param: dict[str, Any] = {}
    if spatial == 2 and draw.random() < 0.25:
        param.update(kernel_h=draw.randint(1, 3), kernel_w=draw.randint(1, 3))
    else:
        param["kernel_size"] = many(1, 3) if spatial else []
    if spatial == 2 and draw.random() < 0.2:
        param.update(stride_h=draw.randint(1, 3), stride_w=draw.randint(1, 3))
    else:
        param.update(some(draw, stride=lambda: many(1, 3)))
    if spatial == 2 and draw.random() < 0.2:
        param.update(pad_h=draw.randint(0, 2), pad_w=draw.randint(0, 2))
    else:
        param.update(some(draw, pad=lambda: many(0, 2)))
    if draw.random() < 0.3:
        param["dilation"] = many(1, 2)
    return {name: value for name, value in param.items() if value != []}


@recipe("Convolution", "Deconvolution")
def _convolution(draw: random.Random) -> Recipe:
    spatial = draw.choice((2, 2, 2, 2, 1, 3, 0))
    group = draw.choice((1, 1, 1, 2, 3))
    leading = draw.choice((1, 1, 1, 1, 0, 2))
    shape = [draw.randint(1, 2) for _ in range(leading)] + [group * draw.randint(1, 3)]
    shape += [draw.randint(5, 9) for _ in range(spatial)]
    param = _windows(draw, spatial)
    param["num_output"] = group * draw.randint(1, 3)
    if group > 1:
        param["group"] = group
    if leading != 1 or draw.random() < 0.1:
        param["axis"] = draw.choice((leading, leading - len(shape)))
    param.update(
        some(
            draw,
            bias_term=lambda: draw.random() < 0.5,
            weight_filler=lambda: filler(draw, 2 + spatial),
            bias_filler=lambda: filler(draw, 1),
            force_nd_im2col=lambda: draw.random() < 0.5,
        )
    )
    if param.get("weight_filler", {}).get("type") == "bilinear":
        size = draw.choice((2, 3))
        param = {k: v for k, v in param.items() if k not in ("kernel_h", "kernel_w")}
        param["kernel_size"] = [size]
    param.update(engine(draw))
    number = draw.choice((1, 1, 1, 2))
    return Recipe({"convolution_param": param}, [shape] * number, number)


@recipe("Im2col")
def _im2col(draw: random.Random) -> Recipe:
    spatial = draw.choice((2, 2, 2, 1, 3))
    param = _windows(draw, spatial)
    shape = [draw.randint(1, 2), draw.randint(1, 3)] + [draw.randint(5, 9) for _ in range(spatial)]
    return Recipe({"convolution_param": param}, [shape])


@recipe("Pooling")
def _pooling(draw: random.Random) -> Recipe:
    param: dict[str, Any] = some(
        draw,
        pool=lambda: draw.choice(("MAX", "AVE")),
        round_mode=lambda: draw.choice(("CEIL", "FLOOR")),
    )
    if draw.random() < 0.15:
        param["global_pooling"] = True
    elif draw.random() < 0.3:
        param.update(kernel_h=draw.randint(1, 5), kernel_w=draw.randint(1, 5))
    else:
        param["kernel_size"] = draw.randint(1, 5)
    if not param.get("global_pooling"):
        if draw.random() < 0.2:
            param.update(stride_h=draw.randint(1, 4), stride_w=draw.randint(1, 4))
        else:
            param.update(some(draw, stride=lambda: draw.randint(1, 5)))
        most = min(param.get("kernel_size", 9), param.get("kernel_h", 9), param.get("kernel_w", 9)) - 1
        if draw.random() < 0.3:
            param.update(pad_h=draw.randint(0, most), pad_w=draw.randint(0, most))
        else:
            param.update(some(draw, pad=lambda: draw.randint(0, most)))
    param.update(engine(draw))
    tops = 2 if param.get("pool", "MAX") == "MAX" and draw.random() < 0.2 else 1
    return Recipe({"pooling_param": param}, [picture(draw, 1)], tops)


@recipe("SPP")
def _spp(draw: random.Random) -> Recipe:
    height = draw.randint(1, 3)
    param = {"pyramid_height": height, **some(draw, pool=lambda: draw.choice(("MAX", "AVE"))), **engine(draw)}
    return Recipe({"spp_param": param}, [picture(draw, 2 ** (height - 1), 10)])


@recipe("LRN")
def _lrn(draw: random.Random) -> Recipe:
    param = some(
        draw,
        local_size=lambda: draw.choice((1, 3, 5, 7)),
        alpha=0.5,
        beta=lambda: draw.choice((0.75, 0.5)),
        k=2.0,
        norm_region=lambda: draw.choice(("ACROSS_CHANNELS", "WITHIN_CHANNEL")),
    )
    return Recipe({"lrn_param": {**param, **engine(draw)}}, [picture(draw, 1)])


@recipe("Crop")
def _crop(draw: random.Random) -> Recipe:
    wanted = dims(draw, 1, 5)
    offsets = [draw.randint(0, 2) for _ in wanted]
    axis = draw.randrange(len(wanted))
    shape = [
        size + offset if i >= axis else draw.randint(1, 4)
        for i, (size, offset) in enumerate(zip(wanted, offsets))
    ]
    param: dict[str, Any] = {"axis": draw.choice((axis, axis - len(wanted)))}
    if draw.random() < 0.3:
        shape = [s if i < axis else max(wanted) + 2 for i, s in enumerate(shape)]
        param["offset"] = [draw.randint(0, 2)]
    elif draw.random() < 0.9:
        param["offset"] = offsets[axis:]
    return Recipe({"crop_param": param}, [shape, wanted])
