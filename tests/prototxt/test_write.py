"""Values as text: short, exact, readable by every protobuf, and the same on every Python."""

from __future__ import annotations

import math
import struct

import pytest
from google.protobuf import text_format
from hypothesis import example, given
from hypothesis import strategies as st

from netgen.prototxt import format_scalar
from netgen.prototxt.write import escape
from netgen.schema import caffe_pb2 as pb


def field(message, name):
    return message.DESCRIPTOR.fields_by_name[name]


BASE_LR = field(pb.SolverParameter, "base_lr")
DOUBLE = field(pb.BlobProto, "double_data")
NAME = field(pb.NetParameter, "name")
DATA = field(pb.Datum, "data")


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1, "0.1"),
        (0.0, "0"),
        (-0.0, "-0.0"),
        (100.0, "100"),
        (572.5, "572.5"),
        (-1.5, "-1.5"),
        (0.0001, "0.0001"),
        (1e-5, "1e-5"),
        (1.25e-7, "1.25e-7"),
        (12345678.0, "12345678"),
        (1e8, "1e8"),
        (16777217.0, "16777216"),
        (3.4028235e38, "3.4028235e38"),
        (1e-45, "1e-45"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_float_is_short(value, text):
    assert format_scalar(BASE_LR, single(value)) == text


@given(st.integers(0, 2**32 - 1))
@example(0x00000001)
@example(0x7F7FFFFF)
@example(0x80000000)
def test_every_float32_comes_back_bit_for_bit(bits):
    value = struct.unpack("<f", struct.pack("<I", bits))[0]
    read = text_format.Parse(f"base_lr: {format_scalar(BASE_LR, value)}", pb.SolverParameter()).base_lr
    assert math.isnan(read) if math.isnan(value) else struct.pack("<f", read) == struct.pack("<f", value)


@given(st.integers(0, 2**32 - 1))
@example(0x9E4D6E3C)  # one that needs all nine
def test_no_float32_needs_fewer_digits(bits):
    value = struct.unpack("<f", struct.pack("<I", bits))[0]
    if not math.isfinite(value) or value == 0:
        return
    mantissa = format_scalar(BASE_LR, value).lstrip("-").partition("e")[0]
    digits = len(mantissa.replace(".", "").strip("0"))
    if digits > 1:
        assert single(float(f"{value:.{digits - 2}e}")) != value


@given(st.floats(width=64))
def test_every_float64_comes_back(value):
    read = text_format.Parse(f"double_data: {format_scalar(DOUBLE, value)}", pb.BlobProto()).double_data[0]
    assert math.isnan(read) if math.isnan(value) else struct.pack("<d", read) == struct.pack("<d", value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("conv1", '"conv1"'),
        ("", '""'),
        ('{"normalization": "FULL"}', '\'{"normalization": "FULL"}\''),
        ("it's", '"it\'s"'),
        ("both \" and '", '"both \\" and \'"'),
        ("C:\\data", '"C:\\\\data"'),
        ("a\nb\tc\rd", '"a\\nb\\tc\\rd"'),
        ("nul\0", '"nul\\000"'),
        ("\x001", '"\\0001"'),
        ("Zähler 日本 🎉", '"Zähler 日本 🎉"'),
        ("a\u202eb", '"a\\342\\200\\256b"'),
        ("a\u2028b", '"a\\342\\200\\250b"'),
        ("a\u00a0b", '"a\\302\\240b"'),
    ],
)
def test_string_is_readable(value, text):
    assert format_scalar(NAME, value) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("\x00\x7f\x80\x85\u2028\ufeff\U0010ffff")
@example("\\\"'\\n")
def test_every_string_comes_back(value):
    text = format_scalar(NAME, value)
    assert "\n" not in text
    assert text_format.Parse(f"name: {text}", pb.NetParameter()).name == value


@given(st.binary())
def test_all_bytes_come_back(value):
    text = format_scalar(DATA, value)
    assert text.isascii()
    assert text.isprintable()
    assert text_format.Parse(f"data: {text}", pb.Datum()).data == value


@pytest.mark.parametrize(
    ("message", "name", "value", "text"),
    [
        (pb.SolverParameter, "solver_mode", 0, "CPU"),
        (pb.SolverParameter, "snapshot_after_train", False, "false"),
        (pb.SolverParameter, "snapshot_after_train", True, "true"),
        (pb.SolverParameter, "random_seed", -(2**63), "-9223372036854775808"),
        (pb.LayerParameter, "phase", 1, "TEST"),
        (pb.LayerParameter, "phase", 7, "7"),
    ],
)
def test_other_values(message, name, value, text):
    assert format_scalar(field(message, name), value) == text


def test_a_message_is_no_value():
    with pytest.raises(ValueError, match=r"caffe\.NetParameter\.layer is a message"):
        format_scalar(field(pb.NetParameter, "layer"), pb.LayerParameter())


def test_comment_stays_on_its_line():
    assert (
        escape("size=5 \"a\" 'b' \\ \n\r\u2029\ud800")
        == "size=5 \"a\" 'b' \\ \\n\\r\\342\\200\\251\\355\\240\\200"
    )
