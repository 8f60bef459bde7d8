"""The tree of a text: where its fields and comments are."""

from __future__ import annotations

from netgen.prototxt import read
from netgen.prototxt.parser import parsed
from netgen.prototxt.tree import Document, Places
from netgen.schema import caffe_pb2

TEXT = """\
# The net's own comment.
name: "naïve" # behind the name

# One.
# Two.
layer {
  name: "conv1"  # not a sharp: "#"
  convolution_param { kernel_size: [3, 5] kernel_size: 7; num_output: 0x10 }
}
input: 'a' input: "b" "c"
layer: {
\tname: "é" type: "ReLU"
} # behind the layer
"""


def document(text=TEXT, message=caffe_pb2.NetParameter):
    return read(text, message).document


def written(document, path):
    span = document.span(path)
    return document.text[span.start : span.end]


def test_a_path_leads_to_the_text():
    net = document()
    assert written(net, ("name",)) == 'name: "naïve"'
    assert written(net, ("layer", 0, "name")) == 'name: "conv1"'
    assert written(net, ("layer", 0, "convolution_param", "num_output")) == "num_output: 0x10"
    assert written(net, ("layer", 1)) == 'layer: {\n\tname: "é" type: "ReLU"\n}'
    assert written(net, ("input", 1)) == 'input: "b" "c"'
    assert written(net, ()) == TEXT


def test_elements_of_lists_are_counted_with_the_others():
    net = document()
    sizes = [net.find(("layer", 0, "convolution_param", "kernel_size", index)) for index in range(3)]
    assert [node.text for node in sizes] == ["3", "5", "7"]
    assert [node.listed for node in sizes] == [True, True, False]
    assert written(net, ("layer", 0, "convolution_param", "kernel_size", 1)) == "5"


def test_what_is_not_there_falls_back_to_what_is_around_it():
    net = document()
    assert net.find(("layer", 1, "convolution_param", "pad")) is None
    assert net.span(("layer", 1, "convolution_param", "pad")) == net.span(("layer", 1))
    assert net.find(("layer", 2)) is None
    assert net.span(("layer", 2, "name")) == net.span(())


def test_lines_and_columns_count_characters():
    net = document()
    span = net.span(("layer", 1, "type"))
    assert (span.line, span.column, span.end_line, span.end_column) == (12, 12, 12, 24)
    assert net.span(("layer", 1, "name"))[:2] == (12, 2)
    assert net.span(("layer", 0))[:4] == (6, 1, 9, 2)


def test_name_and_value_have_their_own_spans():
    node = document().find(("layer", 1))
    assert TEXT[node.name_span.start : node.name_span.end] == "layer"
    assert TEXT[node.value_span.start : node.value_span.end].startswith("{\n")
    assert (node.is_block, node.value, node.message_type) == (True, None, "caffe.LayerParameter")
    name = node.named("name")[0]
    assert (name.is_block, name.value, name.text, name.message_type) == (False, "é", '"é"', None)
    assert document().find(("input", 1)).value == "bc"


def test_comments():
    net = document()
    assert [(comment.line, comment.column, comment.text) for comment in net.comments] == [
        (1, 1, "# The net's own comment."),
        (2, 15, "# behind the name"),
        (4, 1, "# One."),
        (5, 1, "# Two."),
        (7, 18, '# not a sharp: "#"'),
        (13, 3, "# behind the layer"),
    ]
    for comment in net.comments:
        assert TEXT[comment.start : comment.end] == comment.text
    assert [comment.text for comment in net.comments_before(net.find(("layer", 0)))] == ["# One.", "# Two."]
    assert net.comments_before(net.find(("layer", 1))) == []
    assert net.comments_before(net.find(("layer", 0, "name"))) == []
    assert net.comment_behind(net.find(("name",))).text == "# behind the name"
    assert net.comment_behind(net.find(("layer", 1))).text == "# behind the layer"
    assert net.comment_behind(net.find(("layer", 1, "name"))) is None


def test_a_sharp_in_a_string_is_no_comment():
    text = 'name: \'# a\' # b\nlayer { name: "\\"#" }\r\n# c\r\n'
    assert [comment.text for comment in document(text).comments] == ["# b", "# c"]


def test_the_tree_of_a_text_with_faults_holds_what_could_be_read():
    text = (
        "layer {\n  nam: 1\n  name: 'a'\n  type: 3\n  type: 'T'\n  other_param { a: [1, 2] }\n}\nlayer {}\n"
    )
    reading = read(text, caffe_pb2.NetParameter)
    net = reading.document
    assert [node.name for node in net.children[0].children] == ["nam", "name", "type", "type", "other_param"]
    assert written(net, ("layer", 0, "type")) == "type: 'T'"
    assert net.children[0].children[-1].children[0].text == "[1, 2]"
    assert len(net.root.named("layer")) == 2
    assert reading.message.layer[0].type == "T"


def dump(node):
    return (
        *(node.name, node.span, node.name_span, node.value_span, node.message_type, node.value, node.listed),
        [dump(child) for child in node.children],
    )


def test_the_tree_is_the_same_in_one_go_and_block_by_block():
    data = TEXT.encode()
    parser = parsed(Places(TEXT, data), caffe_pb2.NetParameter.DESCRIPTOR)
    eager = Document(parser.places, parser.root, parser.tokens.comments)
    lazy = document()
    assert [dump(node) for node in lazy.children] == [dump(node) for node in eager.children]
    assert lazy.comments == eager.comments
    assert [node.name for node in lazy.root.walk()] == [node.name for node in eager.root.walk()]


def test_bytes_that_are_not_utf_8():
    data = b'# caf\xe9\nname: "caf\xe9" layer { name: "caf\xc3\xa9\xff" type: "x" }'
    reading = read(data, caffe_pb2.NetParameter)
    assert not reading.errors
    assert reading.message.name == "café"
    assert reading.message.layer[0].name == "caféÿ"
    assert reading.text.encode("utf-8", "surrogateescape") == data
    span = reading.document.span(("layer", 0, "type"))
    assert reading.text[span.start : span.end] == 'type: "x"'
    assert span.column == data.decode("latin-1").splitlines()[1].index("type:") + 1 - 1
    assert reading.document.find(("name",)).value == "café"
    reading = read(b'name: "caf\xe9" nam: 1', caffe_pb2.NetParameter)
    assert [(fault.line, fault.column) for fault in reading.errors] == [(1, 17)]
    assert reading.text[reading.errors[0].start : reading.errors[0].end] == "nam"
    assert reading.document.find(("name",)).value == "café"


def test_text_may_hold_lone_surrogates():
    reading = read('name: "\ud800" # \udce9\n', caffe_pb2.NetParameter)
    assert not reading.errors
    assert reading.document.comments[0].text == "# \udce9"
    assert len(reading.message.name) == 3


def test_old_line_ends_do_not_end_lines():
    # To C++ a line ends with a line feed alone.
    reading = read(b'name: "a"\rlayer {}\r# c\rlayer {}', caffe_pb2.NetParameter)
    assert len(reading.message.layer) == 1
    assert reading.document.span(("layer", 0)).line == 1
