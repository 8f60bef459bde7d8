"""``@network``: one function, evaluated for each state."""

from __future__ import annotations

from typing import Any

import pytest

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen.dsl.origin import current_net
from netgen.errors import LayerError, NetworkError, OptionError, Site
from netgen.graph import State


@ng.network
def tiny(net: Any, size: int = 8, ratio: float = 0.5) -> None:
    """Make a tiny net."""
    net.section("data")
    net.data = L.Input(shape={"dim": [1, 1, size, size]})
    net.section("score")
    net.score = L.Convolution(net.data, num_output=1, kernel_size=3)
    if net.training:
        net.drop = L.Dropout(net.score, dropout_ratio=ratio)
    if net.deploying:
        net.prob = L.Sigmoid(net.score)


def names(evaluation: Any) -> list[str]:
    return [layer.name for layer in evaluation.message.layer]


def test_each_state_has_its_net() -> None:
    train, test = tiny.evaluations(size=9)
    deploy = tiny.deploy()
    assert names(train) == ["data", "score", "drop"]
    assert names(test) == ["data", "score"]
    assert names(deploy) == ["data", "score", "prob"]
    assert [e.state for e in (train, test, deploy)] == [State("TRAIN"), State("TEST"), State("TEST")]
    assert [e.deploying for e in (train, test, deploy)] == [False, False, True]
    assert train.message.layer[0].input_param.shape[0].dim[2] == 9
    assert deploy.message.layer[0].input_param.shape[0].dim[2] == 8
    assert {e.message.name for e in (train, test, deploy)} == {"tiny"}


def test_what_is_remembered_of_a_layer() -> None:
    deploy = tiny.deploy()
    first = tiny.site.line
    assert [note.site for note in deploy.notes] == [
        Site(__file__, first + 4),
        Site(__file__, first + 6),
        Site(__file__, first + 10),
    ]
    assert deploy.sections == ("data", "score", "score")


def test_a_network_knows_its_function() -> None:
    assert tiny.name == "tiny"
    assert tiny.__doc__ == "Make a tiny net."
    assert str(tiny.source) == __file__
    assert list(tiny.options) == ["size", "ratio"]
    assert repr(tiny) == "<network tiny(size, ratio)>"


def test_states_and_names_of_ones_own() -> None:
    @ng.network(name="other-name", states=("TRAIN", "TEST:val", "TEST:test,last"), deploy=False)
    def staged(net: Any) -> None:
        net.data = L.Input(shape={"dim": [1]})
        if "val" in net.stages:
            net.val = L.ReLU(net.data)

    assert [str(state) for state in staged.states] == ["TRAIN", "TEST:val", "TEST:test,last"]
    assert [names(e) for e in staged.evaluations()] == [["data"], ["data", "val"], ["data"]]
    assert staged.evaluate("TEST:val").message.name == "other-name"
    assert not staged.has_deploy


def test_options_may_have_any_name() -> None:
    @ng.network
    def odd(net: Any, state: int = 1, self: int = 2, options: int = 3, deploying: bool = True) -> None:
        net.data = L.Input(shape={"dim": [state, self, options, int(deploying)]})

    wanted = [5, 6, 7, 0]
    given = {"state": 5, "self": 6, "options": 7, "deploying": False}
    for evaluation in (*odd.evaluations(**given), odd.deploy(**given)):
        assert list(evaluation.message.layer[0].input_param.shape[0].dim) == wanted


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="network tiny has no option 'sise'"):
        tiny.deploy(sise=3)
    with pytest.raises(OptionError, match="option size wants a whole number, came '3'"):
        tiny.deploy(size="3")


def test_networks_are_parts_of_networks() -> None:
    @ng.network
    def whole(net: Any) -> None:
        with net.section("the tiny part"):
            tiny(net, size=5)
        net.end = L.ReLU(net.score)

    assert names(whole.deploy()) == ["data", "score", "prob", "end"]


def test_evaluations_may_be_nested() -> None:
    inner: list[Any] = []

    @ng.network
    def outer(net: Any) -> None:
        net.data = L.Input(shape={"dim": [1]})
        inner.append(tiny.deploy())
        net.relu = L.ReLU(net.data)

    assert names(outer.evaluate("TRAIN")) == ["data", "relu"]
    assert names(inner[0]) == ["data", "score", "prob"]
    assert current_net.get() is None


def test_an_error_leaves_no_net_behind() -> None:
    @ng.network
    def broken(net: Any) -> None:
        L.Nothing()

    with pytest.raises(LayerError):
        broken.deploy()
    assert current_net.get() is None


def test_networks_that_are_none() -> None:
    def empty(net: Any) -> None:
        pass

    def returns(net: Any) -> int:
        net.data = L.Input(shape={"dim": [1]})
        return 3

    def other(net: Any) -> Any:
        n = interface.NetSpec()
        n.data = L.Input(shape={"dim": [1]})
        return n

    for function, said in (
        (empty, "network empty wrote no layer for deploy"),
        (returns, "network returns returned 3; it writes into the net and returns nothing"),
        (other, "network other returned a NetSpec of its own"),
    ):
        with pytest.raises(NetworkError, match=said) as e:
            ng.network(function).deploy()
        assert e.value.site == Site(__file__, function.__code__.co_firstlineno)


def test_a_network_may_return_its_net() -> None:
    @ng.network
    def returning(net: Any) -> Any:
        net.data = L.Input(shape={"dim": [1]})
        return net

    assert names(returning.deploy()) == ["data"]


def test_a_function_that_takes_no_net() -> None:
    def none() -> None: ...

    with pytest.raises(NetworkError, match="network none takes no net"):
        ng.network(none)


def test_states_that_do_not_exist() -> None:
    with pytest.raises(OptionError, match="there is no phase 'TESTING'") as e:
        ng.network(states=("TRAIN", "TESTING"))(lambda net: None)
    assert e.value.mend == "did you mean TEST?"


def test_the_facade_holds_what_it_says() -> None:
    for name in ng.__all__:
        assert getattr(ng, name) is not None
    assert dir(ng) == sorted(ng.__all__)
    with pytest.raises(AttributeError, match="module 'netgen' has no attribute 'nothing'"):
        _ = ng.nothing
