"""The rules: found through an index, and imported when there is something for them to look at.

Most files give most rules nothing to say. The index (``netgen.check.index``, made by ``tools/make_rules.py``)
says of each rule what it looks at, so that checking one good net imports few of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any, Callable, NamedTuple

from netgen.check.index import RULES
from netgen.check.report import Report
from netgen.errors import OptionError, nearest

__all__ = ["Rule", "every_rule", "find_rule", "known_codes", "matches", "rules_of"]


class Rule(NamedTuple):
    """A rule, as the index has it."""

    code: str
    name: str
    severity: str
    scope: str
    """``net``, ``file``, ``solver`` or ``run``: what the rule looks at."""
    module: str
    kinds: tuple[str, ...]
    """The kinds of problems (of a net) or faults (of a file) without which it has nothing to say."""
    types: tuple[str, ...]
    """The layer types without which it has nothing to say."""
    traits: tuple[str, ...]
    """What the file must have for it to have anything to say (``netgen.check.traits``)."""
    after_faults: str
    """What holds of what it says where not all of the text could be read: ``""`` nothing, ``layer`` what it
    says of layers that were read whole, ``structure`` what it says where only parameters could not be read,
    ``always`` everything."""

    @property
    def check(self) -> Callable[[Any], Iterator[Report]]:
        """The rule itself: given a subject, it yields reports."""
        loaded: Callable[[Any], Iterator[Report]] = _module(self.module).check
        return loaded

    @property
    def documentation(self) -> str:
        """What the rule says about itself."""
        return str(_module(self.module).__doc__)


@cache
def _module(name: str) -> Any:
    return importlib.import_module(f"netgen.check.rules.{name}")


@cache
def every_rule() -> tuple[Rule, ...]:
    """Return all rules, sorted by code."""
    return tuple(Rule(*row) for row in RULES)


@cache
def rules_of(scope: str) -> tuple[Rule, ...]:
    """Return the rules that look at one sort of thing."""
    return tuple(rule for rule in every_rule() if rule.scope == scope)


def known_codes() -> list[tuple[str, str]]:
    """Return each rule's code and name."""
    return [(row[0], row[1]) for row in RULES]


def matches(asked: str, code: str, name: str) -> bool:
    """Tell whether a word means a rule: its name, its code, or the beginning of its code (``W2``)."""
    return asked == name or (asked[:1].isupper() and code.startswith(asked))


def find_rule(asked: str) -> Rule:
    """Return the rule of a code or a name.

    Raises
    ------
    OptionError
        Where there is none.
    """
    for rule in every_rule():
        if asked.upper() == rule.code or asked.lower() == rule.name:
            return rule
    guess = nearest(asked, [word for pair in known_codes() for word in pair])
    raise OptionError(
        f"there is no rule {asked!r}", mend=f"did you mean {guess}?" if guess else "netgen explain lists them"
    )
