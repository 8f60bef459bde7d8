"""The stand-in by itself: length, what it says when something is wrong, and what Caffe's own cannot do."""

import copy
import pickle
import re

import pytest
from scripts import SCRIPTS

from netgen.errors import LayerError, NetgenError
from netgen.interface.standin import Function, Layers, NetSpec, Parameters, Top, assign_proto, to_proto
from netgen.interface.standin import layers as L
from netgen.interface.standin import params as P
from netgen.schema import caffe_pb2

LONG = 20_000


def chain(length, **keywords):
    top = L.Input(shape={"dim": [1, 2]})
    for _ in range(length):
        top = L.ReLU(top, **keywords)
    return top


def test_a_chain_of_20000_unnamed_layers():
    net = chain(LONG).to_proto()
    assert len(net.layer) == LONG + 1
    assert [net.layer[1].name, net.layer[-1].name] == ["ReLU1", f"ReLU{LONG}"]
    assert list(net.layer[-1].bottom) == [f"ReLU{LONG - 1}"]


def test_a_chain_of_20000_unnamed_layers_in_place_under_a_netspec():
    n = NetSpec()
    n.out = chain(LONG, in_place=True)
    net = n.to_proto()
    assert len(net.layer) == LONG + 1
    assert {top for layer in net.layer for top in layer.top} == {"Input1"}
    assert net.layer[-1].name == "out"


def test_a_chain_of_20000_layers_that_each_use_two():
    one, two = chain(0), chain(0)
    for _ in range(LONG):
        one, two = two, L.Eltwise(one, two)
    assert len(to_proto(two).layer) == LONG + 2


def test_a_layer_that_is_its_own_input_is_an_error_and_no_endless_loop():
    relu = L.ReLU(L.TanH(chain(0)))
    relu.fn.inputs[0].fn.inputs = (relu,)
    with pytest.raises(LayerError, match="an input of ReLU depends on its own output"):
        relu.to_proto()


def test_hasattr_and_dir_work_on_a_net():
    n = NetSpec()
    n.data = chain(0)
    n["a/b"] = L.ReLU(n.data)
    assert hasattr(n, "data")
    assert not hasattr(n, "label")
    assert {"data", "a/b", "tops", "to_proto"} <= set(dir(n))


@pytest.mark.parametrize("kind", [AttributeError, KeyError, NetgenError])
def test_a_missing_top_is_every_error_that_one_may_look_for(kind):
    n = NetSpec()
    n.label = chain(0)
    with pytest.raises(kind, match=r"^the net has no top 'lable'; did you mean label\?$"):
        n.lable
    with pytest.raises(kind, match=r"^the net has no top 'lable'; did you mean label\?$"):
        n["lable"]


def test_nets_can_be_copied_and_pickled():
    net = SCRIPTS["in_place"](NetSpec, L, P)
    shallow = copy.copy(net)
    assert shallow.tops is net.tops
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.tops is not net.tops
        assert twin.to_proto() == net.to_proto()


def test_layers_and_params_tell_what_there_is():
    assert {"Convolution", "SoftmaxWithLoss", "Clip"} <= set(dir(L))
    assert {"Pooling", "Eltwise"} <= set(dir(P))
    assert dir(P.Pooling) == ["AVE", "CAFFE", "CEIL", "CUDNN", "DEFAULT", "FLOOR", "MAX", "STOCHASTIC"]
    assert L.Convolution.__name__ == "Convolution"
    assert isinstance(L, Layers)
    assert isinstance(P, Parameters)
    assert not hasattr(L, "__wrapped__")


def test_params_are_the_schemas_constants():
    assert P.Pooling.AVE == caffe_pb2.PoolingParameter.AVE == 1
    assert P.V1Layer.CONVOLUTION == 4


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: P.Poling, "Caffe has no parameters 'Poling'; did you mean Pooling?"),
        (lambda: P.Pooling.AVG, "Pooling has no constant 'AVG'; did you mean AVE?"),
        (lambda: P.Zzzzzz, "Caffe has no parameters 'Zzzzzz'"),
    ],
)
def test_a_missing_constant(ask, message):
    with pytest.raises(AttributeError, match=f"^{re.escape(message)}$"):
        ask()


DATA = chain(0)
TWO = L.Slice(DATA, ntop=2)

# What a script does that is wrong: the call, and all that its author is told.
WRONG_AT_ONCE = [
    (lambda: L.ReLU("data"), "input 0 of ReLU is not a Top but a str"),
    (lambda: L.Concat(DATA, None), "input 1 of Concat is not a Top but a NoneType"),
    (
        lambda: L.Concat(TWO),
        "input 0 of Concat is not a Top but a tuple of 2 Tops\n"
        "  mend: a layer with several tops gives a tuple: pass one of them, or all with *",
    ),
    (
        lambda: L.ReLU(L.Silence(DATA, ntop=0)),
        "input 0 of ReLU is not a Top but a netgen.interface.standin.Function\n"
        "  mend: a layer with ntop=0 has no top to pass on",
    ),
    (lambda: L.ReLU(DATA, ntop="2"), "ntop of ReLU is '2', expected a whole number"),
    (lambda: to_proto(DATA, TWO), "to_proto takes tops, not a tuple of 2 Tops"),
]

WRONG_WHEN_WRITTEN = [
    (
        lambda: L.Convolution(DATA, kernelsize=3),
        "layer 'x': Convolution has no parameter 'kernelsize'; did you mean kernel_size?",
    ),
    (lambda: L.Custom(DATA, zzzz=3), "layer 'x': Custom has no parameter 'zzzz'"),
    (lambda: L.Deconvolution(DATA, num_output=3), "layer 'x': Deconvolution has no parameter 'num_output'"),
    (
        lambda: L.Convolution(DATA, weight_filler=dict(typ="msra")),
        "layer 'x': Convolution cannot take weight_filler={'typ': 'msra'}:"
        " FillerParameter has no field 'typ'; did you mean type?",
    ),
    (
        lambda: L.Convolution(DATA, num_output=[1, 2]),
        "layer 'x': Convolution cannot take num_output=[1, 2]: num_output takes one value, not a list",
    ),
    (
        lambda: L.Convolution(DATA, kernel_size=[]),
        "layer 'x': Convolution cannot take kernel_size=[]: an empty list\n"
        "  mend: leave the parameter out where it is empty",
    ),
    (
        lambda: L.Split(L.ReLU(DATA, in_place=True, ntop=2)[1]),
        "an input of Split is top 1 of a ReLU that has only 1\n"
        "  mend: a layer that is in place has as many tops as bottoms",
    ),
    (
        lambda: TWO,
        "x of the net is not a Top but a tuple of 2 Tops\n  mend: name each top: net.data, net.label = ...",
    ),
    (lambda: [DATA], "x of the net is not a Top but a list"),
    (lambda: None, "x of the net is not a Top but a NoneType"),
]


@pytest.mark.parametrize(("call", "message"), WRONG_AT_ONCE)
def test_what_is_wrong_with_a_call(call, message):
    with pytest.raises(LayerError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(("call", "message"), WRONG_WHEN_WRITTEN)
def test_what_is_wrong_with_a_net(call, message):
    n = NetSpec()
    n.x = call()
    with pytest.raises(LayerError) as caught:
        n.to_proto()
    assert str(caught.value) == message


def test_a_tuple_is_not_a_list_for_netspec():
    with pytest.raises(
        LayerError, match=r"kernel_size=\(3, 3\)(.|\n)*\n  mend: NetSpec takes a list, not a tuple$"
    ):
        L.Convolution(DATA, kernel_size=(3, 3)).to_proto()


@pytest.mark.parametrize("value", ["3", 2.5, -1, 2**32, None, object()])
def test_a_value_that_does_not_fit_is_told_with_its_layer_and_parameter(value):
    with pytest.raises(
        LayerError, match=r"^layer 'Convolution1': Convolution cannot take num_output="
    ) as caught:
        L.Convolution(DATA, num_output=value).to_proto()
    assert isinstance(caught.value.__cause__, (TypeError, ValueError))


def test_a_long_value_is_not_shown_whole():
    with pytest.raises(LayerError) as caught:
        L.Convolution(DATA, kernel_size=["wrong"] * 1000).to_proto()
    assert len(str(caught.value)) < 300


def test_an_unknown_field_is_an_attributeerror_as_with_caffes():
    with pytest.raises(AttributeError, match=r"LayerParameter has no field 'nam'; did you mean name\?"):
        assign_proto(caffe_pb2.LayerParameter(), "nam", "x")


@pytest.mark.caffe
def test_nothing_public_of_caffes_is_missing():
    from caffe import net_spec

    from netgen.interface import standin

    theirs = net_spec.layers.ReLU(net_spec.layers.Input())
    ours = L.ReLU(L.Input())
    for one, other in (
        (net_spec.NetSpec(), NetSpec()),
        (theirs, ours),
        (theirs.fn, ours.fn),
        (net_spec.NetSpec, NetSpec),
        (net_spec.Top, Top),
        (net_spec.Function, Function),
    ):
        assert {name for name in dir(one) if not name.startswith("_")} <= set(dir(other))
    named = {
        "NetSpec",
        "Top",
        "Function",
        "Layers",
        "Parameters",
        "layers",
        "params",
        "to_proto",
        "assign_proto",
    }
    assert named <= set(vars(net_spec))
    assert named <= set(vars(standin))


@pytest.mark.caffe
def test_tops_of_the_two_sides_do_not_mix():
    from caffe import net_spec

    with pytest.raises(
        LayerError, match=r"is not a Top but a caffe\.net_spec\.Top\n  mend: write the whole net with"
    ):
        L.ReLU(net_spec.layers.Input())
