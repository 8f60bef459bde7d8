"""The setting up of forks' layers, case for case: what the forks' sources say, as no Caffe of theirs is at hand."""

import contextlib
import re
from pathlib import Path

import pytest

from netgen import schema
from netgen.graph.setup.forks import fork_types
from netgen.graph.setup.kinds import Setup
from netgen.graph.setup.registry import layer_type, layer_types, set_up
from netgen.graph.shape import Refusal
from netgen.prototxt import parse

TEXT = Path(__file__).with_name("fork_layers.txt").read_text(encoding="utf-8")
CASES = re.split("^== ", TEXT, flags=re.MULTILINE)[1:]


def shapes(text):
    words = {"?": None, "scalar": ()}
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return [words[part] if part in words else tuple(map(int, part.split("x"))) for part in parts]


@pytest.mark.parametrize("case", CASES, ids=[case.partition("\n")[0].split(" | ")[1] for case in CASES])
def test_a_forks_layer(case):
    head, _, body = case.partition("\n")
    name, _, bottoms, result, *params = (part.strip() for part in re.split(r"\|", head))
    chosen = schema.select(name)
    (layer,) = parse(f"layer {{ {body} }}", chosen.messages.NetParameter).layer
    refusal = re.fullmatch(r"!(\S+) (\S+)", result)
    kind = layer_type(layer.type, name)
    tops = [None] * (len(layer.top) or kind.exact_tops or 1) if refusal else shapes(result)
    given = tuple(shapes(bottoms))
    setup = Setup(layer, given, len(tops), "TRAIN", (-1,) * len(tops), loss_weights=(1.0,))
    if refusal:
        with pytest.raises(Refusal) as caught:
            set_up(setup, kind)
        field = tuple(int(part) if part.isdigit() else part for part in refusal[2].split("."))
        assert (caught.value.kind, caught.value.field) == (refusal[1], field)
        return
    made = set_up(setup, kind)
    assert list(made.tops) == tops
    if params == ["?"]:
        assert made.params is None
    else:
        assert list(made.params) == shapes(params[0] if params else "")


@pytest.mark.parametrize("name", schema.names())
def test_the_rules_are_for_types_that_the_fork_has(name):
    chosen = schema.select(name)
    types = fork_types(name)
    assert set(types) <= chosen.layer_types
    assert set(types) <= set(layer_types(name))
    fields = chosen.messages.LayerParameter.DESCRIPTOR.fields_by_name
    for kind in types:
        assert all(field in fields for field in chosen.used_fields(kind))


def test_a_loss_of_fast_rcnn_weighs_nothing_by_itself():
    """Its LayerSetUp does not call LossLayer's; SSD's does."""
    assert not fork_types("faster-rcnn")["SmoothL1Loss"].loss
    assert fork_types("ssd")["SmoothL1Loss"].loss


def test_plain_caffe_and_a_users_own_have_none():
    assert fork_types("bvlc") == {}
    assert fork_types("somewhere/caffe.proto") == {}


@pytest.mark.parametrize("in_place", ["Reorg", "Squeeze", "Mul"])
def test_what_does_not_work_in_place(in_place):
    chosen = schema.select("synopsys")
    layer = chosen.messages.LayerParameter(type=in_place)
    layer.reorg_param.stride = 1
    setup = Setup(layer, ((1, 2, 4, 4),), 1, "TRAIN", (0,))
    with pytest.raises(Refusal) as caught:
        set_up(setup, fork_types("synopsys")[in_place])
    assert caught.value.kind == "in-place"


def fill(message):
    """Set every field of a message, messages in it to nothing."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None:
            value.add() if hasattr(value, "add") else value.SetInParent()
        else:
            enum = field.enum_type
            one = (
                enum.values[0].number if enum is not None else {7: True, 9: "constant"}.get(field.cpp_type, 2)
            )
            value.append(one) if hasattr(value, "append") else setattr(message, field.name, one)


@pytest.mark.parametrize("name", schema.names())
def test_no_rule_dies_of_what_a_fork_can_say(name):
    chosen = schema.select(name)
    for type_name in chosen.layer_types & set(layer_types(name)):
        kind = layer_type(type_name, name)
        layer = chosen.messages.LayerParameter(type=type_name)
        for field in chosen.used_fields(type_name):
            fill(getattr(layer, field))
        bottoms = kind.min_bottoms or 1 if kind.exact_bottoms is None else kind.exact_bottoms
        tops = kind.min_tops or 1 if kind.exact_tops is None else kind.exact_tops
        for shape in (None, (2, 3, 4, 5), (2, 8), ()):
            setup = Setup(layer, (shape,) * bottoms, tops, "TRAIN", (-1,) * tops, loss_weights=(1.0,))
            with contextlib.suppress(Refusal):
                assert len(set_up(setup, kind).tops) == tops
