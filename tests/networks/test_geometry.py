"""The arithmetic of U-Net, against the shapes of its layers and real Caffe."""

from __future__ import annotations

from functools import cache
from typing import Any, Optional

import pytest
from forked_caffe import judge
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netgen import schema
from netgen.errors import OptionError
from netgen.graph import Refusal, infer
from netgen.networks import unet
from netgen.networks.geometry import MAX_DEPTH, Plan, fitting, margin, plan, size_for_output, smallest

paddings = st.sampled_from(["valid", "same"])


def layer(kind: str, field: str, **values: int) -> Any:
    made = schema.caffe_pb2.LayerParameter(type=kind)
    for key, value in values.items():
        setattr(getattr(made, field), key, value)
    return made


def through(made: Any, *sizes: int) -> Optional[int]:
    """Return one side's size after a layer, as netgen's shapes (proven against Caffe's) give it; None if it fails."""
    try:
        (shape,) = infer(made, [(1, 1, size, 4) for size in sizes], 1)
    except Refusal:
        return None
    return None if shape is None else shape[2]


def walked(size: int, depth: int, padding: str) -> Optional[Plan]:
    """Walk through a U-Net layer by layer; None where a layer fails or anything does not come out even."""
    pad = int(padding == "same")
    # The width stays as it is: each side goes its own way.
    param = "convolution_param"
    conv = layer("Convolution", param, num_output=1, kernel_h=3, kernel_w=1, pad_h=pad, pad_w=0)
    pool = layer("Pooling", "pooling_param", kernel_h=2, kernel_w=1, stride_h=2, stride_w=1)
    up = layer("Deconvolution", param, num_output=1, kernel_h=2, kernel_w=1, stride_h=2, stride_w=1)
    at: Optional[int] = size
    skips, offsets = [], []
    for _ in range(depth):
        for made in (conv, conv):
            at = through(made, at) if at else None
        if at is None or at % 2:
            return None
        skips.append(at)
        at = through(pool, at)
    for made in (conv, conv):
        at = through(made, at) if at else None
    for skip in reversed(skips):
        at = through(up, at) if at else None
        if at is None or skip < at or (skip - at) % 2:
            return None
        offsets.append((skip - at) // 2)
        for made in (conv, conv):
            at = through(made, at) if at else None
    return None if not at else Plan(size, at, tuple(skips), tuple(reversed(offsets)))


def planned(size: int, depth: int, padding: str) -> Optional[Plan]:
    try:
        return plan(size, depth, padding)
    except OptionError:
        return None


@cache
def fits(depth: int, padding: str) -> list[int]:
    """Return the sizes below 1500 at which everything comes out even, counted without netgen."""
    taken = 4 if padding == "valid" else 0

    def even(size: int) -> bool:
        skips = []
        for _ in range(depth):
            size -= taken
            skips.append(size)
            if size < 2 or size % 2:
                return False
            size //= 2
        size -= taken
        for skip in reversed(skips):
            if size < 1 or skip < 2 * size or (skip - 2 * size) % 2:
                return False
            size = 2 * size - taken
        return size >= 1

    return [size for size in range(1, 1500) if even(size)]


def test_the_published_sizes() -> None:
    assert plan(572, 4, "valid") == Plan(572, 388, (568, 280, 136, 64), (88, 40, 16, 4))
    assert plan(444, 4, "valid").output == 260
    assert plan(892, 4, "valid").output == 708
    assert margin(4, "valid") == 184
    assert smallest(4, "valid") == 188
    assert smallest(4, "same") == 16
    assert plan(512, 4, "same") == Plan(512, 512, (512, 256, 128, 64), (0, 0, 0, 0))


def test_the_rule_of_depth_4() -> None:
    for size in range(1, 700):
        valid, same = planned(size, 4, "valid"), planned(size, 4, "same")
        assert (valid is not None) == (size % 16 == 12 and size >= 188)
        assert (same is not None) == (size % 16 == 0)
        assert valid is None or valid.output == size - 184
        assert same is None or same.output == size


depths = st.integers(1, 5)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 600), depths, paddings)
def test_a_size_is_taken_if_every_layer_comes_out_even(size: int, depth: int, padding: str) -> None:
    found = planned(size, depth, padding)
    assert found == walked(size, depth, padding)
    assert (found is not None) == (size in fits(depth, padding))


@settings(max_examples=200, deadline=None)
@given(st.integers(-5, 1000), depths, paddings)
def test_what_fits_is_found(size: int, depth: int, padding: str) -> None:
    every = fits(depth, padding)
    assert smallest(depth, padding) == every[0]
    assert fitting(size, depth, padding) == next(each for each in every if each >= size)


def test_the_deepest_has_a_size_too() -> None:
    assert planned(smallest(MAX_DEPTH, "valid"), MAX_DEPTH, "valid")
    assert smallest(MAX_DEPTH, "same") == 2**MAX_DEPTH


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 1000), depths, paddings)
def test_refusals_name_the_nearest_sizes(size: int, depth: int, padding: str) -> None:
    every = fits(depth, padding)
    assume(size not in every)
    with pytest.raises(OptionError) as e:
        plan(size, depth, padding)
    near = [each for each in every if each < size][-1:] + [each for each in every if each > size][:1]
    named = " or ".join(f"{each} (output {each - margin(depth, padding)})" for each in near)
    assert e.value.mend == f"the nearest that fit: {named}"
    assert f"sizes are {every[0] % 2**depth} mod {2**depth} and at least {every[0]}" in e.value.message


@settings(max_examples=200, deadline=None)
@given(st.integers(-10, 900), depths, paddings)
def test_sizes_for_outputs(output: int, depth: int, padding: str) -> None:
    outputs = [each - margin(depth, padding) for each in fits(depth, padding)]
    if output in outputs:
        assert plan(size_for_output(output, depth, padding), depth, padding).output == output
        return
    with pytest.raises(OptionError) as e:
        size_for_output(output, depth, padding)
    near = [each for each in outputs if each < output][-1:] + [each for each in outputs if each > output][:1]
    assert e.value.mend == "the nearest outputs: " + " or ".join(map(str, near))


@st.composite
def designs(draw: Any) -> dict[str, Any]:
    depth, padding = draw(st.integers(1, 3)), draw(paddings)
    least, step = smallest(depth, padding), 2**depth
    size = tuple(least + step * draw(st.integers(0, 3)) for _ in range(2))
    return {
        "depth": depth,
        "padding": padding,
        "size": size,
        "base": 1,
        "upsampling": draw(st.sampled_from(["learned", "bilinear"])),
        "crop_offsets": draw(st.sampled_from(["once", "per-axis"])),
    }


@pytest.mark.caffe
@settings(max_examples=25, deadline=None)
@given(designs())
def test_every_plan_is_what_caffe_makes(design: dict[str, Any]) -> None:
    verdict = judge(unet.deploy(**design).message, "TEST")
    assert verdict, verdict.refused
    sides = [plan(side, design["depth"], design["padding"]) for side in design["size"]]
    assert verdict.blobs["data"][2:] == design["size"]
    for level in range(1, design["depth"] + 1):
        assert verdict.blobs[f"enc{level}_conv2"][2:] == tuple(side.skips[level - 1] for side in sides)
        shrunk = tuple(side.skips[level - 1] - 2 * side.offsets[level - 1] for side in sides)
        assert verdict.blobs[f"dec{level}_up"][2:] == shrunk
        assert verdict.blobs[f"dec{level}_concat"][2:] == shrunk
    assert verdict.blobs["prob"][2:] == tuple(side.output for side in sides)
