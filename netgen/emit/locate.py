"""The line of a text at which a field of its message stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Optional

__all__ = ["line_of"]

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<open>[{<])|(?P<close>[}>])
    |(?P<colon>:)|(?P<list>\[)|(?P<listed>\])|(?P<comma>[,;])
    |(?P<word>[^\s{}<>\[\]:,;"'\#]+)""",
    re.VERBOSE,
)


def line_of(text: str, steps: Sequence[tuple[str, Optional[int]]]) -> int:
    """Return the line, from 1, of a field, or of the innermost message on the way to it that the text has.

    Parameters
    ----------
    text : str
        A text that protobuf reads.
    steps : sequence of (str, int or None)
        The way to the field: names, with a place from 0 for a field that is repeated.
    """
    found = 0
    # For each open message: how many fields of each name came so far, and whether it is on the way.
    messages: list[tuple[dict[str, int], bool]] = [({}, True)]
    name, expects_name, in_list = "", True, False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word" and expects_name:
            name, expects_name = match.group(), False
        elif kind == "string" and expects_name:
            continue  # goes on the string before it
        elif kind in ("word", "string", "open"):
            counts, on_way = messages[-1]
            place = counts[name] = counts.get(name, -1) + 1
            step = steps[len(messages) - 1] if len(messages) <= len(steps) else None
            on_way = on_way and step is not None and step[0] == name and (step[1] or 0) == place
            if on_way:
                found = match.start()
                if len(messages) == len(steps):
                    break
            expects_name = not in_list
            if kind == "open":
                messages.append(({}, on_way))
                expects_name, in_list = True, False
        elif kind == "close":
            messages.pop()
            expects_name = True
        elif kind in ("list", "listed"):
            in_list = kind == "list"
            expects_name = not in_list
    return text.count("\n", 0, found) + 1
