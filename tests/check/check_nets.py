"""Texts of nets and solvers that the framework's tests check."""

from __future__ import annotations

from pathlib import Path

DATA = 'layer {\n  name: "data"\n  type: "Input"\n  top: "data"\n  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }\n}\n'
GOOD = (
    f'name: "good"\n{DATA}' + 'layer {\n  name: "relu"\n  type: "ReLU"\n  bottom: "data"\n  top: "relu"\n}\n'
)
# Line 11 names a blob that nothing makes.
UNKNOWN = GOOD.replace('bottom: "data"', 'bottom: "dat"')
TRAINING = """name: "tiny"
layer {
  name: "data"
  type: "DummyData"
  top: "data"
  top: "label"
  dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 4 } }
}
layer {
  name: "score"
  type: "InnerProduct"
  bottom: "data"
  top: "score"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } }
}
layer {
  name: "loss"
  type: "EuclideanLoss"
  bottom: "score"
  bottom: "label"
  top: "loss"
}
"""


def write(folder: Path, **texts: str) -> None:
    """Write files: ``train=...`` becomes ``train.prototxt``."""
    for name, text in texts.items():
        (folder / f"{name}.prototxt").write_text(text, encoding="utf-8")
