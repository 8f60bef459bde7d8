"""``netgen.layers`` and ``netgen.params``: values of every kind, checked where the layer is made."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netgen as ng
from netgen import interface, schema
from netgen import layers as L
from netgen import params as P
from netgen.dsl.values import fill, split_parameters
from netgen.errors import LayerError


def layer_of(make: Any) -> Any:
    """Return the message of one layer that ``make(data)`` gives, in a net of real NetSpec's kind."""
    net = ng.Net()
    net.data = L.Input(shape={"dim": [1, 3, 8, 8]})
    net.out = make(net.data)
    layer = net.to_proto().layer[-1]
    # What shapes are inferred from is what is written.
    again = type(layer)(name=layer.name, type=layer.type, bottom=layer.bottom, top=layer.top)
    function = net.out.fn if isinstance(net.out, interface.Top) else net.out
    fill(again, split_parameters(layer.type, {k: v for k, v in function.params.items() if k != "name"}))
    again.name = layer.name
    assert again == layer
    return layer


def conv(**given: Any) -> Any:
    return layer_of(lambda data: L.Convolution(data, **{"num_output": 2, "kernel_size": 3, **given}))


# ---- values ----


@pytest.mark.parametrize("three", [3, np.int32(3), np.uint8(3), np.array(3), np.array([3])])
def test_whole_numbers(three: Any) -> None:
    assert conv(num_output=three).convolution_param.num_output == 3


@pytest.mark.parametrize(
    "sizes",
    [
        [3, 5],
        (3, 5),
        np.array([3, 5]),
        np.array([3, 5], np.uint8),
        range(3, 6, 2),
        [np.int64(3), np.array(5)],
    ],
)
def test_lists_of_numbers(sizes: Any) -> None:
    assert list(conv(kernel_size=sizes).convolution_param.kernel_size) == [3, 5]


def test_a_generator_is_read_once() -> None:
    assert list(conv(kernel_size=(n for n in (3, 5))).convolution_param.kernel_size) == [3, 5]


@pytest.mark.parametrize("one", [3, np.int8(3), np.array(3), (3,), [3]])
def test_one_value_for_a_repeated_field(one: Any) -> None:
    assert list(conv(kernel_size=one).convolution_param.kernel_size) == [3]


@pytest.mark.parametrize("half", [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), np.float16(0.5)])
def test_floats(half: Any) -> None:
    layer = layer_of(lambda data: L.Dropout(data, dropout_ratio=half))
    assert layer.dropout_param.dropout_ratio == 0.5


@pytest.mark.parametrize("number", [0, -1, np.int64(7)])
def test_whole_numbers_as_floats(number: Any) -> None:
    assert layer_of(lambda data: L.Power(data, shift=number)).power_param.shift == number


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 1e-46, 3.4e38])
def test_floats_at_the_edge(number: float) -> None:
    assert layer_of(lambda data: L.Power(data, shift=number)).power_param.shift == np.float32(number)


@pytest.mark.parametrize("flag", [True, np.bool_(True), 1, np.array(True)])
def test_flags(flag: Any) -> None:
    assert conv(bias_term=flag).convolution_param.bias_term is True
    assert conv(bias_term=not flag).convolution_param.bias_term is False


class _Place(os.PathLike):  # type: ignore[type-arg]
    def __fspath__(self) -> str:
        return "data/list.txt"


@pytest.mark.parametrize(
    "path",
    [
        "data/list.txt",
        Path("data/list.txt"),
        PurePosixPath("data", "list.txt"),
        PureWindowsPath("data\\list.txt"),
        _Place(),
    ],
)
def test_paths(path: Any) -> None:
    net = ng.Net()
    net.data, net.label = L.HDF5Data(source=path, batch_size=1, ntop=2)
    assert net.to_proto().layer[0].hdf5_data_param.source == "data/list.txt"


@pytest.mark.parametrize("average", ["AVE", P.Pooling.AVE, np.int64(1), 1])
def test_enums_by_name_and_number(average: Any) -> None:
    layer = layer_of(lambda data: L.Pooling(data, pool=average, kernel_size=2))
    assert layer.pooling_param.pool == interface.caffe_pb2.PoolingParameter.AVE


def test_enums_in_dicts() -> None:
    layer = conv(weight_filler={"type": "msra", "variance_norm": "AVERAGE"}, include={"phase": "TEST"})
    assert layer.convolution_param.weight_filler.variance_norm == P.Filler.AVERAGE
    assert layer.include[0].phase == interface.caffe_pb2.TEST


def test_messages_as_values() -> None:
    pb = interface.caffe_pb2
    filler = pb.FillerParameter(type="gaussian", std=0.5)
    rules = [pb.ParamSpec(lr_mult=0), {"name": "b"}]
    layer = conv(weight_filler=filler, param=rules)
    assert layer.convolution_param.weight_filler == filler
    assert layer.param[0] == rules[0]
    assert layer.param[1].name == "b"
    whole = pb.ConvolutionParameter(num_output=3, kernel_size=[2, 3], weight_filler=filler)
    assert layer_of(lambda data: L.Deconvolution(data, convolution_param=whole)).convolution_param == whole


def test_messages_of_the_bundled_schema_are_taken_too() -> None:
    filler = schema.caffe_pb2.FillerParameter(type="gaussian", std=0.5)
    layer = conv(weight_filler=filler)
    assert layer.convolution_param.weight_filler.SerializeToString() == filler.SerializeToString()


def test_fields_of_a_layers_own_message_both_ways() -> None:
    layer = layer_of(
        lambda data: L.Convolution(data, convolution_param={"kernel_size": 3, "pad": [1]}, num_output=4)
    )
    assert layer.convolution_param.num_output == 4
    assert list(layer.convolution_param.pad) == [1]


# ---- empty ones ----


def test_empty_dicts_are_present_at_every_depth() -> None:
    layer = conv(weight_filler={}, param=[{}, {"lr_mult": 2}], loss_weight=[])
    assert layer.convolution_param.HasField("weight_filler")
    assert [len(entry.ListFields()) for entry in layer.param] == [0, 1]
    layer = layer_of(lambda data: L.ReLU(data, relu_param={}, include={}, transform_param={}))
    assert layer.HasField("relu_param")
    assert layer.HasField("transform_param")
    assert len(layer.include) == 1
    layer = layer_of(lambda data: L.Deconvolution(data, convolution_param={"weight_filler": {}}))
    assert layer.convolution_param.HasField("weight_filler")
    layer = layer_of(lambda data: L.LSTM(data, data, recurrent_param={"weight_filler": {}, "num_output": 1}))
    assert layer.recurrent_param.HasField("weight_filler")
    made = ng.Net()
    made.a = L.DummyData(shape=[{"dim": [1]}], data_filler=[{}])
    assert len(made.to_proto().layer[0].dummy_data_param.data_filler) == 1
    made = ng.Net()
    made.a = L.Input(shape=[{"dim": []}, {}], ntop=1)
    assert len(made.to_proto().layer[0].input_param.shape) == 2


@pytest.mark.parametrize("nothing", [[], (), np.array([])])
def test_empty_lists_are_absent(nothing: Any) -> None:
    assert conv(pad=nothing, param=nothing, include=nothing) == conv()
    assert layer_of(lambda data: L.Crop(data, data, crop_param={"offset": nothing})).HasField("crop_param")


# ---- mistakes ----


@pytest.mark.parametrize(
    ("given", "said", "mend"),
    [
        (
            {"kernelsize": 3},
            "Convolution has no parameter 'kernelsize'; Convolution takes num_output, ",
            "kernel_size",
        ),
        ({"num_output": 2.0}, r"num_output wants a whole number \(uint32\), came 2.0 \(float\)", "write 2"),
        ({"num_output": True}, "wants a whole number", None),
        ({"num_output": np.float64(2)}, "wants a whole number", "write 2"),
        ({"num_output": None}, "num_output is None", "leave the parameter out"),
        ({"num_output": 2**32}, "a uint32 goes from 0 to 4294967295", None),
        ({"num_output": [1, 2]}, r"num_output takes one value, came \[1, 2\] \(list\)", "cannot be repeated"),
        ({"num_output": [2]}, "takes one value", "write num_output=2"),
        ({"kernel_size": [[3, 3]]}, r"kernel_size\[0\] wants a whole number", None),
        ({"kernel_size": np.ones((2, 2), int)}, r"takes a flat list, came an array of shape \(2, 2\)", None),
        ({"kernel_size": {3, 5}}, "takes a list, came a set, which has no order", None),
        ({"kernel_size": "3"}, "wants a whole number", None),
        ({"bias_term": "false"}, "bias_term wants true or false, came 'false'", None),
        ({"bias_term": 2}, "wants true or false", None),
        (
            {"weight_filler": "msra"},
            "weight_filler is a FillerParameter, which is written as a dict",
            "type=...",
        ),
        ({"weight_filler": {"type": 3}}, r"weight_filler.type wants a string, came 3 \(int\)", "'3'"),
        (
            {"weight_filler": {"typ": "msra"}},
            "weight_filler has no field 'typ'; FillerParameter has type, ",
            "type",
        ),
        ({"weight_filler": {"variance_norm": "FANIN"}}, "has no value 'FANIN'; VarianceNorm has", "FAN_IN"),
        ({"weight_filler": {"std": "0.1"}}, "std wants a number, came '0.1'", None),
        ({"weight_filler": {"std": 1e39}}, "more than Caffe's float holds", None),
        ({"weight_filler": {"std": 10**400}}, "more than Caffe's float holds", None),
        ({"weight_filler": {"type": "\ud800"}}, "a character that UTF-8 cannot hold", None),
        ({"engine": "GPU"}, "engine has no value 'GPU'; Engine has DEFAULT, CAFFE, CUDNN", None),
        ({"engine": 7}, "engine has no value 7", None),
        ({"engine": True}, "engine has no value True", None),
        ({"in_place": 1}, "in_place wants True or False", None),
        ({"ntop": -1}, "ntop wants a number of tops", None),
        ({"ntop": 1.0}, "ntop wants a number of tops", None),
        ({"type": "ReLU"}, "'type' cannot be set", None),
        ({"bottom": "data"}, "'bottom' cannot be set", None),
        ({"top": ["x"]}, "'top' cannot be set", None),
        ({"param": {"lr_mult": [1]}}, r"param\[0\].lr_mult takes one value", None),
        ({"include": [{"phase": "TRIAN"}]}, r"include\[0\].phase has no value 'TRIAN'; Phase has", "TRAIN"),
    ],
)
def test_mistakes_are_raised_where_they_are_made(given: Any, said: str, mend: Any) -> None:
    data = L.Input(shape={"dim": [1, 3, 8, 8]})
    with pytest.raises(LayerError, match=said) as e:
        L.Convolution(data, **{"num_output": 2, "kernel_size": 3, "name": "conv1", **given})
    assert e.value.layer == "conv1"
    assert e.value.site is not None
    assert e.value.site.path == __file__
    assert (mend or "") in (e.value.mend or "")
    assert isinstance(e.value, TypeError)


@pytest.mark.parametrize(
    ("bottom", "said", "mend"),
    [
        ("data", r"bottom 0 is not a Top but 'data' \(str\)", "write net['data'] or net.data"),
        ("a b", "is not a Top but 'a b'", "write net['a b']"),
        (3, "is not a Top but 3", "parameters are given by keyword"),
        (None, "is not a Top but None", "parameters are given by keyword"),
    ],
)
def test_bottoms_are_tops(bottom: Any, said: str, mend: str) -> None:
    with pytest.raises(LayerError, match=said) as e:
        L.ReLU(bottom)
    assert e.value.mend == mend


def test_bottoms_that_are_several_or_no_tops() -> None:
    data = L.Input(shape={"dim": [1, 3]})
    with pytest.raises(LayerError, match="is not a Top but a tuple of 3") as e:
        L.Concat(L.Slice(data, ntop=3))
    assert e.value.mend == "write Concat(*tops, ...)"
    with pytest.raises(LayerError, match="is not a Top but a Silence layer") as e:
        L.ReLU(L.Silence(data, ntop=0))
    assert e.value.mend is not None
    assert "has no tops" in e.value.mend


def test_unknown_types_and_those_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    import netgen.dsl.layers

    monkeypatch.setattr(netgen.dsl.layers, "_allowed", set())
    data = L.Input(shape={"dim": [1, 3]})
    with pytest.raises(LayerError, match="there is no layer type 'Interp'"):
        L.Interp(data)
    ng.allow_layer_type("Interp")
    net = ng.Net()
    net.x = L.Interp(data, python_param={"module": "m"})
    assert net.to_proto().layer[1].type == "Interp"
    assert "Interp" in dir(L)


def test_the_function_of_a_layer_is_caffes_own() -> None:
    top = L.ReLU(L.Input(shape={"dim": [1]}))
    assert isinstance(top, interface.Top)
    assert type(top.fn) is interface.Function
    assert L.ReLU.__name__ == "ReLU"
    assert L.ReLU is L.ReLU
    assert {"Convolution", "ReLU", "Python"} <= set(dir(L))
    assert not hasattr(L, "__wrapped__")


# ---- params ----


def test_params_are_the_schemas_numbers() -> None:
    assert P.Pooling.STOCHASTIC == interface.caffe_pb2.PoolingParameter.STOCHASTIC
    assert P.Data.LMDB == interface.caffe_pb2.DataParameter.LMDB
    assert P.Loss.VALID == interface.params.Loss.VALID
    assert "Eltwise" in dir(P)
    assert {"MAX", "AVE", "STOCHASTIC"} <= set(dir(P.Pooling))
    assert not hasattr(P, "Poling")
    assert not hasattr(P.Pooling, "MIN")


def test_mistakes_in_params() -> None:
    with pytest.raises(LayerError, match="P.Pooling has no value 'AVG'; it has MAX, AVE, STOCHASTIC") as e:
        _ = P.Pooling.AVG
    assert e.value.mend == "did you mean P.Pooling.AVE?"
    assert e.value.site is not None
    assert e.value.site.path == __file__
    with pytest.raises(LayerError, match="Caffe has no message PolingParameter") as e:
        _ = P.Poling
    assert e.value.mend == "did you mean P.Pooling?"


# ---- anything at all ----

plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
keywords = st.sampled_from(
    [
        "num_output",
        "kernel_size",
        "weight_filler",
        "param",
        "include",
        "bias_term",
        "engine",
        "name",
        "loss_weight",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(keywords, plain, max_size=4))
def test_whatever_is_given_is_taken_or_refused_in_words(given: dict[str, Any]) -> None:
    net = ng.Net()
    net.data = L.Input(shape={"dim": [1]})
    try:
        net.out = L.Convolution(net.data, **given)
        net.to_proto()
    except LayerError as error:
        assert error.message  # noqa: PT017
