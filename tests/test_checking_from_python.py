"""``ng.check``, ``ng.parse`` and ``ng.shapes``: of files, messages, and nets that are being written."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

import netgen as ng
from netgen import layers as L
from netgen import params as P

GOOD = """name: "tiny"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "a" type: "ReLU" bottom: "data" top: "a" }
layer { name: "b" type: "ReLU" bottom: "data" top: "b" }
"""
BAD = GOOD.replace('bottom: "data" top: "b"', 'bottom: "dta" top: "b"')


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deploy.prototxt"
    path.write_text(GOOD)
    assert not [finding for finding in ng.check(path) if finding.is_error]
    path.write_text(BAD)
    (finding,) = (finding for finding in ng.check(str(path)) if finding.is_error)
    assert (finding.name, finding.layer, finding.line) == ("unknown-bottom", "b", 4)
    assert "data" in str(finding.mend)


def test_a_message_and_a_text() -> None:
    message = ng.parse(text=BAD)
    assert message.name == "tiny"
    for found in (ng.check(message), ng.check(text=BAD)):
        assert [finding.name for finding in found if finding.is_error] == ["unknown-bottom"]


def test_a_net_that_is_being_written() -> None:
    net = ng.Net()
    net.data = L.Input(shape=dict(dim=[2, 4, 8, 8]))
    net.label = L.Input(shape=dict(dim=[2, 4, 8, 8]))
    net.score = L.Convolution(net.data, num_output=4, kernel_size=1)
    net.loss = L.Python(
        net.score, net.label, module="loss_layers", layer="CustomSigmoidCrossEntropyLossLayer"
    )
    found = ng.check(net)
    assert not [finding for finding in found if finding.is_error]
    lines = Path(__file__).read_text().splitlines()
    (finding,) = (finding for finding in found if finding.layer == "loss")
    assert finding.path == __file__
    assert "L.Python" in lines[finding.line - 1]


def test_networks() -> None:
    assert ng.check(ng.networks.unet, size=92, depth=2, base=4) == []

    @ng.network
    def odd(net: ng.Net) -> None:
        net.data = L.Input(shape=dict(dim=[1, 3, 8, 8]))
        net.pool = L.Pooling(net.data, kernel_size=2, stride=2)
        if net.deploying:
            net.prob = L.Softmax(net.pool)

    assert not [finding for finding in ng.check(odd) if finding.is_error]


def test_a_plain_netspec() -> None:
    from netgen import interface

    net = interface.NetSpec()
    net.data = interface.layers.Input(input_param=dict(shape=dict(dim=[1, 3, 8, 8])))
    net.out = interface.layers.Convolution(net.data, num_output=2, kernel_size=1, group=2)
    assert [finding.layer for finding in ng.check(net) if finding.is_error] == ["out"]


def test_shapes() -> None:
    wanted = {"data": (1, 3, 8, 8), "a": (1, 3, 8, 8), "b": (1, 3, 8, 8)}
    assert ng.shapes(ng.parse(text=GOOD)) == wanted
    shapes = ng.shapes(ng.networks.unet, "deploy", size=92, depth=2, base=4)
    assert shapes["data"] == (1, 1, 92, 92)
    assert ng.shapes(ng.parse(text=BAD))["b"] is None


def test_shapes_that_files_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = struct.pack(">II5B", 13, 17, 8, 2, 0, 0, 0)  # width, height, 8 bits of RGB
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + header + b"\0" * 40)
    (tmp_path / "pictures.txt").write_text("p.png 0\n")
    (tmp_path / "own.py").write_text('LAYERS = {"Twice": {"shapes": [["bottom 0 axis 0", 2]]}}\n')
    text = """name: "n"
layer { name: "data" type: "ImageData" top: "data" top: "label"
  image_data_param { source: "pictures.txt" batch_size: 4 } }
layer { name: "own" type: "Python" bottom: "label" top: "own" python_param { module: "own" layer: "Twice" } }
"""
    (tmp_path / "net.prototxt").write_text(text)
    monkeypatch.chdir(tmp_path.parent)
    unknown = {"data": None, "label": (4,), "own": None}
    assert ng.shapes(ng.parse(text=text)) == unknown
    assert ng.shapes(ng.parse(text=text), python_paths=[tmp_path]) == {**unknown, "own": (4, 2)}
    assert ng.shapes(tmp_path / "net.prototxt") == {**unknown, "own": (4, 2)}
    monkeypatch.chdir(tmp_path)
    assert ng.shapes("net.prototxt") == {"data": (4, 3, 17, 13), "label": (4,), "own": (4, 2)}


def test_shapes_that_are_declared() -> None:
    net = ng.Net()
    net.data = L.Python(module="somewhere", layer="Reader")
    net.declare_shape(net.data, (1, 3, 8, 8))
    net.score = L.Convolution(net.data, num_output=2, kernel_size=3)
    assert ng.shapes(net)["score"] == (1, 2, 6, 6)


def test_a_solver_is_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "solver.prototxt"
    path.write_text('net: "train.prototxt"\nbase_lr: 0.1\n')
    assert ng.parse(path, solver=True).base_lr == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ng.check(3), "a path, a NetParameter, a net or a network is wanted, came 3"),
        (lambda: ng.check(), "there is nothing to check"),
        (lambda: ng.parse(), "there is nothing to parse"),
        (lambda: ng.check(text="", schema="bvcl"), "did you mean bvlc"),
        (lambda: ng.check("x.prototxt", size=3), "check() takes no option 'size'"),
        (lambda: ng.check(text="", states=["TRIAN"]), "did you mean TRAIN"),
    ],
)
def test_what_it_cannot_take(call: object, said: str) -> None:
    with pytest.raises(ng.NetgenError) as caught:
        call()  # type: ignore[operator]
    assert said in str(caught.value)


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(ng.NetgenError) as caught:
        ng.parse(text='name: "a"\nlayers { nme: "b" }')
    assert caught.value.site is not None
    assert caught.value.site.line == 2


def test_check_is_a_function_and_a_package() -> None:
    code = (
        "import netgen.check.finding, netgen as ng; from netgen.check import Finding; "
        "assert Finding is ng.Finding; print(len(ng.check(text='name: \"n\"')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_params_are_known_too() -> None:
    assert P.Pooling.MAX == 0
