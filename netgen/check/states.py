"""The states of which a net's file speaks: those that its rules tell apart."""

from __future__ import annotations

from typing import Any

from netgen.graph.phases import PHASES, State, phase_of

__all__ = ["same_in_all_phases", "spoken_of"]

_MOST = 16  # a file whose rules make more states than this is checked in these


def same_in_all_phases(message: Any) -> bool:
    """Tell whether the phase changes nothing in a NetParameter: no layer has rules or a phase of its own."""
    return not any(layer.include or layer.exclude or layer.HasField("phase") for layer in message.layer)


def spoken_of(message: Any) -> list[State]:
    """Return TRAIN and TEST, then each further state for which the file has a rule.

    Parameters
    ----------
    message : NetParameter
        The net, upgraded.

    Notes
    -----
    A rule with stages gives the state that has just these on; one with levels the level nearest to 0 that it
    wants. Combinations of several rules are not looked for.
    """
    states = [State(phase) for phase in PHASES]
    seen = {(state.phase, state.stages, state.level) for state in states}
    for layer in message.layer:
        if not layer.include and not layer.exclude:
            continue
        for rule in (*layer.include, *layer.exclude):
            level = rule.min_level if rule.HasField("min_level") and rule.min_level > 0 else 0
            if rule.HasField("max_level") and rule.max_level < level:
                level = rule.max_level
            stages = tuple(rule.stage)
            if not stages and not level:
                continue
            named = phase_of(rule)
            for phase in (named,) if named else PHASES:
                key = (phase, stages, level)
                if key not in seen and len(states) < _MOST:
                    seen.add(key)
                    states.append(State(phase, stages, level))
    return states
