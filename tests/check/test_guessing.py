"""Nets of forks that nobody names."""

from __future__ import annotations

from typing import Optional

import pytest

from netgen.check import check

START = (
    'name: "net"\n'
    'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 16 dim: 16 } } }\n'
)
PRIORS = (
    'layer { name: "p" type: "PriorBox" bottom: "data" bottom: "data" top: "p"\n'
    "  prior_box_param { min_size: 30 max_size: %d } }\n"
)
INTERP = (
    'layer { name: "i" type: "Interp" bottom: "data" bottom: "data" top: "i"\n'
    "  interp_param { height: 4 width: 4 } }\n"
)


def test_what_a_guessed_fork_refuses_is_said_to_be_a_guess() -> None:
    assert check(text=START + PRIORS % 60) == []
    (finding,) = check(text=START + PRIORS % 20)
    assert finding.message == "max_size 20 is not above min_size 30"
    assert finding.mend is not None
    assert "checked as SSD's Caffe" in finding.mend
    assert "--schema" in finding.mend


def test_a_fork_that_was_asked_for_is_no_guess() -> None:
    (finding,) = check(text=START + PRIORS % 20, schema="ssd")
    assert finding.mend is None


def test_shapes_that_a_guessed_forks_layer_made_are_said_to_be_its() -> None:
    text = (
        START
        + 'layer { name: "p" type: "Permute" bottom: "data" top: "p" permute_param { order: 0 order: 2 } }\n'
    )
    text += 'layer { name: "r" type: "Reshape" bottom: "p" top: "r" reshape_param { shape { dim: 7 } } }\n'
    (finding,) = check(text=text)
    assert finding.code == "L106"
    assert finding.mend is not None
    assert "checked as SSD's Caffe" in finding.mend


def test_what_has_nothing_to_do_with_the_fork_is_said_as_ever() -> None:
    text = START + PRIORS % 60 + 'layer { name: "r" type: "ReLU" bottom: "dat" top: "r" }\n'
    (finding,) = check(text=text)
    assert finding.mend == "did you mean 'data'?"


def test_of_forks_that_know_all_of_a_file_the_one_is_meant_that_takes_it() -> None:
    # Both have Interp; DeepLab's takes one bottom, py-RFCN-priv's more.
    assert [one.code for one in check(text=START + INTERP, schema="deeplab")] == ["L101"]
    assert check(text=START + INTERP, schema="rfcn-priv") == []
    assert check(text=START + INTERP) == []


@pytest.mark.parametrize("schema", [None, "deeplab"])
def test_what_no_fork_takes_is_an_error(schema: Optional[str]) -> None:
    text = START + 'layer { name: "i" type: "Interp" top: "i" interp_param { height: 4 width: 4 } }\n'
    assert [one.code for one in check(text=text, schema=schema)] == ["L101"]


@pytest.mark.parametrize(
    ("mistake", "code"),
    [
        ('layer { name: "r" type: "ReLU" bottm: "data" top: "r" }\n', "S101"),
        ('layer { name: "r" type: "RelU" bottom: "data" top: "r" }\n', "N103"),
        ('layer name: "r" type: "ReLU" bottom: "data" top: "r" }\n', "S102"),
    ],
)
def test_a_mistake_that_is_nobodys_hides_no_fork(mistake: str, code: str) -> None:
    text = START + PRIORS % 60 + mistake
    assert [one.code for one in check(text=text) if one.is_error] == [code]
