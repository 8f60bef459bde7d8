"""Blocks and losses: what they write, and that real Caffe loads and runs it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest
from forked_caffe import judge

import netgen as ng
from netgen import blocks, losses
from netgen import layers as L
from netgen.errors import LayerError
from netgen.prototxt import parse


def net_of(*shape: int) -> Any:
    net = ng.Net()
    net.data = L.Input(shape={"dim": list(shape or (2, 3, 12, 10))})
    return net


def layers(net: Any) -> dict[str, Any]:
    return {layer.name: layer for layer in net.to_proto().layer}


def is_like(message: Any, text: str) -> bool:
    """Compare by value: protobuf's releases write floats differently."""
    return bool(parse(text, type(message)) == message)


def agrees_with_caffe(net: Any, *tops: str) -> None:
    """Caffe loads the net and gives these blobs the shapes that netgen says."""
    verdict = judge(net.to_proto())
    assert verdict, verdict.refused
    for top in tops:
        assert verdict.blobs[top] == net.shape(top)


# ---- convolutions ----


def test_conv_relu() -> None:
    net = net_of()
    top = blocks.conv_relu(net, "conv1", net.data, 4, pad=1, stride=2, param=[{"lr_mult": 1}, {"lr_mult": 2}])
    assert top is net.conv1_relu
    made = layers(net)
    assert list(made) == ["data", "conv1", "conv1_relu"]
    assert is_like(
        made["conv1"].convolution_param,
        'num_output: 4 pad: 1 kernel_size: 3 stride: 2 weight_filler { type: "msra" }',
    )
    assert [p.lr_mult for p in made["conv1"].param] == [1, 2]
    assert (list(made["conv1_relu"].bottom), list(made["conv1_relu"].top)) == (["conv1"], ["conv1"])
    assert net.shape(top) == (2, 4, 6, 5)


def test_conv_relu_with_names_and_fillers_of_ones_own() -> None:
    net = net_of()
    filler = {"type": "gaussian", "std": 0.01}
    top = blocks.conv_relu(
        net, "c", net.data, 4, (3, 5), relu_name="r", weight_filler=filler, in_place=False, bias_term=False
    )
    made = layers(net)
    assert list(made["r"].top) == ["r"]
    assert top is net.r
    assert is_like(
        made["c"].convolution_param,
        'num_output: 4 bias_term: false kernel_size: 3 kernel_size: 5 weight_filler { type: "gaussian" std: 0.01 }',
    )


@pytest.mark.parametrize("in_place", [True, False])
def test_conv_bn_scale_relu(in_place: bool) -> None:
    net = net_of()
    blocks.conv_bn_scale_relu(net, "c", net.data, 4, eps=1e-3, moving_average_fraction=0.9, in_place=in_place)
    made = layers(net)
    assert [layer.type for layer in made.values()] == ["Input", "Convolution", "BatchNorm", "Scale", "ReLU"]
    assert list(made) == ["data", "c", "c_bn", "c_scale", "c_relu"]
    assert not made["c"].convolution_param.bias_term
    assert is_like(made["c_bn"].batch_norm_param, "moving_average_fraction: 0.9 eps: 0.001")
    assert not made["c_bn"].batch_norm_param.HasField("use_global_stats")
    assert made["c_scale"].scale_param.bias_term
    assert list(made["c_relu"].top) == (["c"] if in_place else ["c_relu"])


def test_batch_norm_takes_the_bias_away() -> None:
    net = net_of()
    with pytest.raises(LayerError, match="bias_term=True has no effect before a BatchNorm") as e:
        blocks.conv_bn_scale_relu(net, "c", net.data, 4, bias_term=True)
    assert e.value.layer == "c"
    assert blocks.conv_bn_scale_relu(net, "d", net.data, 4, bias_term=False) is net.d_relu


@pytest.mark.parametrize(
    ("options", "shape"), [({}, (2, 3, 6, 5)), ({"kernel_size": 3, "stride": 2, "pad": 1}, (2, 3, 7, 6))]
)
def test_max_pool(options: Any, shape: Any) -> None:
    net = net_of()
    assert net.shape(blocks.max_pool(net, "pool", net.data, **options)) == shape
    pooling = layers(net)["pool"].pooling_param
    assert pooling.pool == 0
    assert pooling.HasField("pool")
    assert pooling.HasField("pad") == ("pad" in options)


# ---- up-sampling ----


def test_learned_upsampling() -> None:
    net = net_of()
    top = blocks.upsample(net, "up", net.data, 5, np.int64(3), bias_term=False)
    assert net.shape(top) == (2, 5, 36, 30)
    assert is_like(
        layers(net)["up"].convolution_param,
        'num_output: 5 bias_term: false kernel_size: 3 stride: 3 weight_filler { type: "msra" }',
    )


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
def test_bilinear_upsampling_keeps_channels_and_multiplies_sizes(factor: int) -> None:
    net = net_of()
    top = blocks.upsample(net, "up", net.data, factor=factor, method="bilinear")
    assert net.shape(top) == (2, 3, 12 * factor, 10 * factor)
    layer = layers(net)["up"]
    param = layer.convolution_param
    assert (param.num_output, param.group, param.bias_term) == (3, 3, False)
    assert (list(param.kernel_size), list(param.stride)) == ([2 * factor - factor % 2], [factor])
    assert list(param.pad) == [-(-(factor - 1) // 2)]
    assert [(p.lr_mult, p.decay_mult) for p in layer.param] == [(0, 0)]


@pytest.mark.caffe
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_bilinear_upsampling_in_caffe_is_bilinear(factor: int, tmp_path: Any) -> None:
    import caffe

    net = net_of(1, 2, 5, 6)
    blocks.upsample(net, "up", net.data, factor=factor, method="bilinear")
    path = tmp_path / "net.prototxt"
    path.write_text(str(net.to_proto()))
    loaded = caffe.Net(str(path), caffe.TEST)
    rows, columns = np.mgrid[:5, :6]
    loaded.blobs["data"].data[0] = [2.0 * rows - columns, 3.0 + 0 * rows]
    up = loaded.forward()["up"][0]
    # A pixel of the large picture lies at (its middle) / factor in the small one.
    places = [(np.arange(n * factor) + 0.5) / factor - 0.5 for n in (5, 6)]
    inside = np.ix_(*((p >= 0) & (p <= n - 1) for p, n in zip(places, (5, 6))))
    wanted = 2.0 * places[0][:, None] - places[1][None, :]
    np.testing.assert_allclose(up[0][inside], wanted[inside], atol=1e-5)
    np.testing.assert_allclose(up[1][inside], 3.0, atol=1e-5)


def test_bilinear_upsampling_of_what_is_not_known() -> None:
    net = ng.Net()
    net.data, net.label = L.HDF5Data(source="s", batch_size=1, ntop=2)
    blocks.upsample(net, "up", net.data, 7, method="bilinear")
    assert layers(net)["up"].convolution_param.group == 7
    with pytest.raises(LayerError, match="the bottom's channels are not known here"):
        blocks.upsample(net, "up2", net.label, method="bilinear")


@pytest.mark.parametrize("factor", [0, -2, 1.5, True, "2", None])
def test_factors_are_whole_numbers(factor: Any) -> None:
    net = net_of()
    with pytest.raises(LayerError, match="factor is a whole number of at least 1"):
        blocks.upsample(net, "up", net.data, 3, factor)


# ---- crops and joins ----


@pytest.mark.parametrize(
    ("offset", "axis", "written"),
    [
        (None, 2, [2, 1]),
        (1, 2, [1]),
        ((1, 2), 2, [1, 2]),
        (np.array([3, 0]), 2, [3, 0]),
        ([np.int64(2)], 2, [2]),
        (0, 3, [0]),
        (None, 3, [1]),
    ],
)
def test_crop_like(offset: Any, axis: int, written: list[int]) -> None:
    net = net_of()
    net.small = L.Input(shape={"dim": [2, 1, 8 if axis == 2 else 12, 8]})
    top = blocks.crop_like(net, "crop", net.data, net.small, offset, axis)
    assert net.shape(top) == (2, 3, *net.shape("small")[2:])
    param = layers(net)["crop"].crop_param
    assert (param.axis, list(param.offset)) == (axis, written)


def test_crops_that_cannot_be() -> None:
    net = net_of()
    net.small = L.Input(shape={"dim": [2, 1, 7, 8]})
    net.big = L.Input(shape={"dim": [2, 1, 14, 10]})
    for like in (net.small, net.big):
        with pytest.raises(LayerError, match="the middle of 2x3x12x10 for .* is not on a pixel"):
            blocks.crop_like(net, "crop", net.data, like)
    for wrong in (-1, [1, -1], [], True, 1.5, "1", [None]):
        with pytest.raises(LayerError, match="offset is one or more whole numbers from 0 on"):
            blocks.crop_like(net, "crop", net.data, net.small, wrong)
    with pytest.raises(LayerError, match="reaches past the 12"):
        blocks.crop_like(net, "crop", net.data, net.small, 6)
    unknown = ng.Net()
    unknown.data, unknown.like = L.HDF5Data(source="s", batch_size=1, ntop=2)
    with pytest.raises(LayerError, match="the shapes are not known here"):
        blocks.crop_like(unknown, "crop", unknown.data, unknown.like)
    blocks.crop_like(unknown, "crop", unknown.data, unknown.like, 3)


def test_concat() -> None:
    net = net_of()
    net.other = L.Input(shape={"dim": [2, 5, 12, 10]})
    assert net.shape(blocks.concat(net, "both", net.data, net.other)) == (2, 8, 12, 10)
    assert not layers(net)["both"].HasField("concat_param")
    assert net.shape(blocks.concat(net, "more", net.data, net.data, net.data, axis=3)) == (2, 3, 12, 30)
    assert layers(net)["more"].concat_param.axis == 3
    with pytest.raises(LayerError, match="two blobs or more are joined, came 1"):
        blocks.concat(net, "one", net.data)
    with pytest.raises(LayerError, match="they may differ on axis 2 alone"):
        blocks.concat(net, "no", net.data, net.other, axis=2)


@pytest.mark.caffe
def test_caffe_takes_a_net_of_blocks() -> None:
    net = net_of(1, 3, 20, 24)
    x = blocks.conv_relu(net, "c1", net.data, 4)
    skip = x
    x = blocks.max_pool(net, "p1", x)
    x = blocks.conv_bn_scale_relu(net, "c2", x, 6, pad=1)
    x = blocks.upsample(net, "up", x, 4)
    x = blocks.concat(net, "join", x, blocks.crop_like(net, "crop", skip, x))
    x = blocks.upsample(net, "wide", x, factor=3, method="bilinear")
    agrees_with_caffe(net, "c1", "p1", "c2", "up", "crop", "join", "wide")


# ---- Python layers and shared weights ----


def test_python_layer() -> None:
    net = net_of()
    net.out, net.more = blocks.python_layer(
        "my.module",
        "My",
        net.data,
        param_str={"b": [1, None], "a": "ä"},
        ntop=2,
        name="mine",
        loss_weight=[1, 0],
    )
    layer = layers(net)["mine"]
    param = layer.python_param
    assert (param.module, param.layer, param.param_str) == (
        "my.module",
        "My",
        '{"a": "\\u00e4", "b": [1, null]}',
    )
    assert list(layer.loss_weight) == [1, 0]
    net.plain = blocks.python_layer("m", "L", net.data, param_str="as it is")
    assert layers(net)["plain"].python_param.param_str == "as it is"
    net.numpy = blocks.python_layer(
        "m", "L", net.data, param_str={"a": np.int64(3), "b": np.arange(2), "c": PurePosixPath("d/e")}
    )
    assert layers(net)["numpy"].python_param.param_str == '{"a": 3, "b": [0, 1], "c": "d/e"}'
    net.none = blocks.python_layer("m", "L", net.data)
    assert not layers(net)["none"].python_param.HasField("param_str")


@pytest.mark.parametrize(
    ("module", "layer", "param", "said"),
    [
        ("my layers", "L", None, "'my layers' is not the name of a module"),
        ("", "L", None, "'' is not the name of a module"),
        (3, "L", None, "3 is not the name of a module"),
        ("m", "a.b", None, "'a.b' is not the name of a layer"),
        ("m", "L", {"x": {1}}, "param_str cannot be written as JSON"),
        ("m", "L", {"x": float("nan")}, "param_str cannot be written as JSON"),
    ],
)
def test_python_layers_that_are_none(module: Any, layer: Any, param: Any, said: str) -> None:
    with pytest.raises(LayerError, match=said):
        blocks.python_layer(module, layer, param_str=param)


def test_shared_params() -> None:
    assert blocks.shared_params("w") == [{"name": "w"}]
    assert blocks.shared_params("w", "b", lr_mult=(1, 2), decay_mult=[1, 0], share_mode="PERMISSIVE") == [
        {"name": "w", "lr_mult": 1, "decay_mult": 1, "share_mode": "PERMISSIVE"},
        {"name": "b", "lr_mult": 2, "decay_mult": 0, "share_mode": "PERMISSIVE"},
    ]
    for names, given in (
        ((), {}),
        (("",), {}),
        ((3,), {}),
        (("w",), {"lr_mult": [1, 2]}),
        (("w",), {"lr_mult": 1}),
    ):
        with pytest.raises(LayerError, match="shared_params: "):
            blocks.shared_params(*names, **given)  # type: ignore[arg-type]


@pytest.mark.caffe
def test_shared_params_are_shared_in_caffe() -> None:
    net = net_of(2, 3)
    shared = blocks.shared_params("w", "b", lr_mult=[1, 2])
    net.a = L.InnerProduct(net.data, num_output=4, param=shared)
    net.b = L.InnerProduct(net.data, num_output=4, param=shared)
    verdict = judge(net.to_proto())
    assert verdict.params["a"] == verdict.params["b"] == [(4, 3), (4,)]
    net.c = L.InnerProduct(net.data, num_output=5, param=shared)
    assert "Cannot share par" in judge(net.to_proto()).refused


# ---- losses ----


def scored() -> Any:
    net = net_of()
    net.label = L.Input(shape={"dim": [2, 3, 12, 10]})
    return net


def test_the_custom_loss() -> None:
    net = scored()
    net.loss_opt = losses.sigmoid_cross_entropy(net.data, net.label)
    assert is_like(
        layers(net)["loss"],
        'name: "loss" type: "Python" bottom: "data" bottom: "label" top: "loss_opt" loss_weight: 1.0 '
        'python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }',
    )


def test_the_custom_loss_with_its_options() -> None:
    net = scored()
    net.weight = L.Input(shape={"dim": [2, 3, 12, 10]})
    net.out = losses.sigmoid_cross_entropy(
        net.data,
        net.label,
        net.weight,
        name="mine",
        loss_weight=0.5,
        normalization="VALID",
        ignore_label=255,
        pos_weight=2,
    )
    layer = layers(net)["mine"]
    assert list(layer.bottom) == ["data", "label", "weight"]
    assert list(layer.loss_weight) == [0.5]
    assert layer.python_param.param_str == '{"ignore_label": 255, "normalization": "VALID", "pos_weight": 2}'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loss_weight": 0}, "this loss would train nothing"),
        ({"normalization": "full"}, "there is no normalization 'full'"),
        ({"pos_weight": 0}, "pos_weight is a positive number"),
        ({"pos_weight": float("inf")}, "pos_weight is a positive number"),
        ({"pos_weight": "2"}, "pos_weight is a positive number"),
        ({"pos_weight": True}, "pos_weight is a positive number"),
        ({"ignore_label": 1.5}, "ignore_label is a whole number"),
        ({"ignore_label": "a"}, "ignore_label is a whole number"),
        ({"loss_weight": "1"}, "loss_weight.* wants a number"),
    ],
)
def test_wrong_options_of_the_custom_loss(given: Any, said: str) -> None:
    net = scored()
    with pytest.raises(LayerError, match=said) as e:
        losses.sigmoid_cross_entropy(net.data, net.label, **given)
    assert e.value.layer == "loss"
    assert e.value.site is not None
    assert e.value.site.path == __file__


def test_numpy_numbers_as_options_of_the_custom_loss() -> None:
    net = scored()
    net.out = losses.sigmoid_cross_entropy(
        net.data, net.label, ignore_label=np.int64(255), pos_weight=np.float32(2), loss_weight=np.float32(1)
    )
    assert layers(net)["loss"].python_param.param_str == '{"ignore_label": 255, "pos_weight": 2.0}'


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (losses.standard_sigmoid_cross_entropy, "SigmoidCrossEntropyLoss"),
        (losses.softmax, "SoftmaxWithLoss"),
    ],
)
def test_caffes_own_losses(function: Any, kind: str) -> None:
    net = scored()
    net.a = function(net.data, net.label)
    net.b = function(
        net.data, net.label, name="second", loss_weight=2, normalization="NONE", ignore_label=255
    )
    made = layers(net)
    assert is_like(
        made["loss"], f'name: "loss" type: "{kind}" bottom: "data" bottom: "label" top: "a" loss_weight: 1.0'
    )
    assert is_like(made["second"].loss_param, "ignore_label: 255 normalization: NONE")
    with pytest.raises(LayerError, match="there is no normalization 'VALDI'") as e:
        function(net.data, net.label, normalization="VALDI")
    assert e.value.mend == "did you mean VALID?"
