"""Texts broken at random: C++ and netgen take and refuse the same ones, at the same line and column."""

from __future__ import annotations

import random
import re

import cpp_judge
import pytest

from netgen.prototxt import read
from netgen.schema import select

pytestmark = pytest.mark.caffe

NET = b"""\
# A small net.
name: "net"
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape: { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
\tname: 'conv1'  # the first
\ttype: "Convolution"
\tbottom: "data"; bottom: "x", top: "conv1"
\tparam { lr_mult: 1 decay_mult: 0.5 }
\tparam < lr_mult: 2e-1 >
\tconvolution_param {
\t\tnum_output: 20 kernel_size: [3, 5] bias_term: false engine: CAFFE
\t\tweight_filler { type: "gaussian" std: .01 mean: -1.5e-3 }
\t}
\tinclude { phase: TRAIN min_level: -1 stage: "a" }
\tpropagate_down: true
}
layer { name: "loss" type: "Python" loss_weight: 1 python_param { module: "m" param_str: '{"a": [1, "\\n"]}' } }
"""
SOLVER = b"""\
net: "train.prototxt"
test_iter: 100
base_lr: 0.01 momentum: 0.9 lr_policy: "step" stepsize: 1000 gamma: 0.1
max_iter: 10000 snapshot_prefix: "a/b" solver_mode: GPU random_seed: -1
debug_info: false test_state { stage: "val" level: 1 }
"""
TOKEN = re.compile(rb"[A-Za-z_]\w*|\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*|[\d.][\w.]*|\s+|.", re.DOTALL)
VALUES = (
    b"0 1 -1 +1 01 08 0x1F 0x 1. .5 -.5 1.5.2 1e5 1e 1e+ 1e-5f 1f 00.5 1e400 inf -inf NaN inff true True TRUE t 2 f "
    b'2147483648 -2147483649 4294967296 99999999999999999999 0777 MAX TRAIN "a" \'a\' "\\n" "\\q" "\\x" "\\xe9" "\\u12" '
    b'"\\400" "\\" "\xe9" "\xc3\xa9" "a \'a [1] [1,2] [1,2 [] [,] [1,] ["a","b"] [1;2] { } {} <> < > [{},{}] ; , ;; a.b '
    b'5a 3x3 1_000 -0 3.4028236e38 [a.b] [a/b.c] / // @ $N = \\ \xa0 \xc2\xa0 \xef\xbb\xbf \x00 \x01 \x7f "\x00" # - -- .'
).split(b" ")
JUNK = [
    b"{",
    b"}",
    b"<",
    b">",
    b"[",
    b"]",
    b":",
    b";",
    b",",
    b'"',
    b"'",
    b"#",
    b"\n",
    b"\t",
    b" ",
    b"\r\n",
    b"\0",
    b"\x01",
]
JUNK += [
    b".",
    b"-",
    b"/",
    b"\\",
    b"=",
    b"\xff",
    b"layer {",
    b"layers {",
    b"name:",
    b"0",
    b"x",
    b"[a.b]: 1 ",
    b'"a" ',
]


def broken(text: bytes, source: random.Random) -> bytes:
    tokens = TOKEN.findall(text)
    for _ in range(source.choice([1, 1, 1, 2, 3])):
        at = source.randrange(len(tokens))
        how = source.random()
        if how < 0.2:
            tokens[at] = b""
        elif how < 0.35:
            tokens.insert(at, source.choice(JUNK))
        elif how < 0.6:
            colons = [index for index, token in enumerate(tokens[:-2]) if token == b":"]
            tokens[source.choice(colons) + 1 if colons else at] = b" " + source.choice(VALUES) + b" "
        elif how < 0.7:
            tokens[at] = source.choice(VALUES)
        elif how < 0.78:
            tokens.insert(at, source.choice(tokens))
        elif how < 0.9 and tokens[at]:
            changed = bytearray(tokens[at])
            changed[source.randrange(len(changed))] = source.randrange(256)
            tokens[at] = bytes(changed)
        elif how < 0.94:
            del tokens[at + 1 :]
        else:
            tokens[at] = tokens[at].swapcase()
    return b"".join(tokens)


@pytest.mark.parametrize(
    ("message", "text", "count"),
    [("NetParameter", NET, 1200), ("SolverParameter", SOLVER, 800)],
    ids=["net", "solver"],
)
def test_the_same_verdict_at_the_same_place(message, text, count):
    source = random.Random(20200814)
    texts = [text, *(broken(text, source) for _ in range(count))]
    message_class = getattr(select("kendryte").messages, message)
    verdicts = cpp_judge.judged(texts, message)
    assert verdicts[0].accepted
    assert sum(verdict.accepted for verdict in verdicts) > count / 10
    for one, verdict in zip(texts, verdicts):
        errors = read(one, message_class).errors
        assert ((errors[0].line, errors[0].column) if errors else None) == verdict.place, one
