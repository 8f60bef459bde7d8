"""What must hold between a network's forms, and what a bundle takes along."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import netgen as ng
from netgen import blocks, interface
from netgen import layers as L
from netgen.cli.main import run
from netgen.emit.api import bundle_of
from netgen.emit.closure import modules_beside
from netgen.emit.source import load_source, source_of
from netgen.errors import NetworkError


def write(folder: Path, text: str, name: str = "net.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def states(text: str, folder: Path) -> list[str]:
    script = "from netgen.interface import NetSpec, layers as L\nn = NetSpec()\n" + text
    draft = load_source(str(write(folder, script))).draft({})
    return [str(state) for state in draft.train.states]


def test_made_up_names_that_are_the_same_layer_everywhere_are_let_be() -> None:
    @ng.network
    def net(net):
        net.data = L.Input(shape={"dim": [1, 3, 8, 8]})
        net.score = L.ReLU(L.Convolution(net.data, num_output=3, kernel_size=1))

    assert source_of(net).draft({}).train.message.layer[1].name == "Convolution1"


def test_made_up_names_of_layers_without_weights_may_differ() -> None:
    @ng.network
    def net(net):
        net.data = L.Input(shape={"dim": [1, 3, 8, 8]})
        if net.training:
            net.aux = L.Sigmoid(L.ReLU(net.data))
        net.out = L.TanH(L.ReLU(net.data))

    source_of(net).draft({})


def test_made_up_names_are_compared_with_the_deploy_net_too() -> None:
    @ng.network(states=["TRAIN"])
    def net(net):
        net.data = L.Input(shape={"dim": [1, 3, 8, 8]})
        if net.deploying:
            net.extra = L.ReLU(L.Convolution(net.data, num_output=3, kernel_size=1))
        net.score = L.ReLU(L.Convolution(net.data, num_output=3, kernel_size=1))

    with pytest.raises(NetworkError, match="the name was made up"):
        source_of(net).draft({})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("n.a = L.DummyData(shape=dict(dim=[1, 3]))", ["TRAIN"]),
        ("n.a = L.DummyData(shape=dict(dim=[1, 3]), include=dict(phase=1))", ["TRAIN", "TEST"]),
        ("n.a = L.DummyData(shape=dict(dim=[1, 3]), exclude=dict(phase=0))", ["TRAIN", "TEST"]),
        (
            "n.a = L.DummyData(shape=dict(dim=[1, 3]), include=[dict(phase=1, stage=['val'])])\n"
            "n.b = L.DummyData(shape=dict(dim=[1, 3]), include=[dict(phase=1, stage=['test'])])",
            ["TRAIN", "TEST:val", "TEST:test"],
        ),
    ],
)
def test_states_of_a_plain_netspec(text: str, wanted: list[str], tmp_path: Path) -> None:
    assert states(text, tmp_path) == wanted


def test_a_plain_net_is_checked_in_each_state(tmp_path: Path) -> None:
    write(
        tmp_path,
        "from netgen.interface import NetSpec, layers as L\nn = NetSpec()\n"
        "n.data = L.DummyData(shape=dict(dim=[1, 3, 8, 8]))\n"
        "n.conv = L.Convolution(n.data, num_output=1, kernel_size=9, include=dict(phase=1))\n",
    )
    with pytest.raises(TypeError, match=r"phase TEST: layer 'conv': Convolution: a kernel of 9"):
        load_source(str(tmp_path / "net.py")).draft({})


TWO = """
from netgen.interface import NetSpec, layers as L

def train(width: int = 4):
    n = NetSpec()
    n.data = L.DummyData(shape=dict(dim=[1, 3, 8, 8]))
    n.conv = L.Convolution(n.data, num_output=width, kernel_size=3)
    return n

def use(width: int = 4, size: int = 8):
    n = NetSpec()
    n.data = L.Input(shape=dict(dim=[1, 3, size, size]))
    n.conv = L.Convolution(n.data, num_output=width, kernel_size=3)
    return n
"""


def again(folder: Path) -> list[str]:
    """Return the words of the command that the bundle says makes it again."""
    import shlex

    command = json.loads((folder / "netgen.json").read_text(encoding="utf-8"))["command"]
    return shlex.split(command)[1:]


@pytest.mark.parametrize(
    "words",
    [
        ["--deploy-net", "net.py:use"],
        ["--deploy-net", "net.py:use", "--set", "size=16", "--set", "width=2"],
        ["--templates", "my templates"],
        ["--solver", "base_lr=0.5", "--solver", "stepvalue=10", "--solver", "stepvalue=20"],
    ],
    ids=" ".join,
)
def test_the_command_in_the_header_makes_the_bundle_again(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, TWO)
    write(tmp_path, "Mine.\n", "my templates/README.md.j2")
    monkeypatch.chdir(tmp_path)
    assert run(["emit", "net.py:train", "-o", "out", *words]) == 0
    monkeypatch.chdir(tmp_path / "out")
    assert run([*again(tmp_path / "out"), "--check"]) == 0


def test_the_python_interface_says_the_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, TWO)
    ng.emit_bundle(
        f"{tmp_path / 'net.py'}:train",
        tmp_path / "out",
        deploy=f"{tmp_path / 'net.py'}:use",
        solver={"base_lr": 0.5, "stepvalue": [10, 20]},
    )
    monkeypatch.chdir(tmp_path / "out")
    assert run([*again(tmp_path / "out"), "--check"]) == 0


def test_an_object_has_no_command(tmp_path: Path) -> None:
    spec = interface.NetSpec()
    spec.data = interface.layers.DummyData(shape={"dim": [1, 3]})
    ng.emit_bundle(spec, tmp_path / "out")
    assert "Made again by" not in (tmp_path / "out" / "train.prototxt").read_text()


def test_a_train_and_a_deploy_net_whose_weights_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, TWO.replace("def use(width: int = 4", "def use(width: int = 5"))
    target = str(tmp_path / "net.py")
    assert run(["emit", f"{target}:train", "--deploy-net", f"{target}:use", "-o", str(tmp_path / "out")]) == 2
    assert "phase deploy: layer 'conv': its weights have not the shape" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_modules_travel_with_what_they_import(tmp_path: Path) -> None:
    write(tmp_path, "import os, helper\nfrom package import part\n", "mine.py")
    write(tmp_path, "import mine  # in a circle\n", "helper.py")
    write(tmp_path, "", "package/__init__.py")
    write(tmp_path, "from . import other\nfrom .deep.down import x\n", "package/part.py")
    write(tmp_path, "def broken(:\n", "package/other.py")
    write(tmp_path, "x = 1\n", "package/deep/down.py")
    write(tmp_path, "never = 1\n", "unrelated.py")
    assert set(modules_beside("mine", tmp_path)) == {
        "mine",
        "helper",
        "package.__init__",
        "package.part",
        "package.other",
        "package.deep.down",
    }
    assert modules_beside("absent", tmp_path) == {}
    assert modules_beside("../mine", tmp_path) == {}


def test_a_bundle_with_a_module_of_a_package_imports(tmp_path: Path) -> None:
    write(tmp_path, "from . import names\n", "pkg/lay.py")
    write(tmp_path, "", "pkg/__init__.py")
    write(tmp_path, "a = 1\n", "pkg/names.py")
    path = write(
        tmp_path,
        "import netgen as ng\nfrom netgen import blocks, layers as L\n"
        "@ng.network(deploy=False)\ndef net(net):\n"
        "    net.data = L.DummyData(shape=dict(dim=[1, 3]))\n"
        "    net.out = blocks.python_layer('pkg.lay', 'Mine', net.data)\n",
    )
    ng.emit_bundle(str(path), tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-c", "import pkg.lay; print(pkg.lay.names.a)"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "1", done.stderr


def test_a_module_that_is_nowhere_is_told_of() -> None:
    @ng.network(deploy=False)
    def net(net):
        net.data = L.DummyData(shape={"dim": [1, 3]})
        net.out = blocks.python_layer("nowhere_to_be_found", "Mine", net.data)

    _, notes = bundle_of(source_of(net), {})
    assert any("nowhere_to_be_found" in note for note in notes)
