"""Rendering: what the templates' text looks like, that it is the message, and what a user's template may do."""

from __future__ import annotations

import shutil
from pathlib import Path

import messages
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netgen import interface, resources
from netgen.emit import Header, NetDocument, default_solver, render_net, render_solver
from netgen.emit.templating import TEMPLATES
from netgen.errors import EmissionError
from netgen.graph import State
from netgen.schema import caffe_pb2 as bundled

DATA = Path(__file__).with_name("data")
HEADER = Header(
    "examples/tiny.py:tiny", {"size": "8", "classes": "1"}, "netgen emit tiny.py -o . --set size=8"
)


def train(text=messages.TRAIN, sections=messages.SECTIONS, header=HEADER):
    return NetDocument("train", messages.net(text), sections, header)


@pytest.mark.parametrize("kind", ["train", "deploy", "solver"])
def test_the_text_reads_as_people_write_it(kind):
    if kind == "train":
        text = render_net(train())
    elif kind == "deploy":
        text = render_net(NetDocument("deploy", messages.net(messages.DEPLOY), (), HEADER))
    else:
        text = render_solver(default_solver(test_states=[State("TEST")], stepvalue=[5, 9]), HEADER)
    assert text == (DATA / f"{kind}.prototxt").read_text(encoding="utf-8")


def test_the_message_is_of_any_schema():
    document = NetDocument("train", messages.net(messages=bundled), messages.SECTIONS, HEADER)
    assert render_net(document) == render_net(train())


def test_a_document_without_sections_and_header_has_no_comments_but_the_python_layers():
    comments = [line for line in render_net(train(sections=(), header=None)).splitlines() if "#" in line]
    assert comments == ["# The next layer's code is in loss_layers, which Python must find (PYTHONPATH)."]


def test_a_section_is_titled_where_it_changes():
    document = NetDocument("deploy", messages.net(messages.DEPLOY), ("a", "a", "", "a", "b"))
    lines = [line for line in render_net(document).splitlines() if line.startswith(("#", "  name"))]
    assert lines == [
        "# ---- a ----",
        '  name: "data"',
        '  name: "conv1"',
        '  name: "relu1"',
        "# ---- a ----",
        '  name: "score"',
        "# ---- b ----",
        '  name: "prob"',
    ]


@pytest.mark.parametrize("sections", [("a",), ("a",) * 7])
def test_sections_and_layers_are_as_many(sections):
    with pytest.raises(ValueError, match=f"{len(sections)} sections for 6 layers"):
        train(sections=sections)


def test_a_document_is_train_or_deploy():
    with pytest.raises(ValueError, match="kind is 'test', expected 'train' or 'deploy'"):
        NetDocument("test", messages.net())


def test_what_stands_in_comments_stays_in_them():
    hostile = 'a\nlayer { name: "x" }\r\u2028{{ 1/0 }} {% raw %} #}'
    header = Header(hostile, {hostile: hostile}, hostile)
    text = render_net(train(sections=(hostile,) * 6, header=header))
    assert all(line.startswith("#") for line in text.splitlines() if "{{ 1/0 }}" in line)
    assert text.count("{{ 1/0 }}") == 5


def test_long_options_are_wrapped():
    options = {f"option{i}": "x" * 10 for i in range(20)}
    text = render_net(train(header=Header("a.py", options)))
    about = [line for line in text.splitlines() if "option" in line]
    assert len(about) == 5
    assert all(line.startswith("# ") and len(line) <= 102 for line in about)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_net_comes_back(data):
    message = data.draw(messages.messages(interface.caffe_pb2.NetParameter))
    sections = data.draw(st.one_of(st.just(()), st.tuples(*[messages.TEXTS] * len(message.layer))))
    kind = data.draw(st.sampled_from(["train", "deploy"]))
    text = render_net(NetDocument(kind, message, sections, Header("x", {}, "y")))
    assert_equal(text_format.Parse(text, type(message)()), message)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(messages.messages(interface.caffe_pb2.SolverParameter))
def test_any_solver_comes_back(message):
    assert_equal(text_format.Parse(render_solver(message), type(message)()), message)


def assert_equal(left, right):
    """Compare by bytes where no NaN is: its bits may differ."""
    pair = [text_format.MessageToString(m) for m in (left, right)]
    assert pair[0] == pair[1]
    if "nan" not in pair[0]:
        assert left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)


def test_twenty_thousand_layers_need_no_deep_stack():
    message = bundled.NetParameter(name="deep")
    for number in range(20000):
        message.layer.add(name=f"relu{number}", type="ReLU", bottom=[f"b{number}"], top=[f"b{number + 1}"])
    assert render_net(NetDocument("deploy", message)).count("layer {") == 20000


# A user's templates.

OWN = resources.templates_folder()


def override(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = (OWN / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_template_is_known_by_name():
    assert sorted(path.name for path in OWN.iterdir()) == sorted(TEMPLATES)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("train.prototxt.j2", ("# The net for training", "# Our net for training")),
        ("python_layer.prototxt.j2", ("# The next layer's code", "# Python code")),
        ("_layout.j2", ("# ---- {{ layer.title | comment }} ----", "# == {{ layer.title | comment }}")),
        ("_layout.j2", ('indent ~ "  "', 'indent ~ "\\t"')),
        ("_layout.j2", ("name type bottom top include", "type name top bottom include")),
        ("_layout.j2", ("page = 100", "page = 0")),
    ],
)
def test_a_changed_template_changes_the_text_and_not_the_message(tmp_path, name, change):
    text = render_net(train(), override(tmp_path, name, change))
    assert text != render_net(train())
    assert text_format.Parse(text, type(train().message)()) == train().message


def test_a_template_can_build_on_netgens_own(tmp_path):
    (tmp_path / "train.prototxt.j2").write_text('# Ours\n{% include "netgen/train.prototxt.j2" %}')
    assert render_net(train(), tmp_path) == "# Ours\n" + render_net(train())


def test_a_template_may_print_the_message_in_its_own_way(tmp_path):
    shutil.copy(OWN / "_layout.j2", tmp_path)
    (tmp_path / "train.prototxt.j2").write_text(
        '{% from "_layout.j2" import on_one_line %}name: "tiny"\n'
        "{% for layer in net.layers %}layer: <{{ on_one_line(layer.fields) }}>\n{% endfor %}"
    )
    assert render_net(train(), tmp_path).count("layer: <") == 6


REFUSED = {
    "a layer dropped": (
        ("{% for layer in net.layers %}", "{% for layer in net.layers if layer.name != 'relu1' %}"),
        'layer[2]: layer "relu1" expected, layer "score" rendered',
    ),
    "the last layer dropped": (
        ("{% for layer in net.layers %}", "{% for layer in net.layers[:-1] %}"),
        'layer[5] "check": layer "check" expected, nothing rendered',
    ),
    "a layer added": (
        ("{% endfor %}", '{% endfor %}\nlayer { name: "more" }'),
        'layer[6] "more": nothing expected, layer "more" rendered',
    ),
    "a layer twice": (
        ("{{ layer_block(layer) -}}", "{{ layer_block(layer) }}{{ layer_block(layer) }}"),
        'layer[1]: layer "conv1" expected, layer "data" rendered',
    ),
    "layers in another order": (
        ("net.layers %}", "net.layers | reverse %}"),
        'layer[0] "data" name: "data" expected, "check" rendered',
    ),
    "the net's fields dropped": (
        ("{{ lines(net.fields", "{{ lines([]"),
        'name: "tiny" expected, nothing rendered',
    ),
    "a value changed": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("num_output: 4", "num_output: 5") -'),
        'train.prototxt:31: what was rendered is not the message: layer[1] "conv1" convolution_param.num_output: '
        "4 expected, 5 rendered",
    ),
    "a value dropped": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("decay_mult: 0", "") -'),
        'layer[1] "conv1" param[1].decay_mult: 0 expected, nothing rendered',
    ),
    "a value added": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("pad: 1", "pad: 1 pad: 1") -'),
        'layer[1] "conv1" convolution_param.pad[1]: nothing expected, 1 rendered',
    ),
    "a message dropped": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("include { phase: TEST }", "") -'),
        'layer[5] "check" include[0]: a NetStateRule expected, nothing rendered',
    ),
    "a message added": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("include {", "exclude { } include {") -'),
        'layer[5] "check" exclude[0]: nothing expected, a NetStateRule rendered',
    ),
    "an enum changed": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("TEST", "TRAIN") -'),
        'layer[5] "check" include[0].phase: TEST expected, TRAIN rendered',
    ),
    "no prototxt": (
        ("{% endfor %}", "{% endfor %}\nlayer {"),
        "protobuf does not read what was rendered",
    ),
    "an unknown field": (
        ("layer_block(layer) -", 'layer_block(layer) | replace("kernel_size:", "kernelsize:") -'),
        "ConvolutionParameter has no field 'kernelsize'\n  mend: did you mean kernel_size?",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_template_that_changes_the_message_is_refused(tmp_path, case):
    change, expected = REFUSED[case]
    override(tmp_path, "train.prototxt.j2", change)
    with pytest.raises(EmissionError) as caught:
        render_net(train(), tmp_path)
    assert expected in str(caught.value)
    assert caught.value.site is not None
    assert caught.value.mend


def test_the_line_of_a_difference_is_the_rendered_texts(tmp_path):
    override(
        tmp_path, "train.prototxt.j2", ("layer_block(layer) -", "layer_block(layer) | replace('4', '5') -")
    )
    with pytest.raises(EmissionError) as caught:
        render_net(train(), tmp_path)
    line = render_net(train()).splitlines()[caught.value.site.line - 1]
    assert line.strip() == "num_output: 4"


def test_a_changed_solver_is_refused(tmp_path):
    override(tmp_path, "solver.prototxt.j2", ("{{ lines([field]", "{{ lines([field, field]"))
    with pytest.raises(EmissionError, match="stands twice in one SolverParameter"):
        render_solver(default_solver(), None, tmp_path)


FAILING = {
    "syntax": ("line 1\n{% for %}", "the template is not valid: ", 2),
    "undefined": ("\n{{ layerz }}", "the template uses what is not there: 'layerz' is undefined", 2),
    "undefined attribute": (
        "\n\n{{ net.layer }}",
        "uses what is not there: 'dict object' has no attribute 'layer'",
        3,
    ),
    "python error": ("{{ 1 / 0 }}", "the template fails (ZeroDivisionError): division by zero", 1),
    "sandbox": ("{{ ''.__class__.__mro__ }}", "the template does what a template may not", 1),
    "mutation": ("{{ net.layers.append(1) }}", "the template does what a template may not", 1),
    "no such template": ('\n{% include "_layuot.j2" %}', "there is no template '_layuot.j2'", 2),
    "no such filter": ("{{ 1 | arrangd }}", "the template is not valid: No filter named 'arrangd'", 1),
    "recursion": ('{% include "train.prototxt.j2" %}', "the template fails (RecursionError)", 1),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_template_that_fails_is_an_error_at_its_line(tmp_path, case):
    text, expected, line = FAILING[case]
    (tmp_path / "train.prototxt.j2").write_text(text)
    with pytest.raises(EmissionError) as caught:
        render_net(train(), tmp_path)
    assert expected in str(caught.value)
    assert (caught.value.site.path, caught.value.site.line) == (str(tmp_path / "train.prototxt.j2"), line)


def test_an_error_in_an_included_template_is_at_its_own_line(tmp_path):
    override(tmp_path, "python_layer.prototxt.j2", ("layer {\n", "layer {\n{{ nothing }}\n"))
    with pytest.raises(EmissionError) as caught:
        render_net(train(), tmp_path)
    assert caught.value.site.path == str(tmp_path / "python_layer.prototxt.j2")
    assert caught.value.site.line == 7


def test_a_template_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "train.prototxt.j2").write_bytes(b"\xff")
    with pytest.raises(
        EmissionError, match=r"template 'train\.prototxt\.j2' or one that it includes is not UTF-8"
    ):
        render_net(train(), tmp_path)


def test_no_field_can_be_changed_from_a_template(tmp_path):
    (tmp_path / "train.prototxt.j2").write_text("{% set net.layers[0].name = 'x' %}")
    with pytest.raises(EmissionError):
        render_net(train(), tmp_path)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ((), "holds none of the templates that netgen uses\n  mend: name a template"),
        (("notes.txt",), "holds none of the templates"),
        (
            ("trian.prototxt.j2",),
            "holds none of the templates that netgen uses; did you mean train.prototxt.j2?",
        ),
        (("train.prototxt",), "did you mean train.prototxt.j2?"),
    ],
)
def test_a_folder_without_templates_is_a_mistake(tmp_path, files, expected):
    for name in files:
        (tmp_path / name).write_text("x")
    with pytest.raises(EmissionError) as caught:
        render_net(train(), tmp_path)
    assert expected in str(caught.value)


def test_a_templates_folder_must_be_there(tmp_path):
    with pytest.raises(EmissionError, match="is not a folder of templates"):
        render_net(train(), tmp_path / "none")
