"""Texts that are made to be slow or to fill the memory: each is read in a time that grows with its length."""

from __future__ import annotations

import sys

import pytest

from netgen.prototxt import parse, read
from netgen.prototxt.limits import MAX_BYTES, MAX_DEPTH, MAX_FAULTS
from netgen.schema import caffe_pb2

N = 10_000

# What is repeated, and how often at the start, in the middle, at the end. Were one of them read in a time that grows
# with the square, it would take an hour.
HOSTILE = {
    "opening braces": b"{" * N,
    "closing braces": b"}" * N,
    "layers in layers": b"layer {" * N,
    "unknown blocks in each other": b"a { " * N,
    "unknown fields": b"a: 1 " * N,
    "unknown blocks": b"a { b: 1 }\n" * N,
    "blocks that may be remembered": b"layer { convolution_param { weight_filler { " * (N // 3),
    "a block that is nearly plain": b"layer { convolution_param {" + b"kernel_size: 3 " * N + b"{",
    "a layer without an end": b"layer {" + b"param {} " * N,
    "a string without an end": b'name: "' + b"x" * 100 * N,
    "strings without an end": b"'\n" * N,
    "strings side by side": b"name: " + b'"a" ' * N,
    "escapes": b'name: "' + b"\\n" * N + b'"',
    "bad escapes": b'name: "' + b"\\q" * N + b'"',
    "quotes": b'"' * N,
    "white space": b" \n" * 50 * N,
    "a long line": b" " * 50 * N + b"{}" * N,
    "comments": b"#\n" * N,
    "a comment of many #": b"#" * 50 * N + b"\nlayer {}",
    "white space between what is sound": b"name: 'a'" + b" " * 10 * N + b"layer" + b" " * 10 * N + b"{}",
    "control characters": b"\x01 " * N,
    "zeros": b"#\0\n" * N,
    "not ASCII": b"\xff " * N,
    "not ASCII in words": "漢字".encode() * N,
    "digits": b"input_dim: " + b"1" * 10 * N,
    "octal": b"input_dim: 0" + b"1" * 10 * N + b"8",
    "a number": b"layer { loss_weight: 1." + b"1" * 10 * N + b"e" + b"1" * 10 * N + b"x }",
    "points": b"1." * N,
    "a list": b"input_dim: [" + b"1," * N,
    "a list of blocks": b"layer: [" + b"{}," * N,
    "a missing brace in each line": b"layer { a { b { \n" * N,
    "a brace too many in each line": b"layer { } }\n" * N,
    "bad numbers": b"layer { convolution_param { kernel_size: 3x3 } }\n" * N,
    "extensions": b"[a.b]: 1 " * N,
    "equal fields": b'name: "a"\n' * N,
}


@pytest.mark.parametrize("title", HOSTILE)
def test_it_is_read_to_its_end(title):
    reading = read(HOSTILE[title], caffe_pb2.NetParameter)
    assert len(reading.errors) <= MAX_FAULTS
    assert reading.document.span(("layer", 0)).line >= 1


def test_depth_has_a_limit():
    from google.protobuf import descriptor_pb2

    def text(depth):
        return "message_type { nested_type {" + " nested_type {" * (depth - 2) + "}" * depth

    assert not read(text(MAX_DEPTH), descriptor_pb2.FileDescriptorProto).errors
    reading = read(text(MAX_DEPTH + 1), descriptor_pb2.FileDescriptorProto)
    assert [fault.kind for fault in reading.errors] == ["depth"]
    assert read(text(100 * MAX_DEPTH), descriptor_pb2.FileDescriptorProto).errors[0].kind == "depth"


def test_length_has_a_limit(monkeypatch):
    assert MAX_BYTES >= 64 << 20
    monkeypatch.setattr(sys.modules["netgen.prototxt.read"], "MAX_BYTES", 20)
    assert not read('name: "aaaaaaaaaaaa"', caffe_pb2.NetParameter).errors
    reading = read('name: "aaaaaaaaaaaaa"', caffe_pb2.NetParameter)
    assert [(fault.kind, fault.line, fault.column) for fault in reading.errors] == [("size", 1, 1)]
    assert reading.document.span(("name",)).start == 0
    assert reading.message == caffe_pb2.NetParameter()


def test_a_net_of_a_hundred_thousand_layers_is_read():
    layer = 'layer { name: "r%d" type: "ReLU" bottom: "x" top: "x" relu_param { negative_slope: 0.1 } }\n'
    net = parse("".join(layer % number for number in range(100_000)), caffe_pb2.NetParameter)
    assert len(net.layer) == 100_000
    assert net.layer[-1].name == "r99999"
