"""A comment for netgen that says nothing it knows.

What is to be left out stands in brackets, by code, by the beginning of a code, or by name: ``# netgen:
ignore[N101, dangling-top]``. A comment without brackets, or one that names a rule which does not exist,
silences nothing.

Fails
-----
    name: "net"
    layer {
      name: "data"
      type: "Input"
      top: "data"  # netgen: ignore
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Passes
------
    name: "net"
    layer {
      name: "relu"
      type: "ReLU"
      bottom: "dat"  # netgen: ignore[unknown-bottom]
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

CODE = "C103"
NAME = "odd-ignore"
SEVERITY = "warning"
SCOPE = "ignore"


def check(subject: Iterable[Any]) -> Iterator[Report]:
    for ignore in subject:
        if not ignore.codes:
            yield Report(
                f"{ignore.text!r} silences nothing",
                mend="write the rules to leave out: # netgen: ignore[CODE]",
                fault=ignore,
            )
        for code, guess in ignore.unknown:
            mend = f"did you mean {guess}?" if guess else "netgen explain lists the rules"
            yield Report(f"there is no rule {code!r} to ignore", mend=mend, fault=ignore)
