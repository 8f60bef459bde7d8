from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from netgen.errors import CaffeNotFoundError
from netgen.runner import ENVIRONMENT, Caffe, find, find_caffe

posix = pytest.mark.skipif(os.name != "posix", reason="interpreters are wrapped in shell scripts")


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv(ENVIRONMENT, raising=False)


@pytest.fixture
def wrapped(tmp_path):
    """Make an interpreter that differs from this one in its flags or surroundings."""

    def make(name: str = "python-like", flags: str = "", first: str = "") -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\n{first}\nexec "{sys.executable}" {flags} "$@"\n')
        path.chmod(0o755)
        return path

    return make


@pytest.mark.caffe
def test_this_interpreter_is_the_first_choice():
    found = find_caffe()
    assert (found.python, found.origin) == (sys.executable, "this interpreter")
    assert found.version == ".".join(str(part) for part in sys.version_info[:3])
    assert Path(found.caffe_path).name == "caffe"
    assert {"Convolution", "Python", "HDF5Data"} <= set(found.layer_types)


@pytest.mark.caffe
@posix
def test_a_named_interpreter_comes_before_the_variable_and_that_before_this_one(wrapped, monkeypatch):
    by_option, by_variable = wrapped("one"), wrapped("two")
    monkeypatch.setenv(ENVIRONMENT, str(by_variable))
    assert (find_caffe().python, find_caffe().origin) == (str(by_variable), ENVIRONMENT)
    found = find_caffe(str(by_option))
    assert (found.python, found.origin) == (str(by_option), "--caffe-python")


@pytest.mark.caffe
@posix
def test_a_python_on_path_is_found_where_this_one_has_no_caffe(wrapped, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(wrapped("bare", "-S")))
    # Made after the patch, so it must name the real interpreter itself.
    real = wrapped("python3.9")
    real.write_text(real.read_text().replace(sys.executable, _REAL))
    monkeypatch.setenv("PATH", f"{real.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    found = find_caffe()
    assert (found.python, found.origin) == (str(real), "on PATH")


_REAL = sys.executable


@posix
@pytest.mark.parametrize(
    ("flags", "first", "reason"),
    [
        ("-S", "", "has no module named caffe"),
        (
            "-S",
            "export PYTHONPATH={folder}/empty",
            "is imported as caffe, but it is not Caffe: the module has no Net",
        ),
        (
            "-S",
            "export PYTHONPATH={folder}/placeholder",
            "'caffe' on PyPI is installed there, which is an empty placeholder",
        ),
        ("-S", "export PYTHONPATH={folder}/broken", "cannot import caffe: ImportError: libzorkmid.so"),
        ("-S", "echo no such shim >&2; exit 127", "ended or hung before it could import caffe: no such shim"),
    ],
)
def test_an_interpreter_without_caffe_says_why(wrapped, tmp_path, flags, first, reason):
    (tmp_path / "empty" / "caffe").mkdir(parents=True)
    metadata = tmp_path / "placeholder" / "caffe-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: caffe\nVersion: 0.1.0\n")
    broken = tmp_path / "broken" / "caffe" / "__init__.py"
    broken.parent.mkdir(parents=True)
    broken.write_text("raise ImportError('libzorkmid.so: cannot open shared object file')\n")
    python = wrapped(flags=flags, first=first.format(folder=tmp_path))
    with pytest.raises(CaffeNotFoundError) as caught:
        find_caffe(str(python))
    text = str(caught.value)
    assert f"{python} (--caffe-python): " in text
    assert reason in text
    assert "pip install 'caffe-netgen[caffe]'" in text
    assert ENVIRONMENT in text


def test_an_interpreter_that_is_not_there_is_named_and_no_other_is_tried(tmp_path):
    with pytest.raises(CaffeNotFoundError) as caught:
        Caffe(str(tmp_path / "python"))
    text = str(caught.value)
    assert "cannot be started: No such file or directory" in text
    assert "this interpreter" not in text


@posix
def test_an_interpreter_that_hangs_is_given_up_and_ended(wrapped, tmp_path, monkeypatch, gone):
    monkeypatch.setattr(find, "_PATIENCE", 0.5)
    python = wrapped(first=f"echo $$ > {tmp_path}/pid; sleep 600")
    with pytest.raises(CaffeNotFoundError, match="ended or hung"):
        find_caffe(str(python))
    gone(int((tmp_path / "pid").read_text()))


@posix
def test_everything_that_was_tried_is_listed(wrapped, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(wrapped("bare", "-S")))
    other = wrapped("python3.9")
    other.write_text(f'#!/bin/sh\nexec "{_REAL}" -S "$@"\n')
    monkeypatch.setenv("PATH", str(other.parent))
    # Scripts need no PATH to find their shell.
    with pytest.raises(CaffeNotFoundError) as caught:
        find_caffe()
    assert str(caught.value).count("has no module named caffe") == 2
    assert "(this interpreter)" in str(caught.value)
    assert "(on PATH)" in str(caught.value)


@pytest.mark.skipif("_DRIVEN is None", reason="NETGEN_CAFFE_PYTHON names no interpreter")
def test_any_python_can_drive_the_one_that_has_caffe(monkeypatch):
    """Run this on a Python without Caffe, with the variable set, to see both sides of the pipe differ."""
    import numpy as np

    monkeypatch.setenv(ENVIRONMENT, _DRIVEN)
    with Caffe() as caffe:
        net = caffe.load(
            'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }'
            'layer { name: "s" type: "Softmax" bottom: "d" top: "s" }'
        )
        x = np.arange(6, dtype=np.float64).reshape(2, 3)
        expected = np.exp(x) / np.exp(x).sum(1, keepdims=True)
        np.testing.assert_allclose(net.forward({"d": x})["s"], expected, rtol=1e-5)
        assert caffe.interpreter.origin == ENVIRONMENT


_DRIVEN = os.environ.get(ENVIRONMENT)
