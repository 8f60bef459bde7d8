"""Reading: the message, and for a wrong text its line, its column and the mend."""

import pytest

from netgen.errors import PrototxtError, Site
from netgen.prototxt import parse
from netgen.schema import caffe_pb2


def test_a_text_becomes_the_message():
    net = parse(
        'name: "net" # a comment\nlayer { type: "Pooling" pooling_param { pool: AVE } }',
        caffe_pb2.NetParameter,
    )
    assert type(net) is caffe_pb2.NetParameter
    assert net.name == "net"
    assert net.layer[0].pooling_param.pool == caffe_pb2.PoolingParameter.AVE


def test_of_any_message_class():
    assert parse("base_lr: 0.5 solver_mode: CPU", caffe_pb2.SolverParameter).base_lr == 0.5


@pytest.mark.caffe
def test_of_any_descriptor_pool():
    from caffe.proto import caffe_pb2 as installed

    assert type(parse("name: 'x'", installed.NetParameter)) is installed.NetParameter
    with pytest.raises(PrototxtError, match="NetParameter has no field 'clip'"):
        parse("clip: 1", installed.NetParameter)


# The text, and all that its author is told. The place is C++ protobuf's, often that of the token behind the culprit.
WRONG = [
    (
        "layer {\n  nam: 'x'\n}",
        "net.prototxt:2:6: LayerParameter has no field 'nam'\n  mend: did you mean name?",
    ),
    ("layer { zzzz: 1 }", "net.prototxt:1:13: LayerParameter has no field 'zzzz'"),
    (
        "layer {\n  pooling_param { pool: AVG }\n}",
        "net.prototxt:2:29: PoolingParameter.PoolMethod has no value 'AVG', expected MAX, AVE, STOCHASTIC\n"
        "  mend: did you mean AVE?",
    ),
    (
        "layers { type: CONVOLUTON }",
        "net.prototxt:1:27: V1LayerParameter.LayerType has no value 'CONVOLUTON', expected NONE, ABSVAL, ACCURACY,"
        " ARGMAX, BNLL, CONCAT, CONTRASTIVE_LOSS, CONVOLUTION, … (33 more)\n  mend: did you mean CONVOLUTION?",
    ),
    (
        "name: 'x'\nname: 'y'",
        "net.prototxt:2:5: name stands twice in one NetParameter, which takes one\n  mend: remove one of them",
    ),
    (
        "name 'x'",
        "net.prototxt:1:6: expected : behind name and found 'x'\n  mend: write name: 'x'",
    ),
    (
        "input_dim = 3.5",
        "net.prototxt:1:11: expected : behind input_dim and found '='\n  mend: write input_dim: 1",
    ),
    (
        "input_dim = 32",
        "net.prototxt:1:11: expected : behind input_dim and found '='\n  mend: write input_dim: 32",
    ),
    (
        "input_dim: 1e3",
        "net.prototxt:1:12: input_dim: expected a whole number and found '1e3'\n  mend: write 1000",
    ),
    ("input_dim: 1.5", "net.prototxt:1:12: input_dim: expected a whole number and found '1.5'"),
    ("input_dim: 1e999", "net.prototxt:1:12: input_dim: expected a whole number and found '1e999'"),
    ("name: 3", "net.prototxt:1:7: name: expected a string in quotes and found '3'"),
    (
        "layer {",
        "net.prototxt:1:8: layer of line 1 is not closed before the text ends\n"
        "  mend: close it with a }, at the latest at the end of the text",
    ),
    (
        "layer { loss_weight: abc }",
        "net.prototxt:1:22: loss_weight: expected a decimal number and found 'abc'",
    ),
    (
        "name: 'a",
        "net.prototxt:1:9: a string does not end in its line\n"
        "  mend: close it with the quote that it begins with; strings that stand side by side are joined",
    ),
    (
        "force_backward: maybe",
        "net.prototxt:1:22: force_backward: expected true or false and found 'maybe'",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_with_a_text(text, message):
    with pytest.raises(PrototxtError) as caught:
        parse(text, caffe_pb2.NetParameter, "net.prototxt")
    assert str(caught.value) == message


def test_the_place_is_there_for_programs():
    with pytest.raises(PrototxtError) as caught:
        parse("\n  nam: 1", caffe_pb2.NetParameter)
    assert caught.value.site == Site("<string>", 2, 6)
