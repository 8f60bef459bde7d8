"""U-Net as it is written: the published network by default, and what each option changes."""

from __future__ import annotations

import math
from typing import Any

import pytest

import netgen as ng
from netgen.errors import OptionError
from netgen.graph import State, filter_net, infer
from netgen.networks import unet
from netgen.prototxt import parse

SMALL = {"depth": 1, "base": 2, "size": 20}


def train(**options: Any) -> Any:
    return ng.merge(unet.evaluations(**options)).message


def by_name(message: Any) -> dict[str, Any]:
    return {layer.name: layer for layer in message.layer}


def shapes_of(message: Any) -> dict[str, Any]:
    blobs: dict[str, Any] = {}
    for layer in message.layer:
        tops = infer(layer, [blobs.get(bottom) for bottom in layer.bottom], len(layer.top))
        blobs.update(zip(layer.top, tops))
    return blobs


def weights(message: Any) -> int:
    """Count the parameters of a net of convolutions."""
    blobs, count = {}, 0
    for layer in message.layer:
        tops = infer(layer, [blobs.get(bottom) for bottom in layer.bottom], len(layer.top))
        if "onvolution" in layer.type:
            param = layer.convolution_param
            sizes = list(param.kernel_size) * (2 if len(param.kernel_size) == 1 else 1)
            inside = blobs[layer.bottom[0]][1] * param.num_output // param.group
            count += inside * math.prod(sizes) + (param.num_output if param.bias_term else 0)
        blobs.update(zip(layer.top, tops))
    return count


def test_the_default_is_the_published_network() -> None:
    message = unet.deploy().message
    blobs = shapes_of(message)
    assert blobs["data"] == (1, 1, 572, 572)
    assert blobs["score"] == blobs["prob"] == (1, 1, 388, 388)
    assert weights(message) == 31_030_593
    assert weights(unet.deploy(classes=2).message) == 31_030_658
    assert blobs["mid_conv2"] == (1, 1024, 28, 28)


def test_23_convolutions_and_a_relu_after_each_of_the_first_22() -> None:
    message = unet.deploy().message
    layers = list(message.layer)
    convolutions = [layer for layer in layers if layer.type in ("Convolution", "Deconvolution")]
    assert len(convolutions) == 23
    assert [layer.name for layer in convolutions if layer.type == "Deconvolution"] == [
        "dec4_up",
        "dec3_up",
        "dec2_up",
        "dec1_up",
    ]
    for made in convolutions[:22]:
        follows = layers[layers.index(made) + 1]
        assert follows.type == "ReLU"
        assert list(follows.bottom) == list(follows.top) == [made.top[0]]
    assert convolutions[22].name == "score"
    assert list(convolutions[22].convolution_param.kernel_size) == [1]
    after = [layer for layer in layers if "score" in layer.bottom]
    assert [layer.type for layer in after] == ["Sigmoid"]
    assert sum(layer.type == "ReLU" for layer in layers) == 22
    assert {made.convolution_param.weight_filler.type for made in convolutions} == {"msra"}
    assert {tuple(made.convolution_param.kernel_size) for made in convolutions[:22]} == {(3,), (2,)}


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_dropout_at_the_two_deepest_levels_in_training_only(depth: int) -> None:
    message = train(depth=depth, base=2)
    drops = [layer for layer in message.layer if layer.type == "Dropout"]
    assert [layer.name for layer in drops] == [f"enc{depth}_drop", "mid_drop"]
    for layer, blob in zip(drops, (f"enc{depth}_conv2", "mid_conv2")):
        assert list(layer.bottom) == list(layer.top) == [blob]
        assert layer.dropout_param.dropout_ratio == 0.5
        assert " ".join(str(layer.include[0]).split()) == "phase: TRAIN"
        before = [each for each in message.layer if blob in each.top]
        assert [each.type for each in before] == ["Convolution", "ReLU", "Dropout"]
    names = [layer.name for layer in message.layer]
    assert names.index(f"enc{depth}_drop") < names.index(f"enc{depth}_pool")
    assert not any(layer.type == "Dropout" for layer in unet.deploy(depth=depth, base=2).message.layer)


def test_dropout_of_another_ratio_or_none() -> None:
    ratios = [
        x.dropout_param.dropout_ratio for x in train(dropout=0.25, **SMALL).layer if x.type == "Dropout"
    ]
    assert ratios == [0.25, 0.25]
    assert not any(layer.type == "Dropout" for layer in train(dropout=0, **SMALL).layer)


def test_skips_are_cropped_and_joined_behind_what_comes_up() -> None:
    layers = by_name(unet.deploy().message)
    offsets = {4: 4, 3: 16, 2: 40, 1: 88}
    for level, offset in offsets.items():
        crop, concat = layers[f"dec{level}_crop"], layers[f"dec{level}_concat"]
        assert list(crop.bottom) == [f"enc{level}_conv2", f"dec{level}_up"]
        assert crop.crop_param.axis == 2
        assert crop.crop_param.HasField("axis")
        assert list(crop.crop_param.offset) == [offset]
        assert list(concat.bottom) == [f"dec{level}_up", f"dec{level}_crop"]
        assert concat.concat_param.axis == 1
        assert list(layers[f"dec{level}_conv1"].bottom) == [f"dec{level}_concat"]
    for level, layer in ((level, f"dec{level}_crop") for level in offsets):
        per_axis = by_name(unet.deploy(crop_offsets="per-axis").message)[layer]
        assert list(per_axis.crop_param.offset) == [offsets[level]] * 2


def test_444_x_892_gives_260_x_708() -> None:
    blobs = shapes_of(unet.deploy(size=(444, 892)).message)
    assert blobs["data"] == (1, 1, 444, 892)
    assert blobs["score"] == (1, 1, 260, 708)


@pytest.mark.parametrize(
    ("options", "size", "output"),
    [
        ({"output_size": 388}, (572, 572), (388, 388)),
        ({"output_size": (260, 708)}, (444, 892), (260, 708)),
        ({"output_size": 388, "size": 572}, (572, 572), (388, 388)),
        ({"padding": "same"}, (576, 576), (576, 576)),
        ({"padding": "same", "output_size": (96, 128)}, (96, 128), (96, 128)),
        ({"depth": 3}, (572, 572), (484, 484)),
        ({"depth": 5}, (572, 572), (196, 196)),
        ({"depth": 8, "base": 1}, (3068, 3068), (4, 4)),
        ({"size": 188}, (188, 188), (4, 4)),
    ],
)
def test_sizes(options: Any, size: Any, output: Any) -> None:
    blobs = shapes_of(unet.deploy(**{"base": 2, **options}).message)
    assert blobs["data"][2:] == size
    assert blobs["score"][2:] == output


@pytest.mark.parametrize(
    ("options", "said", "mend"),
    [
        (
            {"size": 512},
            "size 512 does not fit a U-Net of depth 4 with valid padding: sizes are 12 mod 16 and at least 188",
            "the nearest that fit: 508 (output 324) or 524 (output 340)",
        ),
        ({"size": 100}, "size 100 does not fit", "the nearest that fit: 188 (output 4)"),
        ({"size": (572, 573)}, "size 573 does not fit", "572 (output 388) or 588 (output 404)"),
        ({"padding": "same", "size": 572}, "sizes are 0 mod 16 and at least 16", "560 (output 560) or 576"),
        ({"output_size": 400}, "has an output of 400", "the nearest outputs: 388 or 404"),
        ({"output_size": 388, "size": 588}, "size 588 and output_size 388 do not go together", "572"),
        ({"depth": 0}, "option depth is the number of poolings, 1 to 8, came 0", None),
        ({"depth": 9}, "option depth is the number of poolings, 1 to 8, came 9", None),
        ({"base": 0}, "option base is at least 1, came 0", None),
        ({"classes": 0}, "option classes is at least 1", None),
        ({"channels": 0}, "option channels is at least 1", None),
        ({"batch_size": 0}, "option batch_size is at least 1", None),
        ({"dropout": 1.0}, "option dropout is a ratio from 0 to below 1", None),
        ({"dropout": -0.1}, "option dropout is a ratio from 0 to below 1", None),
        ({"loss": "softmax"}, "the softmax loss needs two classes or more", "classes=2, or loss=custom"),
        ({"loss": "sigmoid", "weight_map": True}, "loss=sigmoid takes no weight map", "loss=custom"),
        ({"loss": "sigmoid", "pos_weight": 2.0}, "loss=sigmoid has no pos_weight", "loss=custom"),
        ({"pos_weight": 0.0}, "option pos_weight is a positive number", None),
        ({"loss_weight": 0.0}, "the loss would train nothing", "loss_weight=1"),
        ({"loss": "softmax", "classes": 2, "monitor": "iou"}, "monitor=iou is for the sigmoid losses", None),
        ({"monitor": "accuracy"}, "loss=custom has sigmoid scores", "monitor=iou"),
        ({"data": "image", "weight_map": True}, "data=image has no weight map", "data=hdf5 or data=lmdb"),
        ({"data": "python", "weight_map": True}, "data=python has no weight map", "data=hdf5 or data=lmdb"),
        ({"data": "image", "channels": 2}, "data=image has images of 1 or 3 channels, came 2", "data=hdf5"),
        ({"data": "python", "channels": 4}, "data=python has images of 1 or 3 channels, came 4", "data=hdf5"),
        (
            {"data": "image", "classes": 3},
            "data=image has one label channel, and this loss wants 3, one a class",
            "loss=softmax",
        ),
        ({"data": "image", "ignore_label": 255}, "data=image cannot hold the ignored label 255", "data=hdf5"),
    ],
)
def test_refusals(options: Any, said: str, mend: Any) -> None:
    with pytest.raises(OptionError) as e:
        unet.evaluations(**options)
    assert said in str(e.value)
    assert (mend or "") in (e.value.mend or "")


# ---- the loss ----

LOSS = """
layer {
  name: "loss"
  type: "Python"
  bottom: "score"
  bottom: "label"
  top: "loss_opt"
  python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
  include { phase: TRAIN }
  loss_weight: 1
}
"""


def test_the_loss_layer_field_by_field() -> None:
    message = train()
    wanted = parse(LOSS, type(message)).layer[0]
    assert by_name(message)["loss"] == wanted


@pytest.mark.parametrize("monitor", ["iou", "none", None])
def test_in_test_there_is_no_loss(monitor: Any) -> None:
    tested = filter_net(train(monitor=monitor), State("TEST"))
    assert not any("loss" in (layer.name + layer.type).lower() for layer in tested.layer)
    assert not any(top == "loss_opt" for layer in tested.layer for top in layer.top)


def test_unless_it_was_asked_for() -> None:
    message = train(monitor="loss")
    loss = by_name(message)["loss"]
    assert not loss.include
    assert [layer.name for layer in message.layer if "loss" in layer.name] == ["loss"]


@pytest.mark.parametrize(
    ("options", "kind", "bottoms", "field"),
    [
        ({"loss": "sigmoid"}, "SigmoidCrossEntropyLoss", ["score", "label"], ""),
        ({"loss": "softmax", "classes": 2}, "SoftmaxWithLoss", ["score", "label"], ""),
        (
            {"loss": "softmax", "classes": 2, "normalization": "FULL", "ignore_label": 9},
            "SoftmaxWithLoss",
            ["score", "label"],
            "loss_param { normalization: FULL ignore_label: 9 }",
        ),
        (
            {"normalization": "NONE", "ignore_label": 255, "pos_weight": 2.0, "weight_map": True},
            "Python",
            ["score", "label", "weight"],
            "python_param { module: 'loss_layers' layer: 'CustomSigmoidCrossEntropyLossLayer' param_str: "
            '\'{"ignore_label": 255, "normalization": "NONE", "pos_weight": 2.0}\' }',
        ),
    ],
)
def test_losses(options: Any, kind: str, bottoms: list[str], field: str) -> None:
    message = train(loss_weight=0.5, **options)
    written = "".join(f" bottom: '{bottom}'" for bottom in bottoms)
    wanted = parse(
        f"layer {{ name: 'loss' type: '{kind}'{written} top: 'loss_opt' loss_weight: 0.5 {field} "
        "include { phase: TRAIN } }",
        type(message),
    )
    assert by_name(message)["loss"] == wanted.layer[0]


def test_what_is_measured_in_test() -> None:
    iou = by_name(train(**SMALL))["iou"]
    assert (iou.type, list(iou.bottom), list(iou.top)) == ("Python", ["score", "label"], ["iou"])
    assert (iou.python_param.module, iou.python_param.layer) == ("loss_layers", "BinaryIoULayer")
    assert iou.include[0].phase == 1
    assert by_name(train(ignore_label=7, **SMALL))["iou"].python_param.param_str == '{"ignore_label": 7}'
    accuracy = by_name(train(loss="softmax", classes=3, ignore_label=7, **SMALL))["accuracy"]
    assert (accuracy.type, accuracy.accuracy_param.ignore_label) == ("Accuracy", 7)


# ---- the rest ----


def test_padding_same_needs_no_crop() -> None:
    message = unet.deploy(padding="same").message
    assert not any(layer.type == "Crop" for layer in message.layer)
    threes = [
        x for x in message.layer if x.type == "Convolution" and list(x.convolution_param.kernel_size) == [3]
    ]
    assert {tuple(layer.convolution_param.pad) for layer in threes} == {(1,)}
    assert list(by_name(message)["dec4_concat"].bottom) == ["dec4_up", "enc4_conv2"]
    assert not by_name(unet.deploy().message)["enc1_conv1"].convolution_param.pad


def test_bilinear_upsampling() -> None:
    message = unet.deploy(upsampling="bilinear").message
    layers = by_name(message)
    up, after = layers["dec4_up"], layers["dec4_up_conv"]
    assert (up.convolution_param.num_output, up.convolution_param.group) == (1024, 1024)
    assert up.convolution_param.weight_filler.type == "bilinear"
    assert up.param[0].lr_mult == 0
    assert (after.convolution_param.num_output, list(after.convolution_param.kernel_size)) == (512, [1])
    assert list(layers["dec4_crop"].bottom) == ["enc4_conv2", "dec4_up_conv"]
    assert shapes_of(message)["score"] == (1, 1, 388, 388)


def test_batch_norm() -> None:
    message = unet.deploy(batch_norm=True, **SMALL).message
    kinds = [layer.type for layer in message.layer]
    assert kinds.count("BatchNorm") == kinds.count("Scale") == 6
    for layer in message.layer:
        if layer.type == "Convolution" and layer.name != "score":
            assert not layer.convolution_param.bias_term
    assert by_name(message)["score"].convolution_param.bias_term


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ({}, ("prob", "Sigmoid")),
        ({"classes": 3}, ("prob", "Sigmoid")),
        ({"loss": "softmax", "classes": 3}, ("prob", "Softmax")),
        ({"deploy_prob": False}, ("score", "Convolution")),
    ],
)
def test_the_deploy_net_is_clean(options: Any, last: Any) -> None:
    evaluation = unet.deploy(weight_map=not options.get("loss"), **SMALL, **options)
    message = evaluation.message
    assert (message.layer[-1].name, message.layer[-1].type) == last
    assert not any(layer.include or layer.exclude or layer.loss_weight for layer in message.layer)
    assert not {"Python", "Dropout", "Silence"} & {layer.type for layer in message.layer}
    assert message.layer[0].type == "Input"
    assert not any("label" in layer.bottom or "label" in layer.top for layer in message.layer)


def test_sections_follow_the_net() -> None:
    evaluation = ng.merge(unet.evaluations(depth=2, base=2))
    assert list(dict.fromkeys(evaluation.sections)) == [
        "data",
        "encoder level 1",
        "encoder level 2",
        "bottleneck",
        "decoder level 2",
        "decoder level 1",
        "score",
        "loss",
        "monitoring",
    ]
    assert "probabilities" in unet.deploy(depth=2, base=2).sections


@pytest.mark.parametrize(
    ("source", "sources"),
    [
        ("hdf5", {"TRAIN": ["my data/train.txt"], "TEST": ["my data/test.txt"]}),
        (
            "lmdb",
            {
                "TRAIN": ["my data/train_data.lmdb", "my data/train_label.lmdb"],
                "TEST": ["my data/test_data.lmdb", "my data/test_label.lmdb"],
            },
        ),
        (
            "image",
            {
                "TRAIN": ["my data/train_data.txt", "my data/train_label.txt"],
                "TEST": ["my data/test_data.txt", "my data/test_label.txt"],
            },
        ),
    ],
)
def test_where_data_come_from(source: str, sources: dict[str, list[str]]) -> None:
    fields = {"hdf5": "hdf5_data_param", "lmdb": "data_param", "image": "image_data_param"}
    message = train(data=source, data_dir="my data", batch_size=3, **SMALL)
    for phase, wanted in sources.items():
        layers = [x for x in filter_net(message, State(phase)).layer if x.HasField(fields[source])]
        assert [getattr(layer, fields[source]).source for layer in layers] == wanted
        assert {getattr(layer, fields[source]).batch_size for layer in layers} == {3}


def test_shapes_are_known_from_the_data_on() -> None:
    for source in ("hdf5", "lmdb", "image", "python", "memory"):
        seen = {}

        @ng.network
        def looked_at(net: Any, source: Any = source, seen: Any = seen) -> None:
            unet(net, data=source, batch_size=2, channels=3, **SMALL)
            for blob in ("data", "label", "score"):
                seen[blob] = net.shape(blob)

        looked_at.evaluate("TRAIN")
        assert seen == {"data": (2, 3, 20, 20), "label": (2, 1, 4, 4), "score": (2, 1, 4, 4)}


def test_scaling() -> None:
    def scales(source: str, **options: Any) -> dict[str, float]:
        layers = filter_net(train(data=source, **SMALL, **options), State("TRAIN")).layer
        return {
            layer.top[0]: layer.transform_param.scale for layer in layers if layer.HasField("transform_param")
        }

    small = pytest.approx(1 / 255)
    assert scales("lmdb") == {"data": small}
    assert scales("lmdb", scale=1) == {}
    assert scales("image") == {"data": small, "label": small}
    # Masks of several classes hold the classes' numbers.
    assert scales("image", loss="softmax", classes=3) == {"data": small}
    assert scales("hdf5") == {}


def test_the_python_data_layer_is_told_everything() -> None:
    import json

    options = {
        "data": "python",
        "python_module": "mine",
        "python_layer": "Mine",
        "channels": 3,
        "batch_size": 2,
    }
    message = train(**options, **SMALL)
    told = {}
    for layer in message.layer:
        if layer.python_param.module == "mine":
            assert layer.python_param.layer == "Mine"
            told[layer.include[0].phase] = json.loads(layer.python_param.param_str)
    assert told[0] == {
        "source": "data/train.txt",
        "batch_size": 2,
        "input_size": [20, 20],
        "output_size": [4, 4],
        "channels": 3,
        "scale": 1 / 255,
        "shuffle": True,
    }
    assert told[1] == {**told[0], "source": "data/test.txt", "shuffle": False}


def test_every_option_says_what_it_is() -> None:
    for option in unet.options.values():
        assert option.help, option.name
        assert not option.required
