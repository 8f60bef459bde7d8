"""Scripts on ``ng.Net`` and ``netgen.layers`` give what they give on plain NetSpec and layers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen import params as P
from netgen.dsl.message import net_message
from netgen.errors import LayerError

_spec = importlib.util.spec_from_file_location(
    "netspec_scripts", Path(__file__).parents[1] / "interface" / "scripts.py"
)
assert _spec is not None
assert _spec.loader is not None
_scripts = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _scripts
_spec.loader.exec_module(_scripts)
SCRIPTS: dict[str, Any] = _scripts.SCRIPTS

# What these do is taken for a mistake. The texts are what is said of it.
REFUSED_ON_NET = {
    "made_up_names_meet_given_ones": "two layers are named 'ReLU1'",
    "name_and_type_said_as_parameters": "there is no layer type 'Custom'",
    "more_tops_and_bottoms_said_as_parameters": "'top' cannot be set",
    "a_name_given_twice": "'x' is the name of a blob already",
    "two_names_for_one_top": "this Top is named 'first' already",
    "a_layer_assigned_instead_of_its_top": "assign the layer's top, not its Function",
    "values_at_the_edge": "shift wants a number, came False",
    "parameters_of_layers_that_caffe_does_not_know": "there is no layer type 'MyOwnLayer'",
}
# A plain script may do more: whatever NetSpec makes a net of that Caffe could load.
REFUSED_WHEN_EMITTED = {
    name: REFUSED_ON_NET[name]
    for name in (
        "made_up_names_meet_given_ones",
        "values_at_the_edge",
        "parameters_of_layers_that_caffe_does_not_know",
    )
}


def plain(name: str) -> Any:
    return SCRIPTS[name](interface.NetSpec, interface.layers, interface.params)


@pytest.mark.parametrize("name", sorted(set(SCRIPTS) - set(REFUSED_ON_NET) - {"empty_dicts"}))
def test_the_same_net(name: str) -> None:
    assert SCRIPTS[name](ng.Net, L, P).to_proto() == plain(name).to_proto()


@pytest.mark.parametrize("name", sorted(REFUSED_ON_NET))
def test_what_is_a_mistake_on_net(name: str) -> None:
    with pytest.raises(LayerError) as e:
        SCRIPTS[name](ng.Net, L, P).to_proto()
    assert REFUSED_ON_NET[name] in str(e.value)


def test_empty_dicts_are_messages_that_are_present() -> None:
    message = SCRIPTS["empty_dicts"](ng.Net, L, P).to_proto()
    without = plain("empty_dicts").to_proto()
    drop, conv, rule = message.layer[1:]
    assert drop.HasField("dropout_param")
    assert conv.convolution_param.HasField("weight_filler")
    assert len(conv.param) == 2
    assert rule.HasField("relu_param")
    assert len(rule.include) == 1
    drop.ClearField("dropout_param")
    conv.convolution_param.ClearField("weight_filler")
    rule.ClearField("relu_param")
    assert message == without


@pytest.mark.parametrize("name", sorted(set(SCRIPTS) - set(REFUSED_WHEN_EMITTED)))
def test_a_plain_script_is_emitted_as_it_is(name: str) -> None:
    spec = plain(name)
    if not isinstance(spec, interface.NetSpec):
        pytest.skip("this one ends in a Top")
    wanted = spec.to_proto()
    message, notes = net_message(spec)
    assert message == wanted
    assert len(notes) == len(message.layer)
    assert spec.to_proto() == wanted
    assert net_message(spec)[0] == wanted


@pytest.mark.parametrize("name", sorted(REFUSED_WHEN_EMITTED))
def test_what_is_a_mistake_in_a_plain_script(name: str) -> None:
    with pytest.raises(LayerError) as e:
        net_message(plain(name))
    assert REFUSED_WHEN_EMITTED[name] in str(e.value)


def test_what_a_plain_script_says_wrongly_names_the_layer() -> None:
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1, 3, 8, 8]})
    n.conv = interface.layers.Convolution(n.data, num_output=3, kernel_size=3, wieght_filler={"type": "msra"})
    with pytest.raises(LayerError, match="layer 'conv': Convolution has no parameter 'wieght_filler'") as e:
        net_message(n)
    assert e.value.mend == "did you mean weight_filler?"


@pytest.mark.parametrize(
    ("value", "said"),
    [(3, r"'x' of the net is not a Top but 3 \(int\)"), (None, "'x' of the net is not a Top")],
)
def test_what_is_no_layer_in_a_plain_script(value: Any, said: str) -> None:
    n = interface.NetSpec()
    n.x = value
    with pytest.raises(LayerError, match=said):
        net_message(n)


def test_tuples_of_tops_in_a_plain_script() -> None:
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1, 2]})
    n.parts = interface.layers.Slice(n.data, ntop=2)
    with pytest.raises(LayerError, match="'parts' of the net is a tuple of 2 Tops") as e:
        net_message(n)
    assert e.value.mend is not None
    assert e.value.mend.startswith("give each top a name")
