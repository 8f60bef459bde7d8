"""What is said of a net of which not all could be read: what holds all the same, and nothing that follows."""

from __future__ import annotations

import pytest

from netgen.check import check

NET = """name: "n"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "%(bottom)s" top: "conv"
  %(faulty)s
}
layer { name: "sum" type: "Eltwise" bottom: "conv" bottom: "data" top: "sum" }
layer { name: "relu" type: "ReLU" bottom: "%(last)s" top: "relu" }
"""
GOOD = "convolution_param { num_output: 3 kernel_size: 1 }"


def said(faulty: str = GOOD, bottom: str = "data", last: str = "sum") -> list[tuple[str, object]]:
    text = NET % {"faulty": faulty, "bottom": bottom, "last": last}
    return [(one.name, one.layer) for one in check(text=text) if one.is_error]


def test_a_whole_net() -> None:
    assert said() == []
    assert said(bottom="dta", last="sun") == [("unknown-bottom", "conv"), ("unknown-bottom", "relu")]


@pytest.mark.parametrize(
    ("faulty", "name"),
    [
        ("convolution_param { num_output: 3 kernal_size: 1 }", "unknown-field"),
        ("convolution_param { num_output: 3 kernel_size: 1 paad: 4 }", "unknown-field"),
        ("convolution_param { num_output: 3 kernel_size: 5000000000 }", "out-of-range"),
        ("convolution_param { num_output: 3 kernel_size: 1 engine: CAFE }", "unknown-value"),
        ("upsample_param { scale: 2 }", "unknown-field"),
    ],
)
def test_how_layers_are_joined_holds_where_a_parameter_is_wrong(faulty: str, name: str) -> None:
    assert said(faulty) == [(name, "conv")]
    wrong = said(faulty, bottom="dta", last="sun")
    assert sorted(wrong, key=str) == sorted(
        [("unknown-bottom", "conv"), (name, "conv"), ("unknown-bottom", "relu")], key=str
    )


@pytest.mark.parametrize(
    ("faulty", "name"),
    [
        ('tpo: "extra"', "unknown-field"),
        ("convolution_param { num_output: 3 kernel_size: 1", "missing-brace"),
        ('top: "other" }}', "extra-brace"),
    ],
)
def test_nothing_follows_from_what_is_missing(faulty: str, name: str) -> None:
    names = [one for one, _ in said(faulty, last="extra")]
    assert name in names
    assert "unknown-bottom" not in names


SOLVER = """net: "net.prototxt"
base_lr: 0.1
lr_policy: "fixed"
max_iter: 100
type: "Adam"
momentum: 0.9
"""


def solver_said(old: str, new: str) -> list[str]:
    assert old in SOLVER
    left_out = ("V102", "V209")  # there is no such file, and no display
    text = SOLVER.replace(old, new)
    return [one.name for one in check(text=text, kind="solver") if one.code not in left_out]


def test_a_solvers_field_that_could_not_be_read_is_not_missing() -> None:
    assert solver_said("", "") == []
    assert solver_said('lr_policy: "fixed"\n', "") == ["solver-unknown-policy"]
    assert solver_said('lr_policy: "fixed"', "lr_policy: fixed") == ["wrong-value"]
    assert solver_said('lr_policy: "fixed"', 'lr_polcy: "fixed"') == ["unknown-field"]
    assert solver_said("momentum: 0.9\n", "") == ["solver-no-momentum"]
    assert solver_said("momentum", "momentun") == ["unknown-field"]
    # What has nothing to do with it is said all the same.
    assert solver_said('"Adam"\nmomentum', '"Adams"\nmomentun') == ["solver-unknown-type", "unknown-field"]


def test_nothing_of_a_solver_is_missing_where_more_than_a_field_could_not_be_read() -> None:
    assert solver_said('"fixed"', '"fixed') == ["bad-string"]
    assert solver_said('"fixed"\nmax_iter: 100\ntype: "Adam"', '"fixd"\ntype: "Adam') == [
        "solver-unknown-policy",
        "bad-string",
    ]
