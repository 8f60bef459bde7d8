"""What holds for every message and every text of it."""

from __future__ import annotations

import random

import all_types
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from random_messages import Layout, fill

from netgen.errors import PrototxtError
from netgen.prototxt import parse, read
from netgen.prototxt.fast import FastReader
from netgen.prototxt.parser import parsed
from netgen.prototxt.tree import Places
from netgen.schema import caffe_pb2

CLASSES = [caffe_pb2.NetParameter, caffe_pb2.SolverParameter, all_types.Proto2, all_types.Proto3]
SEEDS = st.integers(0, 2**64)


def wire(message):
    return message.SerializeToString(deterministic=True)


@settings(max_examples=150)
@given(st.sampled_from(CLASSES), SEEDS, st.booleans(), st.booleans(), st.booleans())
def test_what_protobuf_writes_is_read(message_class, seed, one_line, pointy, short):
    message = fill(message_class(), random.Random(seed))
    text = text_format.MessageToString(
        message, as_one_line=one_line, pointy_brackets=pointy, use_short_repeated_primitives=short
    )
    assert wire(parse(text, message_class)) == wire(message)


@settings(max_examples=250)
@given(st.sampled_from(CLASSES), SEEDS)
def test_any_layout_is_read_and_its_places_are_known(message_class, seed):
    source = random.Random(seed)
    message = fill(message_class(), source)
    layout = Layout(source)
    text = layout.write(message)
    reading = read(text, message_class)
    assert not reading.errors
    assert wire(reading.message) == wire(message)
    assert wire(text_format.Parse(text, message_class())) == wire(message)
    document = reading.document
    for path, (start, end) in layout.places.items():
        span = document.span(path)
        assert document.find(path) is not None, path
        assert text[span.start : span.end] == text[start:end]
        before = text[:start].split("\n")
        assert (span.line, span.column) == (len(before), len(before[-1]) + 1)
        before = text[:end].split("\n")
        assert (span.end_line, span.end_column) == (len(before), len(before[-1]) + 1)
    assert [comment.text for comment in document.comments] == layout.comments


@settings(max_examples=250)
@given(st.sampled_from(CLASSES), SEEDS)
def test_the_fast_and_the_exact_parser_agree(message_class, seed):
    source = random.Random(seed)
    text = Layout(source).write(fill(message_class(), source))
    if source.random() < 0.5 and text:  # and they do on what is broken
        at = source.randrange(len(text))
        text = text[:at] + source.choice(["", *'{}<>[]:;,"#.- 0x\\\n']) + text[at + 1 :]
    data = text.encode()
    parser = parsed(Places(text, data), message_class.DESCRIPTOR)
    fast = FastReader(message_class).read(data)
    if fast is not None:
        assert parser.faults() == []
        exact = message_class()
        exact.ParseFromString(parser.wire)
        assert wire(exact) == wire(fast)


@given(st.sampled_from(CLASSES), st.text(st.sampled_from("{}<>[]:;,\"'#.-0x\\\n \tnamelyr_1é\0")))
def test_nothing_crashes(message_class, text):
    reading = read(text, message_class)
    for fault in reading.errors:
        assert 0 <= fault.start <= fault.end <= len(text)
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.message
    list(reading.document.root.walk())
    if reading.errors:
        with pytest.raises(PrototxtError):
            parse(text, message_class)


@given(st.binary(max_size=60))
def test_no_bytes_crash(data):
    reading = read(data, caffe_pb2.NetParameter)
    assert reading.text.encode("utf-8", "surrogateescape") == data
    assert len(reading.document.root.children) >= 0


# What only a user's own schema has.
OWN = [
    ("Group { a: 1 }", "accepted"),
    ("group { a: 1 }", "1:7 unknown-field"),
    ("Groups { a: 1 } Groups { a: 2 }", "accepted"),
    ("left: 1 right: 'a'", "1:14 duplicate-field"),
    ("left: 1 left: 2", "1:13 duplicate-field"),
    ("gone: 1", "accepted"),
    ("gone { a: [1, { b: 2 }] c <> } left: 1", "accepted"),
    ("gone: 1; left: 1", "1:8 unexpected"),
    ("gone: -x", "1:8 wrong-value"),
    ("gone x", "1:6 missing-brace"),
    ("strict {}", "1:1 missing-required"),
    ("strict { needed: 1 }", "accepted"),
    ("color: GREY colors: -1 colors: [5, RED]", "accepted"),
    ("color: 9", "1:9 unknown-value"),
    ("one_bytes: '\\377\\x80'", "accepted"),
    ("one_uint64: 18446744073709551615 one_sint32: -2147483648 one_fixed32: 4294967295", "accepted"),
    ("one_sint32: 2147483648", "1:13 out-of-range"),
    ("one_fixed32: -1", "1:14 wrong-value"),
]


@pytest.mark.parametrize(("text", "verdict"), OWN)
def test_what_a_users_schema_may_have(text, verdict):
    reading = read(text, all_types.Proto2)
    said = [f"{fault.line}:{fault.column} {fault.kind}" for fault in reading.errors]
    assert (said or ["accepted"])[0] == verdict
    if verdict == "accepted" and "gone" not in text:
        assert wire(reading.message) == wire(text_format.Parse(text, all_types.Proto2()))


def test_an_open_enum_takes_any_number_and_a_zero_may_stand_twice():
    message = parse("color: 9 one_int32: 0 one_int32: 1", all_types.Proto3)
    assert (message.color, message.one_int32) == (9, 1)
    assert read("one_int32: 1 one_int32: 0", all_types.Proto3).errors[0].kind == "duplicate-field"
