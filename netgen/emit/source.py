"""What ``FILE.py:name`` names: a network, a NetSpec, or a function that returns one, in a user's file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Optional

from netgen import interface
from netgen.dsl.evaluation import Evaluation, LayerNote
from netgen.dsl.message import net_message
from netgen.dsl.network import Network
from netgen.dsl.options import Option, options_of, resolve
from netgen.emit.agreement import check_shapes, check_weights
from netgen.emit.merge import merge
from netgen.emit.user_code import UserCode
from netgen.errors import NetworkError, OptionError, Site, listed, nearest
from netgen.graph.phases import State, phase_of

__all__ = ["Draft", "Source", "load_source", "source_of"]


@dataclass(frozen=True)
class Draft:
    """The nets that a source gives for one set of options.

    Parameters
    ----------
    train : Evaluation
        The train net, its states merged.
    deploy : Evaluation, optional
        The deploy net.
    """

    train: Evaluation
    deploy: Optional[Evaluation] = None


@dataclass(frozen=True)
class Source:
    """Something that nets can be emitted from.

    Parameters
    ----------
    name : str
        What it is called, the bundle's name.
    title : str
        How headers call it: ``unet.py:unet`` with the path left out, or ``netgen.networks.unet``.
    path : Path, optional
        The user's file.
    options : mapping of str to Option
        What can be set.
    help : str
        Its docstring.
    """

    name: str
    title: str
    path: Optional[Path]
    options: Mapping[str, Option]
    help: str
    _draft: Callable[[Mapping[str, Any]], Draft] = field(repr=False)
    _code: UserCode = field(repr=False, default_factory=UserCode)

    def draft(self, given: Mapping[str, Any], from_text: bool = False) -> Draft:
        """Write the nets.

        Parameters
        ----------
        given : mapping
            Options that were set.
        from_text : bool
            Whether their values are texts to be read.

        Raises
        ------
        NetgenError
            Whatever is wrong, at the user's file and line.
        """
        values = resolve(self.options, given, from_text, self.name)
        with self._code.running():
            return self._draft(values)


def _is_message(value: Any) -> bool:
    descriptor = getattr(value, "DESCRIPTOR", None)
    return hasattr(value, "ListFields") and getattr(descriptor, "name", "") == "NetParameter"


def _candidates(module: ModuleType) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what can be emitted without being called first, and the functions that could be called."""
    ready: dict[str, Any] = {}
    functions: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        if isinstance(value, (Network, interface.NetSpec)) or _is_message(value):
            ready[name] = value
        elif (
            callable(value)
            and getattr(value, "__module__", None) == module.__name__
            and not isinstance(value, type)
        ):
            functions[name] = value
    return ready, functions


def _chosen(module: ModuleType, path: Path, wanted: Optional[str]) -> tuple[str, Any]:
    ready, functions = _candidates(module)
    every = {**ready, **functions}
    if wanted:
        if wanted in every:
            return wanted, every[wanted]
        if hasattr(module, wanted):
            raise OptionError(
                f"{wanted} in {path.name} is {getattr(module, wanted)!r}, "
                "not a network, a NetSpec or a function",
                mend=f"{path.name} has {listed(every)}" if every else None,
            )
        guess = nearest(wanted, every)
        raise OptionError(
            f"{path.name} has no {wanted!r}; it has {listed(every) or 'nothing that can be emitted'}",
            mend=f"did you mean {path.name}:{guess}?" if guess else None,
        )
    own = {
        n: v for n, v in ready.items() if isinstance(v, Network) and v.function.__module__ == module.__name__
    }
    for group in (own, {n: v for n, v in ready.items() if isinstance(v, Network)}, ready):
        if len(group) == 1:
            return next(iter(group.items()))
        if group:
            raise OptionError(
                f"{path.name} has several networks: {listed(group)}",
                mend=f"say which: {path.name}:{next(iter(group))}",
            )
    public = {name: function for name, function in functions.items() if not name.startswith("_")}
    if len(public) == 1:
        return next(iter(public.items()))
    raise OptionError(
        f"{path.name} has no network" + (f"; its functions are {listed(public)}" if public else ""),
        mend=f"say which function returns a NetSpec: {path.name}:{next(iter(public))}"
        if public
        else "mark a function with @netgen.network, or leave a NetSpec in a variable of the file",
    )


def _plain(value: Any) -> Evaluation:
    """Return a NetSpec or NetParameter as it is, with the states that its own rules speak of."""
    if isinstance(value, interface.NetSpec):
        message, notes = net_message(value)
    else:
        message, notes = value, [LayerNote() for _ in value.layer]
    states = _states(message)
    evaluation = Evaluation(message, states[0], tuple(notes), states=states)
    for state in states:
        check_shapes(evaluation, state)
    return evaluation


def _states(message: Any) -> tuple[State, ...]:
    """Return the states that a net's own rules tell apart: TRAIN, and TEST with each set of stages they name.

    A net whose rules do not speak of phases has no TEST: Caffe would test it on what it trains with.
    """
    rules = [(rule, phase_of(rule)) for layer in message.layer for rule in (*layer.include, *layer.exclude)]
    if not any(phase for _, phase in rules):
        return (State("TRAIN"),)
    stages = {
        tuple(sorted(rule.stage)): None
        for layer in message.layer
        for rule in layer.include
        if rule.stage and phase_of(rule) != "TRAIN"
    }
    return (State("TRAIN"), *(State("TEST", stage) for stage in stages or {(): None}))


def _called(function: Callable[..., Any], name: str, values: Mapping[str, Any]) -> Evaluation:
    result = function(**values)
    if isinstance(result, interface.NetSpec) or _is_message(result):
        return _plain(result)
    code = getattr(function, "__code__", None)
    raise NetworkError(
        f"{name}() returned {result!r} ({type(result).__name__}), not a NetSpec or a NetParameter",
        site=Site(code.co_filename, code.co_firstlineno) if code is not None else None,
        mend="return the NetSpec, or mark the function with @netgen.network and write into the net that it "
        "is given",
    )


def source_of(
    value: Any, name: Optional[str] = None, title: Optional[str] = None, path: Optional[Path] = None
) -> Source:
    """Return a Source for a Network, a NetSpec, a NetParameter, or a function that returns one of the latter.

    Raises
    ------
    OptionError
        For anything else.
    """
    if isinstance(value, Network):
        network = value

        def draft(values: Mapping[str, Any]) -> Draft:
            evaluations = network.evaluations(**values)
            deploy = network.deploy(**values) if network.has_deploy else None
            forms = [*evaluations, deploy] if deploy is not None else list(evaluations)
            check_weights(forms)
            for form in forms:
                check_shapes(form)
            return Draft(merge(evaluations), deploy)

        return Source(
            network.name, title or network.name, path, network.options, network.function.__doc__ or "", draft
        )
    if isinstance(value, interface.NetSpec) or _is_message(value):
        called = name or "net"
        return Source(called, title or called, path, {}, "", lambda _: Draft(_plain(value)))
    if callable(value):
        called = name or str(getattr(value, "__name__", "net"))
        function = value
        options = options_of(function, skip_first=False)
        return Source(
            called, title or called, path, options, function.__doc__ or "",
            lambda values: Draft(_called(function, called, values)),
        )  # fmt: skip
    raise OptionError(
        f"a network, a NetSpec, a NetParameter or a function that returns one is wanted, came {value!r}"
    )


def load_source(target: str) -> Source:
    """Return what ``FILE.py`` or ``FILE.py:name`` names.

    Parameters
    ----------
    target : str
        The file, and after a colon the network, NetSpec or function in it. The name can be left out where
        there is just one.

    Raises
    ------
    OptionError
        The file or the name does not exist, or several could be meant.
    NetworkError
        The file's own code fails, with its file and line.
    """
    file, name = _split(target)
    path = Path(file).resolve()
    code = UserCode(path)
    chosen, value = _chosen(code.load(), path, name)
    return replace(source_of(value, name=chosen, title=f"{path.name}:{chosen}", path=path), _code=code)


def _split(target: str) -> tuple[str, Optional[str]]:
    # A drive's colon (C:\net.py) is no separator.
    head, colon, tail = target.rpartition(":")
    if not colon or len(head) == 1 or os.sep in tail or "/" in tail:
        return target, None
    return head, tail or None
