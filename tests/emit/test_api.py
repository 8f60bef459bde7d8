"""From a source to its bundle: what the files hold, where they say they come from, and how to make them again."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen.cli.main import run
from netgen.dsl.evaluation import Evaluation
from netgen.emit.api import bundle_of, layer_modules
from netgen.emit.source import load_source, source_of
from netgen.errors import NetgenError, OptionError
from netgen.graph import State
from netgen.networks import unet
from netgen.prototxt import parse

NETWORK = """
import netgen as ng
from netgen import layers as L

@ng.network
def tiny(net, size: int = 4, scale: float = 1.0, mode: str = "a b", flag: bool = False, sides: tuple = (1, 2)):
    net.section("data")
    net.data = L.Input(shape=dict(dim=[1, size, *sides]))
    net.section("the rest")
    net.relu = L.Power(net.data, scale=scale)
    if net.testing:
        net.mean = L.Reduction(net.relu)
"""
NETSPEC = """
from netgen.interface import NetSpec, layers as L

def make(size: int = 2, deep: bool = False):
    n = NetSpec()
    n.data = L.Input(shape=dict(dim=[1, size]))
    n.fc = L.InnerProduct(n.data, num_output=3)
    return n

def deployed(size: int = 2, top: str = "prob"):
    n = make(size)
    n[top] = L.Softmax(n.fc)
    return n
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str, name: str = "net.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return written


def header(folder: Path, name: str = "train.prototxt") -> list[str]:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return [line[2:] for line in lines if line.startswith("# ") and not line.startswith("# --")]


def command(folder: Path) -> list[str]:
    (line,) = [line for line in header(folder) if line.startswith("Made again by: ")]
    words = shlex.split(line[len("Made again by: ") :])
    assert words[0] == "netgen"
    return words[1:]


def made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the header says makes the same files, from the bundle's folder."""
    with monkeypatch.context() as there:
        there.chdir(folder)
        words = command(folder)
        assert run([*words, "--check"]) == 0
        # It is no accident: into an empty folder it writes the very same files.
        empty = folder.parent / "again"
        shutil.copytree(folder, empty)
        for path in empty.rglob("*"):
            if path.is_file() and path.suffix != ".py":
                path.unlink()
        there.chdir(empty)
        assert run([*words, "--force"]) == 0
        for path in folder.rglob("*"):
            assert path.is_dir() or (empty / path.relative_to(folder)).read_bytes() == path.read_bytes()
    shutil.rmtree(empty)


# ---- messages ----


def test_the_bundle_holds_what_was_written(write: Any) -> None:
    source = load_source(str(write(NETWORK)))
    bundle, notes = bundle_of(source, {"size": 3})
    assert notes == []
    assert sorted(bundle.files) == [
        "README.md",
        "deploy.prototxt",
        "netgen.json",
        "solver.prototxt",
        "train.prototxt",
    ]
    draft = source.draft({"size": 3})
    message = type(draft.train.message)
    assert parse(bundle.files["train.prototxt"].decode(), message) == draft.train.message
    assert draft.deploy is not None
    assert parse(bundle.files["deploy.prototxt"].decode(), message) == draft.deploy.message
    assert "# ---- the rest ----" in bundle.files["train.prototxt"].decode()


def test_a_netspec_script_is_emitted_as_it_is(write: Any) -> None:
    path = write(NETSPEC + "n = make(4)\n")
    bundle, _ = bundle_of(load_source(f"{path}:n"), {})
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1, 4]})
    n.fc = interface.layers.InnerProduct(n.data, num_output=3)
    assert parse(bundle.files["train.prototxt"].decode(), type(n.to_proto())) == n.to_proto()
    assert "deploy.prototxt" not in bundle.files


def test_a_deploy_net_from_elsewhere(write: Any) -> None:
    path = write(NETSPEC)
    bundle, _ = bundle_of(
        load_source(f"{path}:make"),
        {"size": 5, "deep": True, "top": "p"},
        deploy=load_source(f"{path}:deployed"),
    )
    deploy = parse(bundle.files["deploy.prototxt"].decode(), interface.caffe_pb2.NetParameter)
    assert [layer.name for layer in deploy.layer] == ["data", "fc", "p"]
    assert deploy.layer[0].input_param.shape[0].dim[1] == 5
    with pytest.raises(OptionError, match="make has no option 'depth'"):
        bundle_of(load_source(f"{path}:make"), {"depth": 5}, deploy=load_source(f"{path}:deployed"))


def test_the_deploy_form_of_a_network_that_deploys(write: Any) -> None:
    other = write(
        """
        import netgen as ng
        from netgen import layers as L

        @ng.network
        def other(net):
            net.data = L.Input(shape=dict(dim=[1, 2]))
            net.fc = L.InnerProduct(net.data, num_output=3)
            if net.deploying:
                net.prob = L.Softmax(net.fc)
            else:
                net.quiet = L.Silence(net.fc, ntop=0)
        """,
        "other.py",
    )
    bundle, _ = bundle_of(load_source(f"{write(NETSPEC)}:make"), {}, deploy=load_source(str(other)))
    deploy = parse(bundle.files["deploy.prototxt"].decode(), interface.caffe_pb2.NetParameter)
    assert [layer.name for layer in deploy.layer] == ["data", "fc", "prob"]


def test_the_solver_tests_what_there_is(write: Any) -> None:
    def solver(text: str, **fields: Any) -> Any:
        bundle, _ = bundle_of(load_source(str(write(text))), {}, solver=fields)
        return parse(bundle.files["solver.prototxt"].decode(), interface.caffe_pb2.SolverParameter)

    made = solver(NETWORK, base_lr=0.5)
    assert made.net == "train.prototxt"
    assert made.base_lr == 0.5
    assert len(made.test_iter) == 1
    staged = "@ng.network(states=('TRAIN:x', 'TEST:a', 'TEST:b'))"
    made = solver(NETWORK.replace("@ng.network", staged))
    assert list(made.train_state.stage) == ["x"]
    assert [list(state.stage) for state in made.test_state] == [["a"], ["b"]]
    assert len(made.test_iter) == 2
    assert not solver(NETWORK.replace("@ng.network", "@ng.network(states=['TRAIN'])")).test_iter


# ---- headers ----


def test_where_a_users_network_comes_from(write: Any, tmp_path: Path) -> None:
    path = write(NETWORK, "nets/net.py")
    ng.emit_bundle(f"{path}:tiny", tmp_path / "out" / "bundle", size=7, mode="x y", sides=(3, 4), flag=True)
    assert header(tmp_path / "out" / "bundle")[1:] == [
        "Made by netgen from ../../nets/net.py:tiny; change that, not this file.",
        "Options: size=7, mode=x y, flag=true, sides=3,4",
        "Made again by: netgen emit ../../nets/net.py:tiny --set size=7 --set 'mode=x y' --set flag=true "
        "--set sides=3,4 -o .",
    ]


@pytest.mark.parametrize(
    ("options", "solver"),
    [
        ({}, {}),
        ({"size": 7, "scale": 0.1, "mode": 'it\'s "so"', "flag": True, "sides": (3, 4)}, {"base_lr": 0.3}),
        ({"scale": 1e-7, "mode": ""}, {"type": "Adam", "momentum2": 0.9, "snapshot_prefix": "a b/c"}),
        ({"mode": "größe 漢字"}, {"lr_policy": "multistep", "gamma": 0.5, "stepvalue": [10, 20]}),
    ],
)
def test_a_users_network_is_made_again(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Any, solver: Any
) -> None:
    path = write(NETWORK, "my nets/net.py")
    ng.emit_bundle(f"{path}:tiny", tmp_path / "a bundle", solver=solver, **options)
    made_again(tmp_path / "a bundle", monkeypatch)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"size": (444, 892), "base": 2, "dropout": 0.0, "batch_norm": True, "deploy_prob": False},
        {"loss": "sigmoid", "monitor": "none", "normalization": "NONE", "ignore_label": 255, "base": 2},
        {"normalization": None, "monitor": None, "size": None, "base": 2},
        {"data_dir": "my data", "scale": 1 / 3, "pos_weight": 2.5, "base": 2, "output_size": 4},
    ],
)
def test_a_u_net_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Any) -> None:
    ng.emit_bundle(unet, tmp_path / "unet", solver={"max_iter": 7}, **options)
    assert command(tmp_path / "unet")[0] == "unet"
    made_again(tmp_path / "unet", monkeypatch)


def test_with_templates_and_a_deploy_net_of_its_own(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(NETSPEC)
    write(
        "{% for line in header.lines %}# {{ line }}\n{% endfor %}# mine\n", "my templates/solver.prototxt.j2"
    )
    solver = (Path(__file__).parents[2] / "templates" / "solver.prototxt.j2").read_text()
    write(solver + "# mine\n", "my templates/solver.prototxt.j2")
    ng.emit_bundle(
        f"{path}:make",
        tmp_path / "out",
        deploy=f"{path}:deployed",
        templates=tmp_path / "my templates",
        top="p",
    )
    assert "# mine" in (tmp_path / "out" / "solver.prototxt").read_text()
    words = command(tmp_path / "out")
    assert words[words.index("--templates") + 1] == "../my templates"
    assert words[words.index("--deploy-net") + 1] == "../net.py:deployed"
    made_again(tmp_path / "out", monkeypatch)


def test_templates_that_come_and_change_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Path(__file__).parents[2] / "templates"

    def emitted(folder: str, **files: str) -> str:
        there = tmp_path / folder
        (there / "mine").mkdir(parents=True, exist_ok=True)
        for name, mark in files.items():
            text = (own / f"{name}.prototxt.j2").read_text(encoding="utf-8")
            (there / "mine" / f"{name}.prototxt.j2").write_text(text + mark, encoding="utf-8")
        monkeypatch.chdir(there)
        ng.emit_bundle(local, "out", templates="mine")
        return (there / "out" / "solver.prototxt").read_text(encoding="utf-8")

    assert "# mine" not in emitted("one", train="")
    assert emitted("one", solver="# mine 1\n").endswith("# mine 1\n")
    assert emitted("one", solver="# mine, again\n").endswith("# mine, again\n")
    assert emitted("two", solver="# another's\n").endswith("# another's\n")


def test_objects_have_no_command(tmp_path: Path) -> None:
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1, 4]})
    for number, network in enumerate((n, n.to_proto(), eval("lambda: n", {"n": n}))):
        ng.emit_bundle(network, tmp_path / str(number))
        said = header(tmp_path / str(number))
        assert said[1].startswith("Made by netgen from ")
        assert not any("Made again by" in line for line in said)


def test_a_network_in_this_file_knows_its_file(tmp_path: Path) -> None:
    report = ng.emit_bundle(local, tmp_path / "out", size=3)
    assert "train.prototxt" in report.written
    assert any("test_api.py:local" in line for line in header(tmp_path / "out"))
    with pytest.raises(OptionError, match="local has no option 'sise'"):
        ng.emit_bundle(local, tmp_path / "out", sise=3)


@ng.network
def local(net: Any, size: int = 2) -> None:
    net.data = L.Input(shape={"dim": [1, size]})


def test_the_same_twice_is_the_same(tmp_path: Path) -> None:
    assert ng.emit_bundle(local, tmp_path / "out").written
    again = ng.emit_bundle(local, tmp_path / "out")
    assert again.written == ()
    assert again.way == "none"
    changed = ng.emit_bundle(local, tmp_path / "out", size=3)
    assert set(changed.written) >= {"train.prototxt", "deploy.prototxt"}


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "train.prototxt").write_text("mine")
    with pytest.raises(NetgenError):
        ng.emit_bundle(local, tmp_path)
    assert (tmp_path / "train.prototxt").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train.prototxt"]
    ng.emit_bundle(local, tmp_path, force=True)
    assert (tmp_path / "train.prototxt").read_text() != "mine"


# ---- modules of Python layers ----


def python_net(*modules: str) -> Evaluation:
    message = interface.caffe_pb2.NetParameter()
    for module in modules:
        message.layer.add(type="Python", name=module).python_param.module = module
    return Evaluation(message, State("TRAIN"), ())


def test_modules_travel_with_the_bundle(write: Any, tmp_path: Path) -> None:
    path = write(
        """
        import netgen as ng
        from netgen import blocks, losses, layers as L

        @ng.network
        def net(net):
            net.data = L.Input(shape=dict(dim=[1, 2]))
            net.own = blocks.python_layer("own_layers", "Own", net.data)
            net.deep = blocks.python_layer("package.deep", "Deep", net.own)
            if net.training:
                net.loss_opt = losses.sigmoid_cross_entropy(net.deep, net.data)
            if net.testing:
                net.far = blocks.python_layer("far_away", "Far", net.deep)
            if net.deploying:
                del net.deep, net.own
                net.end = L.ReLU(net.data)
        """
    )
    write("import helping\n", "own_layers.py")
    write("HELP = 1\n", "helping.py")
    write("not imported\n", "other.py")
    write("", "package/__init__.py")
    write("from . import near\n", "package/deep.py")
    write("", "package/near.py")
    bundle, notes = bundle_of(load_source(str(path)), {})
    assert {name for name in bundle.files if name.endswith(".py")} == {
        "own_layers.py",
        "helping.py",
        "package/__init__.py",
        "package/deep.py",
        "package/near.py",
        "loss_layers.py",
    }
    assert b"import helping" in bundle.files["own_layers.py"]
    assert notes == [
        "module far_away, which a Python layer names, is not beside net.py and does not come with netgen: "
        "it has to be on PYTHONPATH where Caffe runs"
    ]


def test_ones_own_module_comes_before_netgens(write: Any) -> None:
    path = write("")
    assert (
        b"CustomSigmoidCrossEntropyLossLayer"
        in layer_modules([python_net("loss_layers")], path)[0]["loss_layers"]
    )
    write("# mine\n", "loss_layers.py")
    assert layer_modules([python_net("loss_layers")], path) == ({"loss_layers": b"# mine\n"}, [])
    assert layer_modules([python_net("data_layers", "data_layers")], None)[0].keys() == {"data_layers"}
    assert "does not come with netgen" in layer_modules([python_net("nowhere")], None)[1][0]


def test_sources_that_fail_write_nothing(write: Any, tmp_path: Path) -> None:
    path = write(NETWORK.replace("scale=scale", "scale=undefined"))
    with pytest.raises(NetgenError):
        ng.emit_bundle(str(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(OptionError):
        ng.emit_bundle(3, tmp_path / "out")
    assert source_of(local).name == "local"
