"""Layers that nothing comes before."""

from __future__ import annotations

import random
from typing import Any

from fuzzing.recipes.kit import Recipe, dims, recipe, some
from fuzzing.values import filler


@recipe("ContinuationIndicator")
def _continuation(draw: random.Random) -> Recipe:
    param = {"time_step": draw.randint(1, 4), "batch_size": draw.randint(1, 4)}
    return Recipe({"continuation_indicator_param": param}, [])


@recipe("Input")
def _input(draw: random.Random) -> Recipe:
    tops = draw.randint(1, 3)
    shapes = [{"dim": dims(draw, 0, 5)} for _ in range(draw.choice((1, tops)))]
    return Recipe({"input_param": {"shape": shapes}}, [], tops)


@recipe("DummyData")
def _dummy(draw: random.Random) -> Recipe:
    tops = draw.randint(1, 3)
    many = lambda: [draw.randint(1, 4) for _ in range(draw.choice((1, tops)))]  # noqa: E731
    if draw.random() < 0.4:
        param = {"num": many(), "channels": many(), "height": many(), "width": many()}
        axes = 4
    else:
        axes = draw.randint(1, 5)
        param = {"shape": [{"dim": dims(draw, axes, axes)} for _ in range(draw.choice((1, tops)))]}
    if draw.random() < 0.6:
        param["data_filler"] = [filler(draw, min(axes, 3)) for _ in range(draw.choice((1, tops)))]
    return Recipe({"dummy_data_param": param}, [], tops)


def _transform(draw: random.Random, size: int) -> dict[str, Any]:
    return some(draw, scale=0.5, mirror=True, crop_size=lambda: draw.randint(1, size), mean_value=[104.0])


@recipe("MemoryData")
def _memory(draw: random.Random) -> Recipe:
    param = {name: draw.randint(1, 5) for name in ("batch_size", "channels", "height", "width")}
    size = min(param["height"], param["width"])
    transform = _transform(draw, size) if draw.random() < 0.4 else {}
    return Recipe({"memory_data_param": param, "transform_param": transform}, [], 2)


@recipe("HDF5Data")
def _hdf5(draw: random.Random) -> Recipe:
    param = {"source": "data.txt", "batch_size": draw.randint(1, 3), **some(draw, shuffle=True)}
    return Recipe({"hdf5_data_param": param}, [], draw.choice((1, 2)), {"top": ["data", "label"]})


@recipe("HDF5Output")
def _hdf5_output(draw: random.Random) -> Recipe:
    items = draw.randint(1, 3)
    return Recipe(
        {"hdf5_output_param": {"file_name": "out.h5"}},
        [[items, *dims(draw, 0, 3)], [items, *dims(draw, 0, 3)]],
        0,
    )


@recipe("Data")
def _data(draw: random.Random) -> Recipe:
    param = {"source": "data.lmdb", "backend": "LMDB", "batch_size": draw.randint(1, 3)}
    param.update(some(draw, prefetch=lambda: draw.randint(1, 4)))
    transform = _transform(draw, 5) if draw.random() < 0.4 else {}
    return Recipe({"data_param": param, "transform_param": transform}, [], draw.choice((1, 2)))


@recipe("ImageData")
def _image_data(draw: random.Random) -> Recipe:
    param = {"source": "images.txt", "batch_size": draw.randint(1, 3)}
    param.update(some(draw, is_color=lambda: draw.random() < 0.5, shuffle=True))
    if draw.random() < 0.4:
        param.update(new_height=draw.randint(5, 8), new_width=draw.randint(5, 8))
    transform = _transform(draw, 5) if draw.random() < 0.4 else {}
    return Recipe({"image_data_param": param, "transform_param": transform}, [], 2)


@recipe("WindowData")
def _window_data(draw: random.Random) -> Recipe:
    param: dict[str, Any] = {"source": "windows.txt", "batch_size": draw.randint(1, 3)}
    param.update(
        some(draw, crop_mode=lambda: draw.choice(("warp", "square")), context_pad=1, cache_images=True)
    )
    transform = {"crop_size": draw.randint(1, 5), **some(draw, mirror=True, mean_value=[104.0])}
    return Recipe({"window_data_param": param, "transform_param": transform}, [], 2)


@recipe("Python")
def _python(draw: random.Random) -> Recipe:
    param = {"module": "fuzz_layers", "layer": "Same", **some(draw, param_str="x")}
    return Recipe({"python_param": param}, [dims(draw, 1, 4)])
