"""Layers half in the old form: each mend leads to one form, and does so in Caffe's own words."""

from __future__ import annotations

import pytest

from netgen.check import check

NET = """name: "n"
%s {
  name: "ip"
  type: %s
  bottom: "data"
  top: "ip"
  inner_product_param { num_output: 2 }
  %s
}
"""


@pytest.mark.parametrize(
    ("layer", "kind", "more", "mend"),
    [
        (
            "layer",
            "INNER_PRODUCT",
            "",
            'write type: "InnerProduct"; the capitals are of the old form, layers { }',
        ),
        (
            "layer",
            '"INNER_PRODUCT"',
            "",
            'write type: "InnerProduct"; INNER_PRODUCT is its name in the old form, layers { }',
        ),
        (
            "layer",
            '"InnerProduct"',
            "blobs_lr: 1",
            "it is of the old form, layers { }; write param { lr_mult: VALUE }, once for each of its values",
        ),
        ("layer", "InnerProduct", "", "put it in quotes"),
        (
            "layers",
            '"InnerProduct"',
            "",
            "write type: INNER_PRODUCT, as the old form has it; or layer in place of layers",
        ),
        (
            "layers",
            "InnerProduct",
            "",
            "write type: INNER_PRODUCT, as the old form has it; or layer in place of layers",
        ),
        ("layers", "INER_PRODUCT", "", "did you mean INNER_PRODUCT?"),
    ],
)
def test_what_to_write(layer: str, kind: str, more: str, mend: str) -> None:
    said = [one for one in check(text=NET % (layer, kind, more)) if one.is_error and one.code != "N101"]
    assert [one.mend for one in said] == [mend]
    assert said[0].layer == "ip"


def test_what_an_unknown_old_type_takes_is_not_known() -> None:
    text = """name: "old"
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { layer { name: "ip" type: "innerproducts" num_output: 2 kernelsize: 3 } bottom: "data" top: "ip" }
layers { layer { name: "relu" type: "relu" num_output: 3 } bottom: "ip" top: "relu" }
"""
    said = [(one.code, one.layer) for one in check(text=text) if one.code != "W401"]
    assert said == [("N103", "ip"), ("W430", "relu")]
