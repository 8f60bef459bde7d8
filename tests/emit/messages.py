"""Messages that the tests of emission share: a small net that can be trained, and random ones over a whole schema."""

from __future__ import annotations

from functools import cache

from google.protobuf import text_format
from hypothesis import strategies as st

from netgen import interface

TRAIN = """
name: "tiny"
layer { name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } shape { dim: 2 dim: 1 dim: 8 dim: 8 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 1 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" param { lr_mult: 1 decay_mult: 1 }
  param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 4 pad: 1 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "score" type: "Convolution" bottom: "conv1" top: "score"
  convolution_param { num_output: 1 kernel_size: 1 weight_filler { type: "msra" } } }
layer { name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss_opt" include { phase: TRAIN }
  loss_weight: 1 python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer"
    param_str: '{"normalization": "VALID"}' } }
layer { name: "check" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" top: "check"
  include { phase: TEST } }
"""
SECTIONS = ("data", "encoder level 1", "encoder level 1", "score", "loss", "loss")

DEPLOY = """
name: "tiny"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 8 dim: 8 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 4 pad: 1 kernel_size: 3 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "score" type: "Convolution" bottom: "conv1" top: "score"
  convolution_param { num_output: 1 kernel_size: 1 } }
layer { name: "prob" type: "Sigmoid" bottom: "score" top: "prob" }
"""


def net(text=TRAIN, messages=None):
    """Return a NetParameter of the interface's schema, or of another."""
    return text_format.Parse(text, (messages or interface.caffe_pb2).NetParameter())


def is_repeated(field):
    repeated = getattr(field, "is_repeated", None)
    return field.label == field.LABEL_REPEATED if repeated is None else repeated


def is_required(field):
    required = getattr(field, "is_required", None)
    return field.label == field.LABEL_REQUIRED if required is None else required


HOSTILE = st.sampled_from(
    [
        "",
        '"',
        "'",
        "\\",
        "\n",
        "\0",
        "\x7f",
        "\u0085",
        "\u2028",
        "\ufeff",
        "}",
        "# x",
        "{{ x }}",
        "{% raw %}",
        "é日🎉",
    ]
)
TEXTS = st.one_of(HOSTILE, st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
FLOATS = st.one_of(
    st.sampled_from(
        [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-45, 3.4028234663852886e38, 0.1, 1e8]
    ),
    st.floats(width=32),
)


def scalars(field):
    kind = field.cpp_type
    if kind == field.CPPTYPE_BOOL:
        return st.booleans()
    if kind == field.CPPTYPE_ENUM:
        return st.sampled_from(sorted(field.enum_type.values_by_number))
    if kind == field.CPPTYPE_STRING:
        return st.binary(max_size=4) if field.type == field.TYPE_BYTES else TEXTS
    if kind == field.CPPTYPE_FLOAT:
        return FLOATS
    if kind == field.CPPTYPE_DOUBLE:
        return st.floats()
    bits = {"INT32": (-31, 31), "INT64": (-63, 63), "UINT32": (None, 32), "UINT64": (None, 64)}
    low, high = next(bits[name] for name in bits if getattr(field, f"CPPTYPE_{name}") == kind)
    return st.integers(0 if low is None else -(2**-low), 2**high - 1)


@cache
def fields(descriptor):
    return st.lists(st.sampled_from(list(descriptor.fields)), max_size=4, unique_by=lambda field: field.name)


@st.composite
def messages(draw, message_class, depth=3):
    """Draw a message of a class with any of its fields set."""
    message = message_class()
    required = [field for field in message.DESCRIPTOR.fields if is_required(field)]
    chosen = draw(fields(message.DESCRIPTOR)) if depth >= 0 else []
    for field in [*chosen, *(field for field in required if field not in chosen)]:
        if field.cpp_type == field.CPPTYPE_MESSAGE:
            inner = messages(field.message_type._concrete_class, depth - 1)
            if is_repeated(field):
                getattr(message, field.name).extend(draw(st.lists(inner, max_size=2)))
            else:
                getattr(message, field.name).CopyFrom(draw(inner))
        elif is_repeated(field):
            getattr(message, field.name).extend(draw(st.lists(scalars(field), max_size=3)))
        else:
            setattr(message, field.name, draw(scalars(field)))
    return message
