"""No rule raises, whatever the net: the cases of all rules, bent in many ways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rule_cases import DATA, example

from netgen.check import check
from netgen.check.loading import every_rule

_NUMBER = re.compile(r"(?<=: )-?[\d.]+")
_NAME = re.compile(r'"\w+"')


def texts() -> Iterator[str]:
    for rule in every_rule():
        if rule.code[0] in "NLW" and rule.code != "L199":
            yield example(rule, "Fails")
    for path in sorted(DATA.glob("[NLW]*/*.prototxt")):
        yield path.read_text(encoding="utf-8", errors="replace")


def bent(text: str) -> Iterator[str]:
    """Yield a net with one thing in it another: a line, a layer, a number, a name."""
    lines = text.split("\n")
    for index in range(len(lines)):
        yield "\n".join(lines[:index] + lines[index + 1 :])
    blocks = re.split(r"(?m)^(?=layer)", text)
    for index in range(1, len(blocks)):
        yield "".join(blocks[:index] + blocks[index + 1 :])
        yield "".join(blocks[: index + 1] + blocks[index:])
    for place in _NUMBER.finditer(text):
        for number in ("0", "1", "-1", "4294967295", "nan"):
            yield text[: place.start()] + number + text[place.end() :]
    for place in list(_NAME.finditer(text))[:12]:
        for name in ('""', '"data"', '"Python"', '"LSTM"'):
            yield text[: place.start()] + name + text[place.end() :]
    yield text.replace("TRAIN", "TEST")


def test_no_rule_raises() -> None:
    failed = set()
    for number, text in enumerate(texts()):
        # Each text in a few ways, all ways over all texts: what one does not show another does.
        for way, net in enumerate(bent(text)):
            if (way + number) % 29 == 0:
                failed |= {one.message for one in check(text=net, kind="net") if one.code == "C102"}
    assert failed == set()
