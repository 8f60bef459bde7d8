"""``@network``: one Python function that gives a net's TRAIN, TEST and deploy forms."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union, overload

from netgen import interface
from netgen.dsl.evaluation import Evaluation
from netgen.dsl.options import Option, options_of, resolve
from netgen.dsl.origin import current_net
from netgen.errors import NetworkError, Site
from netgen.graph.phases import State

__all__ = ["Network", "network"]

DEFAULT_STATES = ("TRAIN", "TEST")


class Network:
    """A network: a function of a Net and of options, evaluated once for each state.

    Made by ``@netgen.network``.

    Parameters
    ----------
    function : callable
        ``function(net, **options)``; what it writes into ``net`` is the network.
    name : str, optional
        The net's name in the files; the function's own by default.
    states : sequence of str
        The states of the train file: ``"TRAIN"``, ``"TEST"``, ``"TEST:stage"``.
    deploy : bool
        Whether the network has a deploy form.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: Optional[str] = None,
        states: Sequence[str] = DEFAULT_STATES,
        deploy: bool = True,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name or function.__name__
        self.states: tuple[State, ...] = tuple(State.parse(state) for state in states)
        self.has_deploy = deploy
        self.options: dict[str, Option] = options_of(function)
        if not inspect.signature(function).parameters:
            raise NetworkError(
                f"network {self.name} takes no net: its first parameter is the net to write into",
                site=self.site,
                mend=f"def {function.__name__}(net, ...):",
            )

    def __repr__(self) -> str:
        return f"<network {self.name}({', '.join(self.options)})>"

    def __call__(self, net: Any, *args: Any, **options: Any) -> Any:
        """Write this network into a net that is being written, as a part of another network."""
        return self.function(net, *args, **options)

    @property
    def site(self) -> Site:
        """Where the function is written."""
        code = self.function.__code__
        return Site(code.co_filename, code.co_firstlineno)

    @property
    def source(self) -> Path:
        """The file in which the function is written."""
        return Path(self.function.__code__.co_filename)

    def resolve(self, given: Mapping[str, Any], from_text: bool = False) -> dict[str, Any]:
        """Return every option's value; see ``netgen.dsl.options.resolve``."""
        return resolve(self.options, given, from_text, f"network {self.name}")

    def evaluate(self, state: Union[State, str], deploying: bool = False, /, **options: Any) -> Evaluation:
        """Write the network for one state.

        Parameters
        ----------
        state : State or str
            ``"TRAIN"``, ``"TEST"``, ``"TEST:stage"``.
        deploying : bool
            Whether it is the deploy net.
        **options
            The network's options; those not given have their defaults.

        Raises
        ------
        LayerError, NetworkError, OptionError
            What is wrong with the network, at the user's file and line.
        """
        from netgen.dsl.message import net_message
        from netgen.dsl.net import Net

        if isinstance(state, str):
            state = State.parse(state)
        values = self.resolve(options)
        net = Net(state.phase, state.stages, deploying)
        token = current_net.set(net)
        try:
            result = self.function(net, **values)
        finally:
            current_net.reset(token)
        if result is not None and result is not net:
            if isinstance(result, interface.NetSpec):
                raise NetworkError(
                    f"network {self.name} returned a NetSpec of its own and left the net it was given aside",
                    site=self.site,
                    mend="write into the net that is given, or take @network off: a function that returns a "
                    "NetSpec can be emitted as it is",
                )
            raise NetworkError(
                f"network {self.name} returned {result!r}; it writes into the net and returns nothing",
                site=self.site,
            )
        if not net.tops:
            raise NetworkError(f"network {self.name} wrote no layer for {net.phase_shown}", site=self.site)
        net.check_used()
        message, notes = net_message(net)
        message.name = self.name
        return Evaluation(message, state, tuple(notes), deploying=deploying)

    def deploy(self, /, **options: Any) -> Evaluation:
        """Write the deploy net, which Caffe loads in phase TEST."""
        return self.evaluate(State("TEST"), True, **options)

    def evaluations(self, /, **options: Any) -> tuple[Evaluation, ...]:
        """Write the network for each state of the train file."""
        return tuple(self.evaluate(state, **options) for state in self.states)


@overload
def network(function: Callable[..., Any]) -> Network: ...


@overload
def network(
    *, name: Optional[str] = None, states: Sequence[str] = DEFAULT_STATES, deploy: bool = True
) -> Callable[[Callable[..., Any]], Network]: ...


def network(
    function: Optional[Callable[..., Any]] = None,
    *,
    name: Optional[str] = None,
    states: Sequence[str] = DEFAULT_STATES,
    deploy: bool = True,
) -> Union[Network, Callable[[Callable[..., Any]], Network]]:
    """Make a network of a function: ``@netgen.network`` or ``@netgen.network(name=..., states=...)``.

    Parameters
    ----------
    function : callable
        ``function(net, **options)``. Its parameters after the net are the network's options.
    name : str, optional
        The net's name in the files; the function's own by default.
    states : sequence of str
        The states that the train file holds. A stage is written after a colon: ``("TRAIN", "TEST:val")``.
    deploy : bool
        False for a network that has no deploy form.

    Examples
    --------
    >>> import netgen as ng
    >>> from netgen import layers as L
    >>> @ng.network
    ... def tiny(net, size=8):
    ...     net.data = L.Input(shape=dict(dim=[1, 1, size, size]))
    ...     net.score = L.Convolution(net.data, num_output=1, kernel_size=3)
    >>> tiny.deploy(size=10).message.layer[0].input_param.shape[0].dim[2]
    10
    """

    def wrap(wrapped: Callable[..., Any]) -> Network:
        return Network(wrapped, name=name, states=states, deploy=deploy)

    return wrap if function is None else wrap(function)
