"""What the judge reads from Caffe's log."""

from __future__ import annotations

from typing import Any

import pytest
from judging.judge import Judge, read_log


def log(*lines: str) -> str:
    return "".join(
        line if line.startswith("[") else f"{line[0]}20240101 10:00:00.000001  77 {line[2:]}\n"
        for line in lines
    )


SETTING_UP = [
    "I net.cpp:53] Initializing net from parameters: ",
    "I layer_factory.hpp:77] Creating layer data",
    "I net.cpp:86] Creating Layer data",
    "I net.cpp:124] Setting up data",
    "I net.cpp:139] Memory required for data: 24",
    "I layer_factory.hpp:77] Creating layer loss",
]


def test_a_layer_that_is_being_made_is_not_yet_the_last() -> None:
    said = read_log(log(*SETTING_UP, "F layer_factory.hpp:81] Check failed: no such type"))
    assert (said["last_layer"], said["creating"]) == ("data", "loss")
    assert said["fatal"] == {"msg": "Check failed: no such type", "where": "layer_factory.hpp:81"}
    assert said["memory"] == 24


def test_a_layer_inside_a_layer_is_none_of_the_nets() -> None:
    inner = ["I net.cpp:86] Creating Layer loss", "I layer_factory.hpp:77] Creating layer loss"]
    said = read_log(log(*SETTING_UP, *inner, "F softmax_layer.cpp:1] Check failed"))
    assert said["last_layer"] == "loss"
    assert "creating" not in said


def test_a_net_inside_a_layer_is_none_of_the_nets() -> None:
    inner = [
        "I net.cpp:86] Creating Layer lstm",
        "I net.cpp:53] Initializing net from parameters: ",
        "I layer_factory.hpp:77] Creating layer gate",
        "I net.cpp:86] Creating Layer gate",
        "I net.cpp:139] Memory required for data: 999",
        "I net.cpp:200] gate needs backward computation.",
        "I net.cpp:257] Network initialization done.",
    ]
    said = read_log(log(*SETTING_UP, *inner, "I net.cpp:200] lstm needs backward computation."))
    assert (said["last_layer"], said["memory"], said["need_backward"]) == ("lstm", 24, ["lstm"])


def test_pointers_and_known_types_are_left_out() -> None:
    said = read_log(log("F x.cpp:1] Check failed: a != b (0x55aa vs. 0x55aa) (known types: A, B)"))
    assert said["fatal"]["msg"] == "Check failed: a != b (<PTR> vs. <PTR>)"


def test_parser_errors_and_warnings() -> None:
    text = "[libprotobuf ERROR google/protobuf/text_format.cc:309] Error parsing text-format x: 1:2: no\n"
    said = read_log(text + log("W upgrade_proto.cpp:74] Note that"))
    assert said["protobuf"] == ["ERROR: Error parsing text-format x: 1:2: no"]
    assert said["warnings"] == ["W upgrade_proto.cpp:74] Note that"]


INPUT = b'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }'
VERDICTS: list[tuple[bytes, dict[str, Any]]] = [
    (INPUT, {"status": "ok", "ok": True, "blobs": {"d": [2, 3]}, "memory": 24}),
    (
        INPUT + b'layer { name: "c" type: "Convolution" bottom: "d" top: "c" }',
        {"status": "fatal", "last_layer": "c"},
    ),
    (
        INPUT + b'layer { name: "p" type: "Python" bottom: "d" top: "p" }',
        {"status": "exception", "ok": False},
    ),
    (INPUT.replace(b'"d"', b'"\xff"'), {"status": "ok", "memory": 24, "blobs": None}),
    (b"layer {", {"status": "fatal", "ok": False}),
    (INPUT, {"status": "ok", "ok": True}),
]


@pytest.mark.caffe
def test_caffe_goes_on_after_a_refusal() -> None:
    judge = Judge()
    for text, wanted in VERDICTS:
        verdict = judge.verdict(text, "TRAIN")
        assert {name: verdict.get(name) for name in wanted} == wanted
    judge.close()
