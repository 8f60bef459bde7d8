"""The fuzzer's own parts: nets that come again, and nets made small."""

from __future__ import annotations

import random
from typing import Any

import pytest
from fuzzing.minimise import minimise
from fuzzing.mutants import bend, misspell
from fuzzing.nets import random_net
from fuzzing.recipes import RECIPES
from fuzzing.values import change_a_field

from netgen.schema import select


@pytest.fixture(scope="module")
def schema() -> Any:
    return select("kendryte")


def test_every_type_has_a_recipe(schema: Any) -> None:
    assert set(RECIPES) == set(schema.layer_types)


def test_a_seed_gives_the_same_net_again(schema: Any) -> None:
    for layer_type in sorted(schema.layer_types):
        first, again = (random_net(random.Random(f"3:{layer_type}"), schema, layer_type) for _ in range(2))
        assert first == again
        other = random_net(random.Random(f"4:{layer_type}"), schema, layer_type)
        assert other.message != first.message


def test_every_field_of_every_types_parameters_gets_a_chance(schema: Any) -> None:
    draw = random.Random(1)
    for layer_type in sorted(schema.layer_types):
        for field in schema.used_fields(layer_type):
            changed = set()
            for _ in range(400):
                param = getattr(schema.messages.LayerParameter(), field)
                changed.add(change_a_field(draw, param).split(".")[0])
            assert changed == {one.name for one in param.DESCRIPTOR.fields}


def test_a_net_is_made_as_small_as_can_be(schema: Any) -> None:
    message = random_net(random.Random("5:Convolution"), schema, "Convolution").message
    message.layer.add(name="wanted", type="Slice", top=["a", "b"]).slice_param.slice_point.extend([1, 2, 3])

    def still(net: Any) -> bool:
        return any(2 in layer.slice_param.slice_point for layer in net.layer)

    smallest = minimise(message, still)
    wanted = schema.messages.NetParameter()
    wanted.layer.add().slice_param.slice_point.append(2)
    assert smallest == wanted
    assert minimise(message, lambda net: False) == message


@pytest.mark.parametrize("layer", ["layer { name: 'x' type: 'ReLU' }", "layers { name: 'x' type: RELU }"])
def test_mutants_come_again_and_differ(schema: Any, layer: str) -> None:
    text = f"name: 'net' # a comment\n{layer}\n"
    bent, misspelt = set(), set()
    for number in range(60):
        mutants = [misspell(random.Random(f"6:{number}"), text) for _ in range(2)]
        assert mutants[0] == mutants[1]
        misspelt.add(mutants[0])
        bent.add(bend(random.Random(f"6:{number}"), text, schema))
    assert len(misspelt - {text.encode()}) > 40
    assert len(bent) > 20
    assert None not in bent
    assert bend(random.Random(6), "layer { no", schema) is None
