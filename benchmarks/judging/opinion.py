"""What netgen says of a net, in the terms of Caffe's verdicts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Optional

from netgen import prototxt
from netgen.check.api import check
from netgen.check.settings import Settings
from netgen.graph.net import NetGraph, Remembered, load
from netgen.graph.phases import State
from netgen.graph.setup.files import Files
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.upgrade import upgrade
from netgen.schema import select


class Place(NamedTuple):
    """Where netgen would have Caffe end: its first problem."""

    stage: str
    """``parse``, ``upgrade`` or ``net``."""
    kind: str
    message: str
    line: int = 0
    column: int = 0
    layer: Optional[str] = None
    layer_type: str = ""
    before: Optional[str] = None
    """The layer that Caffe sets up before that one."""
    blob: Optional[str] = None


class Opinion(NamedTuple):
    """netgen's opinion of a net in one state; ``first`` is None where it finds nothing wrong."""

    first: Optional[Place]
    graph: Optional[NetGraph] = None

    @property
    def ok(self) -> bool:
        return self.first is None


class Reader:
    """netgen's reading of one text, which is asked about in several states."""

    def __init__(self, text: bytes, schema: str) -> None:
        self.text = text
        self.schema, self.remembered = _schema(schema)
        reading = prototxt.read(text, self.schema.messages.NetParameter)
        self.fault: Optional[Place] = None
        if reading.errors:
            error = reading.errors[0]
            self.fault = Place("parse", error.kind, error.message, error.line, error.column)
            return
        upgraded = upgrade(reading.message)
        self.message = upgraded.message
        if upgraded.problems:
            problem = upgraded.problems[0]
            self.fault = Place("upgrade", problem.kind, problem.message, layer=problem.layer_name)

    def _python(self, state: State) -> Optional[Place]:
        """Return what is certain to fail of Python layers whose module is there to be read."""
        found = check(
            "net.prototxt",
            text=self.text,
            schema=self.schema.name,
            states=[state],
            settings=Settings(select=("L113",), python_paths=(str(_MODULES),)),
        )
        for finding in found:
            if finding.is_error:
                return Place("net", "python", finding.message, 0, 0, finding.layer, "Python")
        return None

    def opinion(
        self, phase: str, stages: tuple[str, ...] = (), level: int = 0, *, stubbed: bool = False
    ) -> Opinion:
        """Return netgen's opinion of the net in a state.

        Where Python layers were ``stubbed`` the judge had layers of its own in their places, for whose shapes
        it may have refused later layers: netgen is told of them.
        """
        if self.fault:
            return Opinion(self.fault)
        state = State(phase, stages, level)
        types = {"Python": LayerType(_stub)} if stubbed else None
        files = _modules(self.message) if not stubbed else None
        graph = load(self.message, state, self.schema, remembered=self.remembered, types=types, files=files)
        if files is not None and not graph.problems:
            place = self._python(state)
            if place is not None:
                return Opinion(place, graph)
        return Opinion(_place(graph) if graph.problems else None, graph)


def _modules(message: Any) -> Optional[Files]:
    """Return where the module lies that the judge's own Python layers are in, for nets that name it."""
    if not any(layer.type == "Python" for layer in message.layer):
        return None
    return (
        Files("", (str(_MODULES),))
        if any(layer.python_param.module == _MODULE for layer in message.layer if layer.type == "Python")
        else None
    )


def _stub(setup: Setup) -> Made:
    """Give what the judge's stubs do: a loss is one number, all else is as its first bottom is."""
    if not setup.bottoms:
        return Made((None,) * setup.ntop, None)
    loss = "loss" in setup.layer.python_param.layer.lower()
    return Made(((1,) if loss else setup.bottoms[0],) * setup.ntop, None)


_MODULE = "corpus_layers"
_MODULES = Path(__file__).with_name("modules")


@cache
def _schema(name: str) -> tuple[Any, Remembered]:
    return select(name), Remembered.new()


def _place(graph: NetGraph) -> Place:
    problem = graph.problems[0]
    layer_type, before = "", None
    previous = None
    for layer in graph.layers:
        # A Split has the source of the layer before it.
        if layer.problem == problem and layer.name == problem.layer_name:
            layer_type, before = layer.type, previous
            break
        previous = layer.name
    return Place(
        "net", problem.kind, problem.message, 0, 0, problem.layer_name, layer_type, before, problem.blob
    )
