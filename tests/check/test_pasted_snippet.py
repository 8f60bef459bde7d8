"""The net from which netgen was born, as people paste it: one run leads to every mistake, in the right file."""

from __future__ import annotations

from pathlib import Path

import pytest

from netgen.check.discovery import find_targets
from netgen.check.run import run

# Single quotes; no brace behind python_param and include.
NET = """layer {
  type: 'Python'
  name: 'loss'
  top: 'loss_opt'
  bottom: 'score'
  bottom: 'label'
  python_param {
    module: 'my_losses'
    layer: 'CustomSigmoidCrossEntropyLossLayer'
  include {
    phase: TRAIN
  loss_weight: 1
}
"""
# No import of numpy, and the rest in order.
MODULE = """import caffe


class CustomSigmoidCrossEntropyLossLayer(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        self.diff = np.zeros_like(bottom[0].data)
        top[0].reshape()

    def forward(self, bottom, top):
        self.diff[...] = 1 / (1 + np.exp(-bottom[0].data)) - bottom[1].data
        top[0].data[...] = abs(self.diff).sum()

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = self.diff * top[0].diff
"""


def test_every_mistake_is_said_in_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.prototxt").write_text(NET, encoding="utf-8")
    Path("my_losses.py").write_text(MODULE, encoding="utf-8")
    findings = run(find_targets(["train.prototxt"])).findings
    assert [(one.code, one.line) for one in findings] == [("W505", 8), ("S102", 10), ("S102", 12)]
    assert findings[0].message.startswith("my_losses.py:9: 'np' is used in")
    assert findings[0].mend == "write at the top of my_losses.py: import numpy as np"
    for finding, block, line in ((findings[1], "python_param", 7), (findings[2], "include", 10)):
        assert finding.message.startswith(f"{block} of line {line} is not closed")

    # Mended as the findings say, nothing is left but what was not pasted.
    mended = NET.replace("Layer'\n", "Layer'\n  }\n").replace("TRAIN\n", "TRAIN\n  }\n")
    Path("train.prototxt").write_text(mended, encoding="utf-8")
    Path("my_losses.py").write_text("import numpy as np\n" + MODULE, encoding="utf-8")
    left = run(find_targets(["train.prototxt"])).findings
    assert {(one.code, one.phase) for one in left if one.is_error} == {("N101", "TRAIN")}
    assert not any(one.code.startswith("W5") for one in left)


def test_the_users_own_module_is_meant_where_netgen_brings_one_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("alone").mkdir()
    for net in ("train.prototxt", "alone/train.prototxt"):
        Path(net).write_text(NET.replace("my_losses", "loss_layers"), encoding="utf-8")
    assert {one.code for one in run(find_targets(["alone"])).findings} == {"S102"}
    Path("layers").mkdir()
    Path("layers/loss_layers.py").write_text(MODULE, encoding="utf-8")
    first, second, *_ = run(find_targets(["train.prototxt"])).findings
    assert (first.code, first.line) == ("W501", 8)
    assert first.mend == "it lies near: run Caffe with PYTHONPATH=layers"
    assert (second.code, second.mend) == (
        "W505",
        "write at the top of layers/loss_layers.py: import numpy as np",
    )
