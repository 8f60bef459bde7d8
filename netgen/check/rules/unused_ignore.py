"""A comment that silences nothing.

``# netgen: ignore[CODE]`` at the end of a line leaves out what is found in that line; on a line of its own,
what is found in the next; where a layer begins there, in the whole layer. One that leaves nothing out any
more hides the next mistake of its kind, so it is said.

Fails
-----
    name: "net"
    layer {
      name: "data"
      type: "Input"
      top: "data"  # netgen: ignore[N101]
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Passes
------
    name: "net"
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "dat"  # netgen: ignore[N101]
      top: "relu"
    }

Source
------
netgen's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from netgen.check.report import Report

CODE = "C101"
NAME = "unused-ignore"
SEVERITY = "warning"
SCOPE = "ignore"


def check(subject: Iterable[Any]) -> Iterator[Report]:
    for ignore in subject:
        for code in ignore.unused:
            yield Report(
                f"{code} is ignored here, but nothing of it is found", mend="take it out", fault=ignore
            )
