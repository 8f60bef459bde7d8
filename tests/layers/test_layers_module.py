"""What the file itself promises: it stands alone, declares its parameters, and works under any NumPy."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from loss_nets import KINDS, OPTIONS

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "layers" / "loss_layers.py"


def tree() -> ast.Module:
    return ast.parse(SOURCE.read_text(encoding="utf-8"))


def test_imports_nothing_but_numpy_and_caffe() -> None:
    names = set()
    for node in ast.walk(tree()):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    assert names - {"difflib", "json", "math"} == {"caffe", "numpy"}


def test_declaration_can_be_read_without_importing() -> None:
    body = tree().body
    (table,) = (
        ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and node.targets[0].id == "LAYERS"
    )
    classes = {
        node.name
        for node in body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "caffe.Layer" for base in node.bases)
    }
    assert set(table) == classes
    for name, layer in table.items():
        (documentation,) = (
            ast.get_docstring(node) for node in body if isinstance(node, ast.ClassDef) and node.name == name
        )
        assert layer["bottoms_needed"] <= len(layer["bottoms"])
        for key, rule in layer["parameters"].items():
            assert rule["kind"] in ("choice", "number")
            default = json.dumps(rule["default"])
            number = default[:-2] if default.endswith(".0") else default
            line = next(line for line in documentation.splitlines() if line.startswith(f"{key} : "))
            assert line.endswith(f"default {number}")
            assert all(f'"{choice}"' in line for choice in rule.get("choices", ()))


@pytest.mark.caffe
def test_works_from_any_folder_on_the_path(tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path / "loss_layers.py")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "net.prototxt").write_text(
        """
        layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 1 dim: 2 } } }
        layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 dim: 2 } } }
        layer { name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss_opt" loss_weight: 1
          python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" } }
        """
    )
    code = (
        "import sys, caffe\n"
        "net = caffe.Net(sys.argv[1], caffe.TRAIN)\n"
        "print(float(net.forward()['loss_opt']), sys.modules['loss_layers'].__file__)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('netgen', 'layers')])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "net.prototxt")],
        cwd=tmp_path / "elsewhere",
        env={**os.environ, "PYTHONPATH": str(tmp_path), "GLOG_minloglevel": "2"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    first, second = run.stdout.splitlines()
    loss, file = first.split(" ", 1)
    assert float(loss) == pytest.approx(0.6931472, rel=1e-6)
    assert Path(file) == tmp_path / "loss_layers.py"
    assert second == "[]"


def test_computes_under_this_numpy(layers_environment: dict[str, str]) -> None:
    # Caffe itself is built for one Python; a user's own Caffe brings another NumPy.
    run = subprocess.run(
        [sys.executable, str(HERE / "without_caffe.py")],
        env=layers_environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    count = len(OPTIONS) * len(KINDS)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"computed {count} cases\n", "")
