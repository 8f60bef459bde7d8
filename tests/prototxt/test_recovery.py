"""One mistake gives one finding, and the next mistake is found too.

The data hold texts and all that is said of them; ``NETGEN_UPDATE=1`` rewrites what is said, to be read.
"""

from __future__ import annotations

import os
from pathlib import Path

import cpp_judge
import pytest

from netgen.prototxt import read
from netgen.schema import caffe_pb2

FILE = Path(__file__).with_name("recovery.txt")


def cases() -> dict[str, tuple[str, str]]:
    found = {}
    for part in ("\n" + FILE.read_text(encoding="utf-8")).split("\n=== ")[1:]:
        title, _, rest = part.partition("\n")
        text, _, said = f"\n{rest}\n".partition("\n---\n")
        found[title] = text[1:] + "\n", said.strip("\n")
    return found


CASES = cases()


def said(text: str) -> str:
    lines = []
    for fault in read(text, caffe_pb2.NetParameter).errors:
        lines.append(f"{fault.line}:{fault.column} {fault.kind}: {fault.message}")
        if fault.mend:
            lines.append(f"  mend: {fault.mend}")
    return "\n".join(lines)


@pytest.mark.parametrize("title", CASES)
def test_what_is_said(title):
    text, wanted = CASES[title]
    assert said(text) == wanted


@pytest.mark.parametrize("title", CASES)
def test_layers_behind_the_fault_are_read(title):
    text, _ = CASES[title]
    last = [line for line in text.splitlines() if line.startswith('layer { name: "')][-1:]
    message = read(text, caffe_pb2.NetParameter).message
    assert [layer.name for layer in message.layer][-1:] == [line.split('"')[1] for line in last] or not last


@pytest.mark.caffe
def test_the_first_is_where_cpp_has_it():
    texts = [text.encode() for text, _ in CASES.values()]
    for (title, (text, _)), verdict in zip(CASES.items(), cpp_judge.judged(texts)):
        first = read(text, caffe_pb2.NetParameter).errors[0]
        assert (first.line, first.column) == verdict.place, title


@pytest.mark.skipif(not os.environ.get("NETGEN_UPDATE"), reason="rewrites the data: NETGEN_UPDATE=1")
def test_update():
    parts = [f"=== {title}\n{text}---\n{said(text)}\n" for title, (text, _) in CASES.items()]
    FILE.write_text("".join(parts), encoding="utf-8")
