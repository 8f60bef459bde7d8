"""What ``upgrade`` makes of nets of every age, against what Caffe itself makes of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from forked_caffe import judge
from hypothesis import given, settings
from hypothesis import strategies as st
from upgrade_cases import CASES, Case

from netgen import schema
from netgen.graph.upgrade import Upgraded, upgrade
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def _net(text: str) -> Any:
    return parse(text, caffe_pb2.NetParameter)


def _upgraded(text: str) -> Upgraded:
    return upgrade(_net(text))


def _words(path: Any) -> str:
    return " ".join(map(str, path))


@each_case
def test_what_is_said(case: Case) -> None:
    done = _upgraded(case.text)
    said = [f"{warning.kind} {_words(done.origin(warning.path))}" for warning in done.warnings]
    said += [f"dies {problem.kind} {_words(done.origin(problem.path))}" for problem in done.problems]
    assert sorted(said) == sorted(case.said)


@each_case
def test_the_original_stays_as_it_is(case: Case) -> None:
    original = _net(case.text)
    before = original.SerializeToString()
    done = upgrade(original)
    assert done.original is original
    assert original.SerializeToString() == before
    assert done.changed == (done.message is not original)


@each_case
def test_an_upgraded_net_needs_no_upgrade(case: Case) -> None:
    message = _upgraded(case.text).message
    again = upgrade(message)
    assert again.message is message
    assert not again.problems


@each_case
def test_every_part_has_an_origin_that_is_there(case: Case) -> None:
    """Whatever stands in the upgraded net stands in the file: but for what the file leaves to Caffe."""
    done = _upgraded(case.text)
    made_by_caffe = {"input_param", "lr_mult", "decay_mult"}
    for path in _paths(done.message, ()):
        origin = done.origin(path)
        if not made_by_caffe & set(path) and not (path[:2] == ("layer", 0) and _has_input_layer(done)):
            found = _found(done.original, origin)
            # A padding layer need not say how much.
            assert found is not None or origin[-1] == "pad", f"{path} comes from {origin}"
            new = _found(done.message, path)
            if isinstance(new, (bool, int, float, str)) and path[-1] != "type" and found is not None:
                assert found == new, f"{path} comes from {origin}"


def _has_input_layer(done: Upgraded) -> bool:
    return bool(done.original.input) and not done.message.input and done.message.layer[0].type == "Input"


def _paths(message: Any, before: tuple[Any, ...]) -> Any:
    for field, value in message.ListFields():
        values = list(enumerate(value)) if _is_list(value) else [(None, value)]
        for index, one in values:
            path = (*before, field.name) if index is None else (*before, field.name, index)
            yield path
            if field.message_type is not None:
                yield from _paths(one, path)


def _is_list(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def _found(message: Any, path: Any) -> Any:
    """Return what stands at a path, None where there is nothing."""
    for part in path:
        if isinstance(part, str):
            known = message.DESCRIPTOR.fields_by_name.get(part)
            if known is None or not any(field.name == part for field, _ in message.ListFields()):
                return None
            message = getattr(message, part)
        elif len(message) > part:
            message = message[part]
        else:
            return None
    return message


@pytest.mark.caffe
@each_case
def test_caffe_makes_the_same_of_it(case: Case, tmp_path: Path) -> None:
    """Caffe loads the old file and the upgraded text to nets that are equal field by field."""
    done = _upgraded(case.text)
    old = judge(case.text, save=tmp_path / "old")
    if done.problems:
        assert not old
        return
    new = judge(done.message, save=tmp_path / "new")
    assert bool(old) == bool(new)
    if old:
        assert (old.layers, old.types, old.blobs, old.params) == (
            new.layers,
            new.types,
            new.blobs,
            new.params,
        )
        assert _saved(tmp_path / "old") == _saved(tmp_path / "new")


def _saved(path: Path) -> Any:
    net = caffe_pb2.NetParameter.FromString(path.read_bytes())
    for layer in net.layer:
        layer.ClearField("blobs")
    return net


# ---- fields that have no business where they stand ----

_V0 = _net(next(case.text for case in CASES if case.name == "v0"))
_V1 = _net(next(case.text for case in CASES if case.name == "v1"))
# What a layer of the base nets would be refused for, or takes for its own.
_OWN = {"name", "type", "bottom", "top", "blobs", "blobs_lr", "weight_decay", "include", "exclude", "param"}
_OWN |= {"blob_share_mode", "loss_weight", "layer"}


@st.composite
def _strewn(draw: Any, base: Any, inner: bool) -> Any:
    """Return a copy of a net with more fields in its layers, none of which any of them reads."""
    net = caffe_pb2.NetParameter()
    net.CopyFrom(base)
    for layer in net.layers:
        target = layer.layer if inner else layer
        present = {field.name for field, _ in target.ListFields()}
        free = [f for f in target.DESCRIPTOR.fields if f.name not in _OWN | present | _read_by(target)]
        for field in draw(st.lists(st.sampled_from(free), max_size=3, unique_by=lambda f: f.name)):
            _fill(draw, target, field)
    return net


def _read_by(layer: Any) -> set[str]:
    if layer.DESCRIPTOR.name == "V1LayerParameter":
        return set()
    # A padding layer's fields go to no one; what a V0 layer reads would change whether Caffe takes the net.
    return {"pad", "kernelsize", "stride", "group", "num_output", "local_size", "concat_dim", "pool"}


def _fill(draw: Any, message: Any, field: Any) -> None:
    if field.message_type is not None:
        part = getattr(message, field.name)
        part = part.add() if _is_list(part) else part
        part.SetInParent()
        inner = list(field.message_type.fields)
        for one in draw(st.lists(st.sampled_from(inner), max_size=3)) if inner else ():
            _fill(draw, part, one)
        return
    value = (
        _VALUES[field.cpp_type] if field.enum_type is None else st.sampled_from(list(field.enum_type.values))
    )
    given_value = draw(value)
    given_value = getattr(given_value, "number", given_value)
    if _is_list(getattr(message, field.name)):
        getattr(message, field.name).append(given_value)
    else:
        setattr(message, field.name, given_value)


_FIELD = caffe_pb2.NetParameter.DESCRIPTOR.fields_by_name["name"]
_VALUES = {
    _FIELD.CPPTYPE_INT32: st.integers(-3, 3),
    _FIELD.CPPTYPE_INT64: st.integers(-3, 3),
    _FIELD.CPPTYPE_UINT32: st.integers(0, 3),
    _FIELD.CPPTYPE_FLOAT: st.sampled_from([0.5, -1.0, 0.0]),
    _FIELD.CPPTYPE_DOUBLE: st.sampled_from([0.5, -1.0, 0.0]),
    _FIELD.CPPTYPE_BOOL: st.booleans(),
    _FIELD.CPPTYPE_STRING: st.sampled_from(["a", "", "b c"]),
}


@pytest.mark.caffe
@settings(max_examples=40)
@given(net=st.one_of(_strewn(_V0, True), _strewn(_V1, False)))
def test_caffe_makes_the_same_of_fields_that_are_out_of_place(
    net: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    done = upgrade(net)
    old, new = judge(net, save=folder / "old"), judge(done.message, save=folder / "new")
    assert bool(old) == bool(new), old.refused or new.refused
    if old:
        assert _saved(folder / "old") == _saved(folder / "new")


# ---- what the cases cannot say ----


def test_nothing_is_copied_for_a_net_in_todays_form() -> None:
    net = _net('layer { name: "r" type: "ReLU" bottom: "x" top: "x" }')
    done = upgrade(net)
    assert done.message is net
    assert done.version == 2
    assert done.origin(("layer", 0, "type")) == ("layer", 0, "type")


@pytest.mark.parametrize(
    ("name", "path", "origin"),
    [
        ("two_inputs_with_dims", ("layer", 0), ("input", 0)),
        ("two_inputs_with_dims", ("layer", 0, "top", 1), ("input", 1)),
        ("two_inputs_with_dims", ("layer", 0, "input_param", "shape", 1), ("input_dim", 4)),
        ("two_inputs_with_dims", ("layer", 0, "input_param", "shape", 1, "dim", 2), ("input_dim", 6)),
        ("two_inputs_with_dims", ("layer", 1, "bottom", 0), ("layer", 0, "bottom", 0)),
        ("two_inputs_with_shapes", ("layer", 0, "input_param", "shape", 1, "dim", 0), ("input_shape", 1, "dim", 0)),
        ("v1", ("layer", 1), ("layers", 0)),
        ("v1", ("layer", 1, "param", 0), ("layers", 0, "blobs_lr", 0)),
        ("v1", ("layer", 1, "param", 1, "decay_mult"), ("layers", 0, "weight_decay", 1)),
        ("v1", ("layer", 1, "param", 7), ("layers", 0)),
        ("v1", ("layer", 99), ("layers",)),
        ("v1_shared_weights", ("layer", 1, "param", 0), ("layers", 0, "param", 0)),
        ("v1_shared_weights", ("layer", 1, "param", 0, "share_mode"), ("layers", 0, "blob_share_mode", 0)),
        ("v0", ("layer", 1, "convolution_param", "pad", 0), ("layers", 0, "layer", "pad")),
        ("v0", ("layer", 1, "bottom", 0), ("layers", 0, "bottom", 0)),
        ("v0", ("layer", 3, "pooling_param", "pad"), ("layers", 3, "layer", "pad")),
        ("v0", ("layer", 3, "top", 0), ("layers", 4, "top", 0)),
        ("v0", ("layer", 1, "convolution_param", "kernel_size", 0), ("layers", 1, "layer", "kernelsize")),
        ("v0", ("layer", 1, "convolution_param", "weight_filler", "std"), ("layers", 1, "layer", "weight_filler", "std")),
        ("v0", ("layer", 1, "param", 1, "lr_mult"), ("layers", 1, "layer", "blobs_lr", 1)),
        ("v0", ("layer", 3, "pooling_param", "kernel_size"), ("layers", 4, "layer", "kernelsize")),
        ("v0", ("layer", 3, "pooling_param", "engine"), ("layers", 4, "layer")),
        ("v0", ("layer", 3, "loss_weight", 0), ("layers", 4, "layer")),
        ("v0", ("force_backward",), ("force_backward",)),
    ],
)  # fmt: skip
def test_where_a_part_stands_in_the_file(name: str, path: Any, origin: Any) -> None:
    done = _upgraded(next(case.text for case in CASES if case.name == name))
    assert done.origin(path) == origin


_PICTURES = """
layers {
  name: "d" type: %s top: "data"
  %s { source: "s" scale: 0.5 mean_file: "m" crop_size: 3 mirror: true batch_size: 2 }
  transform_param { mean_value: 7 crop_size: 9 }
}
layers { name: "e" type: DATA top: "e" }
layers { name: "f" type: MEMORY_DATA top: "f" }
"""


@pytest.mark.parametrize("kind", ["DATA", "IMAGE_DATA", "WINDOW_DATA"])
def test_how_pictures_are_prepared_moves_to_where_it_belongs(kind: str) -> None:
    name = f"{kind.lower()}_param"
    done = _upgraded(_PICTURES % (kind, name))
    layer = done.message.layer[0]
    assert str(getattr(layer, name)).split("\n") == ['source: "s"', "batch_size: 2", ""]
    transform = layer.transform_param
    assert (transform.scale, transform.mean_file, transform.crop_size, transform.mirror) == (
        0.5,
        "m",
        3,
        True,
    )
    assert list(transform.mean_value) == [7]
    assert done.origin(("layer", 0, "transform_param", "scale")) == ("layers", 0, name, "scale")
    assert done.origin(("layer", 0, "transform_param", "mean_value", 0)) == (
        "layers", 0, "transform_param", "mean_value", 0,
    )  # fmt: skip
    assert [warning.path for warning in done.warnings] == [("layers", 0, "transform_param", "crop_size")]
    # Caffe touches each layer that reads pictures as soon as one of them needs it.
    assert done.message.layer[1].HasField("transform_param")
    assert done.message.layer[1].HasField("data_param")
    assert not done.message.layer[2].HasField("transform_param")


def test_data_layers_in_todays_form_are_left_alone() -> None:
    done = _upgraded('layers { name: "d" type: DATA top: "data" data_param { source: "s" } }')
    assert not done.message.layer[0].HasField("transform_param")


def test_v0_data_layers() -> None:
    done = _upgraded(
        """
        layers { layer { name: "a" type: "data" source: "s" batchsize: 3 scale: 0.5 meanfile: "m" cropsize: 2
                         mirror: true rand_skip: 4 } top: "a" }
        layers { layer { name: "b" type: "images" source: "s" batchsize: 3 shuffle_images: true new_height: -1
                         new_width: 6 rand_skip: 2 } top: "b" }
        layers { layer { name: "c" type: "window_data" source: "s" batchsize: 3 det_fg_threshold: 0.25
                         det_bg_threshold: 0.75 det_fg_fraction: 0.5 det_context_pad: 7 det_crop_mode: "square" } top: "c" }
        layers { layer { name: "d" type: "hdf5_data" source: "s" batchsize: 3 } top: "d" }
        layers { layer { name: "e" type: "hdf5_output" hdf5_output_param { file_name: "f" } } bottom: "a" }
        layers { layer { name: "f" type: "infogain_loss" source: "s" } bottom: "a" bottom: "b" top: "f" }
        """
    )
    assert not done.warnings + done.problems
    wanted = """
        layer { name: "a" type: "Data" top: "a" data_param { source: "s" batch_size: 3 rand_skip: 4 }
                transform_param { scale: 0.5 mean_file: "m" crop_size: 2 mirror: true } }
        layer { name: "b" type: "ImageData" top: "b" image_data_param { source: "s" batch_size: 3 shuffle: true
                new_height: 4294967295 new_width: 6 rand_skip: 2 } }
        layer { name: "c" type: "WindowData" top: "c" window_data_param { source: "s" batch_size: 3
                fg_threshold: 0.25 bg_threshold: 0.75 fg_fraction: 0.5 context_pad: 7 crop_mode: "square" } }
        layer { name: "d" type: "HDF5Data" top: "d" hdf5_data_param { source: "s" batch_size: 3 } }
        layer { name: "e" type: "HDF5Output" bottom: "a" hdf5_output_param { file_name: "f" } }
        layer { name: "f" type: "InfogainLoss" bottom: "a" bottom: "b" top: "f" infogain_loss_param { source: "s" } }
        """
    assert done.message == _net(wanted)


def test_an_unknown_type_keeps_its_name() -> None:
    """What is said of the rest of the net speaks of the user's own words."""
    done = _upgraded('input: "x" layers { layer { name: "r" type: "rely" } bottom: "x" top: "r" }')
    assert done.message.layer[0].type == "rely"
    assert done.problems[0].mend == "did you mean relu?"
    assert done.problems[0].layer_name == "r"


def test_a_file_of_two_kinds_of_layers_is_no_net() -> None:
    done = _upgraded('layer { type: "ReLU" } layers { name: "a" type: RELU }')
    assert not done.message.layer
    assert not done.message.layers
    assert done.version == 1


def test_messages_of_other_classes() -> None:
    """A net of another pool is upgraded in that pool."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    try:
        from google.protobuf.message_factory import GetMessageClass
    except ImportError:  # older protobuf
        from google.protobuf.message_factory import MessageFactory

        def GetMessageClass(descriptor: Any) -> Any:
            return MessageFactory().GetPrototype(descriptor)

    file = descriptor_pb2.FileDescriptorProto()
    schema.caffe_pb2.DESCRIPTOR.CopyToProto(file)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    other = GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))
    net = parse(next(case.text for case in CASES if case.name == "v0"), other)
    done = upgrade(net)
    assert type(done.message) is other
    assert str(done.message) == str(upgrade(_V0).message)


@pytest.mark.parametrize("name", schema.names())
def test_the_inputs_of_every_forks_nets(name: str) -> None:
    """Some forks are older than the Input layer, and take the inputs of a net by themselves."""
    chosen = schema.select(name)
    text = 'input: "x" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 4 layer { type: "ReLU" bottom: "x" top: "y" }'
    done = upgrade(parse(text, chosen.messages.NetParameter))
    assert list(done.message.layer[0].input_param.shape[0].dim) == [1, 2, 3, 4]
    assert done.origin(("layer", 1, "type")) == ("layer", 0, "type")


@pytest.mark.caffe
@pytest.mark.skipif("NETGEN_CORPUS" not in os.environ, reason="NETGEN_CORPUS says where the corpus is")
def test_real_nets_upgraded_are_the_same_nets_to_caffe() -> None:
    """A part of the old files of the corpus: one of each size, small ones first."""
    corpus = Path(os.environ["NETGEN_CORPUS"])
    lines = map(json.loads, (corpus / "nets.jsonl").read_text(encoding="utf-8").splitlines())
    old = [r for r in lines if r.get("api") in ("V0", "V1") and r["ok"] and not r.get("environment")]
    small = sorted(old, key=lambda r: r["memory"] or 0)[:60:3]
    assert small
    for record in small:
        text = (corpus / record["file"]).read_text(encoding="utf-8", errors="replace")
        before, after = judge(text, record["phase"]), judge(_upgraded(text).message, record["phase"])
        assert before, record["file"]
        assert (before.layers, before.blobs, before.params) == (after.layers, after.blobs, after.params)
