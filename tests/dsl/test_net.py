"""``Net``: what it takes over from NetSpec, and what it minds."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen.errors import LayerError, NetworkError, UnknownBlobError

ROOT = Path(__file__).resolve().parents[2]


def data(*shape: int) -> Any:
    return L.Input(shape={"dim": list(shape or (2, 3, 8, 8))})


@pytest.fixture
def net() -> Any:
    net = ng.Net()
    net.data = data()
    return net


def names(net: Any) -> list[str]:
    return [layer.name for layer in net.to_proto().layer]


# ---- the state ----


@pytest.mark.parametrize(
    ("made", "phase", "flags", "shown"),
    [
        (ng.Net(), "TRAIN", (True, False, False), "TRAIN"),
        (ng.Net("TEST"), "TEST", (False, True, False), "TEST"),
        (ng.Net("TEST", deploying=True), "TEST", (False, False, True), "deploy"),
        (ng.Net("TRAIN", deploying=True), "TRAIN", (False, False, True), "deploy"),
        (ng.Net("TEST", ["a", "b"]), "TEST", (False, True, False), "TEST:a,b"),
    ],
)
def test_a_net_knows_what_it_is_written_for(made: Any, phase: str, flags: Any, shown: str) -> None:
    assert made.phase == phase
    assert (made.training, made.testing, made.deploying) == flags
    assert made.phase_shown == shown
    assert made.state == ng.State(phase, made.stages)


def test_it_is_a_netspec() -> None:
    assert isinstance(ng.Net(), interface.NetSpec)
    if interface.source == "caffe":
        import caffe

        assert isinstance(ng.Net(), caffe.NetSpec)


# ---- names ----


def test_assigning_names_blob_and_layer(net: Any) -> None:
    net.conv1 = L.Convolution(net.data, num_output=4, kernel_size=3)
    net["group/relu 1"] = L.ReLU(net.conv1, in_place=True)
    net.a, net.b = L.Slice(net["group/relu 1"], ntop=2)
    net.loss_opt = L.EuclideanLoss(net.a, net.b, name="loss")
    layers = net.to_proto().layer
    assert [(x.name, list(x.top)) for x in layers[1:]] == [
        ("conv1", ["conv1"]),
        ("group/relu 1", ["conv1"]),
        ("a", ["a", "b"]),
        ("loss", ["loss_opt"]),
    ]


def test_names_of_nets_own_are_free_as_items(net: Any) -> None:
    for name in ("phase", "state", "to_proto", "tops", "section", "_made"):
        with pytest.raises(LayerError, match=f"'{name}' cannot be assigned: it is a part of Net itself") as e:
            setattr(net, name, L.ReLU(net.data))
        assert e.value.mend == f"for a blob of that name write net[{name!r}] = ..."
        net[name] = L.ReLU(net.data)
    assert net.phase == "TRAIN"
    assert names(net)[1:] == ["phase", "state", "to_proto", "tops", "section", "_made"]


def test_hasattr_dir_and_in(net: Any) -> None:
    net.conv = L.ReLU(net.data)
    net["a b"] = L.ReLU(net.conv)
    assert hasattr(net, "conv")
    assert not hasattr(net, "cnov")
    assert "conv" in net
    assert "conv2" not in net
    assert {"conv", "a b", "data", "phase", "shape"} <= set(dir(net))
    assert getattr(net, "cnov", None) is None
    for reading in (lambda: net.cnov, lambda: net["cnov"]):
        with pytest.raises(UnknownBlobError, match="net has no blob 'cnov'; it has data, conv, a b") as e:
            reading()
        assert e.value.mend == "did you mean conv?"
        assert isinstance(e.value, (AttributeError, KeyError))


def test_copying_and_looking_at_a_net_needs_no_blob(net: Any) -> None:
    assert copy.copy(net).data is net.data
    assert copy.copy(net).to_proto() == net.to_proto()
    with pytest.raises(AttributeError):
        net.__array__


def test_a_name_cannot_be_overwritten_but_deleted_and_given_again(net: Any) -> None:
    net.x = L.ReLU(net.data)
    net.x = net.x  # nothing changes
    with pytest.raises(LayerError, match=r"'x' is the name of a blob already, made at .*test_net.py:\d+"):
        net.x = L.Sigmoid(net.data)
    del net.x
    assert "x" not in net
    net.x = L.Sigmoid(net.data)
    del net["x"]
    net.x = L.TanH(net.data, name="x")
    assert [layer.type for layer in net.to_proto().layer] == ["Input", "TanH"]
    with pytest.raises(UnknownBlobError):
        del net.y


def test_a_deleted_layer_gives_its_own_name_back(net: Any) -> None:
    net.loss_opt = L.Reduction(net.data, name="loss")
    del net.loss_opt
    net.loss_opt = L.Reduction(net.data, name="loss", operation="MEAN")
    assert names(net) == ["data", "loss"]


def test_a_deleted_layer_is_no_forgotten_one() -> None:
    @ng.network
    def network(net: Any) -> None:
        net.data = data()
        net.out = L.ReLU(net.data)
        del net.out
        net.out = L.TanH(L.Power(net.data))

    assert [layer.type for layer in network.deploy().message.layer] == ["Input", "Power", "TanH"]


def test_a_top_has_one_name(net: Any) -> None:
    net.relu = L.ReLU(net.data)
    with pytest.raises(LayerError, match="'again': this Top is named 'relu' already"):
        net.again = net.relu
    with pytest.raises(LayerError, match="this Top is named 'data' already"):
        net["other"] = net.data


def test_several_tops_need_several_names(net: Any) -> None:
    with pytest.raises(LayerError, match="a layer of 3 tops was assigned to one name") as e:
        net.part = L.Slice(net.data, ntop=3)
    assert e.value.mend == "give each top a name: net.part1, net.part2, net.part3 = ..."


@pytest.mark.parametrize("value", [3, "conv", None, [1], (), {"a": 1}])
def test_only_tops_are_held(net: Any, value: Any) -> None:
    with pytest.raises(LayerError, match="a net holds Tops, came"):
        net.x = value


@pytest.mark.parametrize("name", ["", 3, None])
def test_names_are_strings(net: Any, name: Any) -> None:
    with pytest.raises(LayerError, match="a blob's name is a string that is not empty"):
        net[name] = L.ReLU(net.data)


def test_a_layer_without_tops_is_assigned_itself(net: Any) -> None:
    net.quiet = L.Silence(net.data, ntop=0)
    layer = net.to_proto().layer[1]
    assert (layer.name, layer.type, list(layer.top)) == ("quiet", "Silence", [])
    with pytest.raises(LayerError, match="assign the layer's top, not its Function"):
        net.relu = L.ReLU(net.data).fn


def test_layer_names_are_used_once(net: Any) -> None:
    net.a = L.ReLU(net.data, name="b")
    with pytest.raises(
        LayerError, match=r"two layers are named 'b': a ReLU made at .*test_net.py:\d+ and a TanH"
    ):
        net.b = L.TanH(net.data)
    net.c = L.ReLU(net.data)
    with pytest.raises(LayerError, match="two layers are named 'c'"):
        net.d = L.TanH(net.data, name="c")


def test_made_up_names_that_meet_given_ones_are_refused(net: Any) -> None:
    net.ReLU1 = L.TanH(net.data)
    net.out = L.Sigmoid(L.ReLU(net.data))
    with pytest.raises(LayerError, match="two layers are named 'ReLU1': a TanH and a ReLU"):
        net.to_proto()


def test_two_layers_cannot_make_one_blob(net: Any) -> None:
    net.made = L.Split(net.data, ntop=0, top=["copy"])
    net.copy = L.ReLU(net.data, name="other")
    with pytest.raises(NetworkError, match="two layers make a blob named 'copy': a Split and a ReLU"):
        net.to_proto()


def test_a_top_among_the_bottoms_is_in_place_only_at_its_own_place(net: Any) -> None:
    net.swap = L.Slice(net.data, ntop=0, top=["one", "data"])
    with pytest.raises(NetworkError, match="two layers make a blob named 'data'"):
        net.to_proto()


# ---- layers of other nets ----


def test_tops_of_another_net_are_refused_when_they_are_assigned(net: Any) -> None:
    other = ng.Net("TEST")
    other.data = data()
    with pytest.raises(
        LayerError, match="Input layer of the evaluation for TRAIN.*cannot stand in.*for TEST"
    ):
        other.relu = L.ReLU(net.data)
    with pytest.raises(LayerError, match="cannot stand in"):
        other.mine = net.data
    assert names(other) == ["data"]


def test_tops_of_another_phase_are_refused_when_the_layer_is_made() -> None:
    kept: list[Any] = []

    @ng.network
    def network(net: Any) -> None:
        net.data = data()
        kept.append(net.data)
        net.relu = L.ReLU(kept[0])

    network.evaluate("TRAIN")
    with pytest.raises(LayerError, match=r"bottom 0 \(Input\) belongs to the evaluation for TRAIN") as e:
        network.evaluate("TEST")
    assert e.value.phase == "TEST"
    assert e.value.site is not None
    assert e.value.site.path == __file__


def test_a_top_made_outside_serves_one_evaluation() -> None:
    outside = data()

    @ng.network
    def network(net: Any) -> None:
        net.data = outside

    assert len(network.evaluate("TRAIN").message.layer) == 1
    with pytest.raises(LayerError, match="Input layer of the evaluation for TRAIN"):
        network.evaluate("TEST")


def test_layers_that_are_left_out_are_refused() -> None:
    @ng.network
    def network(net: Any) -> None:
        net.data = data()
        L.ReLU(net.data, in_place=True)

    with pytest.raises(NetworkError, match="this ReLU layer is not part of the net") as e:
        network.deploy()
    assert e.value.phase == "deploy"
    assert e.value.site is not None
    assert e.value.site.line == network.site.line + 3


def test_layers_without_names_that_are_used_are_part_of_the_net(net: Any) -> None:
    net.out = L.TanH(L.ReLU(L.ReLU(net.data)))
    assert names(net) == ["data", "ReLU1", "ReLU2", "out"]


# ---- sections ----


def sections(network: Any) -> list[tuple[str, str]]:
    evaluation = network.deploy()
    return list(zip((layer.name for layer in evaluation.message.layer), evaluation.sections))


def test_sections_as_statements_and_as_blocks() -> None:
    @ng.network
    def network(net: Any) -> None:
        net.a = data()
        net.section("  one \n two ")
        net.b = L.ReLU(net.a)
        with net.section("inner"):
            net.c = L.ReLU(net.b)
            with net.section("deeper"):
                net.d = L.ReLU(net.c)
            net.e = L.ReLU(net.d)
        net.f = L.ReLU(net.e)
        net.section("")
        net.g = L.ReLU(net.f)

    assert sections(network) == [
        ("a", ""),
        ("b", "one two"),
        ("c", "inner"),
        ("d", "deeper"),
        ("e", "inner"),
        ("f", "one two"),
        ("g", ""),
    ]


def test_a_layer_belongs_to_the_section_where_it_is_made() -> None:
    @ng.network
    def network(net: Any) -> None:
        net.section("one")
        net.data = data()
        made = L.ReLU(net.data)
        net.section("two")
        net.relu = made

    assert sections(network) == [("data", "one"), ("relu", "one")]


def test_a_section_ends_with_its_block_even_by_an_error(net: Any) -> None:
    with pytest.raises(ZeroDivisionError), net.section("inner"):
        1 / 0
    assert net.current_section == ""


# ---- shapes ----


def test_shapes_while_writing(net: Any) -> None:
    net.conv = L.Convolution(net.data, num_output=5, kernel_size=3)
    net.relu = L.ReLU(net.conv, in_place=True)
    net.one, net.two = L.Slice(L.Pooling(net.relu, kernel_size=2, stride=2), slice_point=2, ntop=2)
    assert net.shape("data") == (2, 3, 8, 8)
    assert net.shape(net.relu) == (2, 5, 6, 6)
    assert net.shape(net.two) == (2, 3, 3, 3)
    assert net.shape(L.ReLU(net.one)) == (2, 2, 3, 3)


def test_shapes_that_only_data_know_can_be_declared_even_late(net: Any) -> None:
    net.image, net.label = L.HDF5Data(source="list.txt", batch_size=4, ntop=2)
    net.conv = L.Convolution(net.image, num_output=5, kernel_size=3)
    assert net.shape(net.conv) is None
    net.declare_shape("image", [4, 1, 20, 30])
    assert net.shape(net.conv) == (4, 5, 18, 28)
    assert net.shape(net.label) is None
    net.declare_shape(net.image, (4, 1, 10, 10))
    assert net.shape("conv") == (4, 5, 8, 8)


@pytest.mark.parametrize("shape", [3, (1.5, 2), "12", [-1, 2], [None]])
def test_a_declared_shape_is_whole_numbers(net: Any, shape: Any) -> None:
    with pytest.raises(LayerError, match="a shape is"):
        net.declare_shape(net.data, shape)


@pytest.mark.parametrize("top", [3, None, ()])
def test_only_tops_have_shapes(net: Any, top: Any) -> None:
    with pytest.raises(LayerError, match=r"shape\(\) wants a Top or a blob's name"):
        net.shape(top)
    with pytest.raises(LayerError, match=r"declare_shape\(\) wants a Top or a blob's name"):
        net.declare_shape(top, (1,))


def test_a_shape_that_caffe_would_refuse_names_the_layer_that_is_wrong(net: Any) -> None:
    net.conv = L.Convolution(net.data, num_output=5, kernel_size=9)
    net.relu = L.ReLU(net.conv)
    with pytest.raises(LayerError, match="a kernel of 9 does not fit into 8") as e:
        net.shape(net.relu)
    assert e.value.layer == "conv"
    assert e.value.site is not None
    assert e.value.site.path == __file__


def test_shapes_of_layers_that_plain_layers_made(net: Any) -> None:
    net.conv = interface.layers.Convolution(net.data, num_output=5, kernel_size=3)
    assert net.shape("conv") == (2, 5, 6, 6)
    net.bad = interface.layers.Convolution(net.data, num_output=5, kernelsize=3)
    with pytest.raises(LayerError, match="layer 'bad': Convolution has no parameter 'kernelsize'"):
        net.shape("bad")


# ---- of any length ----

CHAIN = """
import netgen as ng
from netgen import interface, layers as L
assert interface.source == {source!r}, interface.source
net = ng.Net()
net.data = L.Input(shape=dict(dim=[1, 3]))
x = net.data
for _ in range(20000):
    x = L.ReLU(x)
net.out = x
message = net.to_proto()
assert len(message.layer) == 20001
assert message.layer[1].name == "ReLU1" and list(message.layer[19999].top) == ["ReLU19999"]
assert list(message.layer[20000].bottom) == ["ReLU19999"]
assert net.shape("out") == (1, 3)

@ng.network
def named(net):
    x = net.data = L.Input(shape=dict(dim=[1, 3]))
    for i in range(20000):
        net["relu%d" % i] = L.ReLU(x)
        x = net["relu%d" % i]
        assert net.shape(x) == (1, 3)
assert len(ng.merge(named.evaluations()).message.layer) == 20001
"""


@pytest.mark.parametrize("source", [pytest.param("caffe", marks=pytest.mark.caffe), "netgen"])
def test_chains_of_20000_layers(source: str) -> None:
    environment = {**os.environ, "NETGEN_INTERFACE": source, "PYTHONPATH": str(ROOT), "GLOG_minloglevel": "2"}
    done = subprocess.run(
        [sys.executable, "-c", CHAIN.format(source=source)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
