"""Net states, and the filtering of a net by one: Caffe's ``Net::FilterNet``."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from netgen.errors import OptionError, nearest

__all__ = ["PHASES", "State", "filter_net", "keeps", "phase_of"]

PHASES = ("TRAIN", "TEST")


class _State(NamedTuple):
    phase: str
    stages: tuple[str, ...]
    level: int


class State(_State):
    """The state of a net: Caffe's NetState.

    Parameters
    ----------
    phase : str
        ``"TRAIN"`` or ``"TEST"``.
    stages : tuple of str
        The stages that are on.
    level : int
        The level.

    Raises
    ------
    OptionError
        For a phase that Caffe does not have.
    """

    __slots__ = ()

    def __new__(cls, phase: str, stages: tuple[str, ...] = (), level: int = 0) -> State:
        """Make a state of a phase that Caffe has."""
        if phase not in PHASES:
            guess = nearest(phase, PHASES)
            mend = f"did you mean {guess}?" if guess else None
            raise OptionError(f"there is no phase {phase!r}: Caffe has TRAIN and TEST", mend=mend)
        return super().__new__(cls, phase, stages, level)

    @classmethod
    def parse(cls, text: str) -> State:
        """Read a state as it is written in options: ``TEST`` or ``TEST:stage,other``.

        Examples
        --------
        >>> State.parse("TEST:val")
        State(phase='TEST', stages=('val',), level=0)
        """
        phase, _, stages = text.partition(":")
        return cls(phase.strip(), tuple(s for s in re.split(r"[,\s]+", stages.strip()) if s))

    def __str__(self) -> str:
        return f"{self.phase}:{','.join(self.stages)}" if self.stages else self.phase


def phase_of(rule: Any) -> str:
    """Return the phase that a NetStateRule, a NetState or a layer names, '' where it names none."""
    if not rule.HasField("phase"):
        return ""
    values = rule.DESCRIPTOR.fields_by_name["phase"].enum_type.values_by_number
    return str(values[rule.phase].name)


def _meets(rule: Any, state: State) -> bool:
    """Whether a NetStateRule is met (``Net::StateMeetsRule``)."""
    if phase_of(rule) not in ("", state.phase):
        return False
    if rule.HasField("min_level") and state.level < rule.min_level:
        return False
    if rule.HasField("max_level") and state.level > rule.max_level:
        return False
    stages = set(state.stages)
    return stages.issuperset(rule.stage) and stages.isdisjoint(rule.not_stage)


def keeps(layer: Any, state: State) -> bool:
    """Tell whether a layer stands in a net of this state.

    A layer without rules always does; one with ``include`` rules does where one of them is met; one with
    ``exclude`` rules does where none is (caffe.proto, ``NetStateRule``).
    """
    if layer.include:
        return any(_meets(rule, state) for rule in layer.include)
    return not any(_meets(rule, state) for rule in layer.exclude)


def filter_net(message: Any, state: State) -> Any:
    """Return a copy of a NetParameter that holds the layers of one state alone.

    The layers' own rules stay on them, as in Caffe's ``FilterNet``.
    """
    filtered = type(message)()
    filtered.CopyFrom(message)
    del filtered.layer[:]
    filtered.layer.extend(layer for layer in message.layer if keeps(layer, state))
    return filtered
