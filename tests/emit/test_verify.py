"""The proof of a text: in the message's own schema, in the installed Caffe's, in the bundled one."""

from __future__ import annotations

import math

import messages
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netgen import interface
from netgen.emit import NetDocument, render_net, verify
from netgen.emit.difference import first_difference
from netgen.emit.locate import line_of
from netgen.errors import EmissionError
from netgen.schema import caffe_pb2 as bundled


class Fork:
    """The messages of a Caffe whose schema was changed."""

    def __init__(self, change):
        file = descriptor_pb2.FileDescriptorProto()
        bundled.DESCRIPTOR.CopyToProto(file)
        change({message.name: message for message in file.message_type}, file)
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        descriptors = pool.FindFileByName(file.name).message_types_by_name
        if hasattr(message_factory, "GetMessageClass"):
            make = message_factory.GetMessageClass
        else:
            make = message_factory.MessageFactory(pool).GetPrototype
        for name, descriptor in descriptors.items():
            setattr(self, name, make(descriptor))


def add(message, name, number, kind="TYPE_FLOAT"):
    field = descriptor_pb2.FieldDescriptorProto
    message.field.add(name=name, number=number, type=getattr(field, kind), label=field.LABEL_OPTIONAL)


def net_of(fork, text=messages.TRAIN):
    return text_format.Parse(text, fork.NetParameter())


def test_a_forks_own_fields_are_noted(monkeypatch):
    fork = Fork(lambda message, file: add(message["ConvolutionParameter"], "sparsity", 900))
    net = net_of(fork)
    net.layer[1].convolution_param.sparsity = 0.5
    monkeypatch.setattr(interface, "source", "netgen", raising=False)
    text = render_net(NetDocument("deploy", net))
    assert "sparsity: 0.5" in text
    notes = verify(text, net, "deploy.prototxt")
    assert notes == (
        "deploy.prototxt: BVLC Caffe does not have the fields caffe.ConvolutionParameter.sparsity",
    )


def test_a_forks_colliding_numbers_are_no_difference():
    def change(message, file):
        for field in message["ConvolutionParameter"].field:
            field.number += 100

    net = net_of(Fork(change))
    assert verify(render_net(NetDocument("train", net)), net, "x") == ()


def test_a_forks_other_types_are_noted(monkeypatch):
    def change(message, file):
        for field in message["ConvolutionParameter"].field:
            if field.name == "num_output":
                field.type = field.TYPE_STRING

    net = net_of(Fork(change), 'layer { convolution_param { num_output: "many" } }')
    monkeypatch.setattr(interface, "source", "netgen", raising=False)
    (note,) = verify(render_net(NetDocument("train", net)), net, "x")
    assert note.startswith("x: this Caffe's schema differs from BVLC's, which does not read the file: ")


@pytest.mark.caffe
def test_what_the_installed_caffe_cannot_read_is_refused():
    fork = Fork(lambda message, file: add(message["ConvolutionParameter"], "sparsity", 900))
    net = net_of(fork)
    net.layer[1].convolution_param.sparsity = 0.5
    assert interface.source == "caffe"
    with pytest.raises(EmissionError, match="the installed Caffe's schema does not read what was rendered"):
        render_net(NetDocument("deploy", net))


@pytest.mark.caffe
def test_the_installed_caffe_reads_what_the_bundled_schema_wrote():
    net = net_of(bundled)
    assert type(net) is not interface.caffe_pb2.NetParameter
    assert verify(render_net(NetDocument("train", net)), net, "x") == ()


def test_fields_that_have_no_name_are_refused():
    fork = Fork(lambda message, file: add(message["LayerParameter"], "sparsity", 900))
    net = net_of(fork)
    net.layer[1].sparsity = 0.5
    unnamed = bundled.NetParameter.FromString(net.SerializeToString())
    with pytest.raises(EmissionError, match="holds fields that its schema has no names for"):
        render_net(NetDocument("deploy", unnamed))


def test_required_fields_must_be_there():
    net = net_of(bundled, 'layer { name: "clip" type: "Clip" clip_param { min: 0 } }')
    with pytest.raises(EmissionError, match=r"Caffe does not read it without layer\[0\]\.clip_param\.max"):
        render_net(NetDocument("deploy", net))


@pytest.mark.parametrize(
    ("expected", "rendered", "said"),
    [
        ("", "", None),
        ('name: "a"', 'name: "b"', 'name: "a" expected, "b" rendered'),
        ('name: "a"', "", 'name: "a" expected, nothing rendered'),
        ("", 'name: ""', 'name: nothing expected, "" rendered'),
        ("force_backward: false", "", "force_backward: false expected, nothing rendered"),
        ("input_dim: 1 input_dim: 2", "input_dim: 1", "input_dim[1]: 2 expected, nothing rendered"),
        (
            "layer { loss_weight: 0 }",
            "layer { loss_weight: -0.0 }",
            "layer[0].loss_weight[0]: 0 expected, -0.0 rendered",
        ),
        ("layer { loss_weight: nan }", "layer { loss_weight: nan }", None),
        (
            "layer { loss_weight: nan }",
            "layer { loss_weight: inf }",
            "layer[0].loss_weight[0]: nan expected, inf rendered",
        ),
        (
            'layer { name: "x" pooling_param { pool: MAX } }',
            'layer { name: "x" pooling_param { pool: AVE } }',
            'layer[0] "x" pooling_param.pool: MAX expected, AVE rendered',
        ),
        (
            'layer { name: "x" include { } }',
            'layer { name: "x" }',
            'layer[0] "x" include[0]: a NetStateRule expected, nothing rendered',
        ),
        (
            f'name: "{"a" * 200}b"',
            f'name: "{"a" * 200}c"',
            f'name: …{"a" * 40}b" expected, …{"a" * 40}c" rendered',
        ),
    ],
)
def test_the_first_difference_is_named(expected, rendered, said):
    left, right = (text_format.Parse(text, bundled.NetParameter()) for text in (expected, rendered))
    found = first_difference(left, right, set())
    assert (str(found) if found else None) == said


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(messages.messages(bundled.NetParameter, 2), messages.messages(bundled.NetParameter, 2))
def test_two_messages_differ_just_where_their_bytes_do(left, right):
    same = left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)
    assert (first_difference(left, right, set()) is None) == same or has_nan(left)
    assert first_difference(left, left, set()) is None


def has_nan(message):
    return "nan" in text_format.MessageToString(message)


def test_nan_equals_nan_whatever_its_bits():
    left, right = bundled.BlobProto(), bundled.BlobProto()
    left.double_data.append(math.nan)
    right.ParseFromString(left.SerializeToString()[:-1] + b"\xff")
    assert math.isnan(right.double_data[0])
    assert first_difference(left, right, set()) is None


TEXT = """# a comment { name: "x"
name: "a{" "b"
layer {
  name: 'x'   # }
  top: ["a",
        "b",
        "c"]
  shape { dim: 1 dim: 2
     dim: 3 }
}
layer: <
  name: "y" bottom: "q"
  top: "z"
  loss_weight: -1 loss_weight:
    2
>
"""


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ([("name", None)], 2),
        ([("layer", 0)], 3),
        ([("layer", 0), ("name", None)], 4),
        ([("layer", 0), ("top", 2)], 7),
        ([("layer", 0), ("shape", None), ("dim", 2)], 9),
        ([("layer", 1)], 11),
        ([("layer", 1), ("top", 0)], 13),
        ([("layer", 1), ("loss_weight", 1)], 15),
        ([("layer", 1), ("missing", None)], 11),
        ([("layer", 2)], 1),
        ([("missing", None)], 1),
    ],
)
def test_a_fields_line_is_found(steps, line):
    assert line_of(TEXT, steps) == line


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_every_fields_line_is_found_in_any_text(data):
    message = data.draw(messages.messages(bundled.LayerParameter, 2))
    text = text_format.MessageToString(message)
    lines = text.split("\n")
    for field, value in message.ListFields():
        repeated = messages.is_repeated(field)
        for place in range(len(value) if repeated else 1):
            line = line_of(text, [(field.name, place if repeated else None)])
            assert lines[line - 1].startswith(field.name)
