"""Nets that Hypothesis makes up: the stand-in gives what Caffe's NetSpec gives, and refuses what it refuses.

A net is drawn as plain data, a list of steps, and then built once over each interface.
"""

import math

import numpy
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netgen.interface import standin
from netgen.schema import caffe_pb2, layer_types

LAYER = caffe_pb2.LayerParameter.DESCRIPTOR
# The installed Caffe has no Clip.
TYPES = [name for name in layer_types() if name != "Clip"]
FIELDS = [field for field in LAYER.fields if field.name != "clip_param"]

# Values for no field in particular: some do not fit where they land.
STRAY = st.sampled_from(
    [None, True, 0, -1, 7, 2**31, 2**63, 2**64, 0.5, math.nan, math.inf, "text", "MAX", "", b"bytes", b"\xff"]
    + [(), (1, 2), [], [1], [1.5, 2], ["a", "b"], [None], [[1]], {}, [{}], {"dim": 3}, {"type": "xavier"}]
    + [[{"lr_mult": 0}, {}], [{}, 1], {"shape": {"dim": [1, 2]}}, {"bogus": 1}, {1: 2}, set(), object]
    + [numpy.float32(0.5), numpy.int64(3), numpy.bool_(True), numpy.arange(2), [numpy.int32(2)]]
)

NAMES = st.sampled_from(
    ["data", "conv1", "a/b", "x y", "ReLU1", "Convolution1", "größe", "pool2", "loss", "top"]
)


def kinds(field):
    """Strategies by the kind of the field; enums also get numbers that they don't have."""
    kind = field.cpp_type
    if kind == field.CPPTYPE_MESSAGE:
        return messages(field.message_type)
    if kind == field.CPPTYPE_ENUM:
        return st.integers(-1, 5)
    if kind in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return st.floats(width=32, allow_nan=False) | st.integers(-3, 3)
    if kind == field.CPPTYPE_BOOL:
        return st.booleans() | st.integers(0, 1)
    if kind == field.CPPTYPE_STRING:
        return st.text(max_size=4) if field.type == field.TYPE_STRING else st.binary(max_size=3)
    return st.integers(0, 9) | st.integers(-(2**31), 2**32)


def values(field):
    fitting = kinds(field)
    return st.one_of(fitting, fitting, fitting, st.lists(fitting, min_size=1, max_size=3), STRAY)


def some_of(fields):
    def dictionary(chosen):
        return st.fixed_dictionaries({field.name: values(field) for field in chosen})

    return st.lists(st.sampled_from(list(fields)), max_size=3, unique_by=lambda field: field.name).flatmap(
        dictionary
    )


def messages(descriptor):
    return st.deferred(lambda: some_of(descriptor.fields))


ALL_TYPES = st.sampled_from(TYPES) | st.sampled_from(["Custom", "Recurrent", "Loss", "Transformation"])
INPUTS = st.lists(st.integers(0, 20), max_size=3)


def named(ntop):
    """Names for the tops of a layer, or for the layer itself where it has none; None leaves one without."""
    count = max(ntop, 1)
    return st.lists(st.one_of(NAMES, NAMES, st.none()), min_size=count, max_size=count)


@st.composite
def steps(draw):
    """A layer: its type, keywords, inputs (as indices counted back from the last top) and names."""
    type_name = draw(ALL_TYPES)
    own = [
        field for field in FIELDS if field.message_type and field.message_type.name == f"{type_name}Parameter"
    ]
    keywords = dict(draw(some_of(FIELDS)))
    if own and draw(st.booleans()):
        keywords.update(draw(some_of(own[0].message_type.fields)))
    if draw(st.integers(0, 20)) == 13:
        keywords["bogus"] = draw(STRAY)
    ntop = draw(st.sampled_from([1, 1, 1, 1, 0, 2, 3]))
    if ntop != 1 or draw(st.booleans()):
        keywords["ntop"] = ntop
    if draw(st.integers(0, 3)) == 0:
        keywords["in_place"] = draw(st.booleans())
    return type_name, keywords, draw(INPUTS), draw(named(ntop))


@st.composite
def plain_steps(draw):
    """A layer without parameters, so that whole nets of many of them work."""
    type_name = draw(st.sampled_from(["ReLU", "Convolution", "Concat", "Custom"]))
    inputs = draw(INPUTS)
    ntop = draw(st.sampled_from([1, 1, 1, 1, 0, 2, 3]))
    keywords = {"ntop": ntop} if ntop != 1 else {"in_place": bool(inputs) and draw(st.booleans())}
    return type_name, keywords, inputs, draw(named(ntop))


def built(side, net):
    """The net's messages: of its NetSpec, of each top alone, and of all tops together, or what was refused."""
    spec, tops = side.NetSpec(), []
    results = []
    try:
        for type_name, keywords, inputs, names in net:
            bottoms = [tops[-1 - index % len(tops)] for index in inputs if tops]
            made = getattr(side.layers, type_name)(*bottoms, **keywords)
            new = made if isinstance(made, tuple) else (made,)
            tops.extend(top for top in new if isinstance(top, side.Top))
            for name, top in zip(names, new):
                if name is not None:
                    spec[name] = top
    except Exception as error:
        return [error]
    for attempt in (
        spec.to_proto,
        *(top.to_proto for top in tops[-3:]),
        lambda: side.to_proto(*reversed(tops)),
    ):
        try:
            results.append(attempt())
        except Exception as error:
            results.append(error)
    return results


def assert_same(net):
    from caffe import net_spec

    theirs, ours = built(net_spec, net), built(standin, net)
    assert len(theirs) == len(ours)
    for one, other in zip(theirs, ours):
        if isinstance(one, Exception):
            assert isinstance(other, Exception), f"only Caffe's refuses: {one!r}\n{other}"
            continue
        assert not isinstance(other, Exception), f"only the stand-in refuses: {other!r}\n{one}"
        assert text_format.MessageToString(other) == text_format.MessageToString(one)
        assert other.SerializeToString(deterministic=True) == one.SerializeToString(deterministic=True)


# Protobuf lets NumPy's scalars through with a warning about a conversion; what matters here is what it makes.
OLD_CONVERSIONS = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.caffe
@OLD_CONVERSIONS
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(plain_steps(), min_size=1, max_size=12))
def test_graphs_get_the_same_names_and_order(net):
    assert_same(net)


@pytest.mark.caffe
@OLD_CONVERSIONS
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps())
def test_one_layer_gets_the_same_parameters_or_is_refused_by_both(step):
    assert_same([step])


@pytest.mark.caffe
@OLD_CONVERSIONS
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps(), max_size=4))
def test_whole_nets_are_the_same(net):
    assert_same(net)


@pytest.mark.caffe
@OLD_CONVERSIONS
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field.name), values(field))))
def test_a_value_is_assigned_alike(pair):
    from caffe import net_spec
    from caffe.proto import caffe_pb2 as installed

    name, value = pair
    results = []
    for assign, messages_of in ((net_spec.assign_proto, installed), (standin.assign_proto, caffe_pb2)):
        layer = messages_of.LayerParameter()
        try:
            assign(layer, name, value)
            results.append(layer.SerializeToString(deterministic=True))
        except Exception:
            results.append("refused")
    assert results[0] == results[1]
