"""What C++ takes netgen takes, what it refuses netgen refuses, and at the same line and column."""

from __future__ import annotations

import os

import cpp_judge
import pytest
import verdicts

from netgen.prototxt import read
from netgen.prototxt.strings import LATIN_1
from netgen.schema import caffe_pb2

CASES = verdicts.cases()


def said(case: verdicts.Case) -> str:
    reading = read(case.text, getattr(caffe_pb2, case.message))
    if not reading.errors:
        return "accepted"
    first = reading.errors[0]
    return f"{first.line}:{first.column} {first.kind}"


@pytest.mark.parametrize("case", CASES, ids=[str(case.text)[:60] for case in CASES])
def test_verdict_and_place(case):
    assert said(case) == case.verdict


@pytest.mark.caffe
@pytest.mark.parametrize("message", ["NetParameter", "SolverParameter"])
def test_the_verdicts_are_those_of_cpp(message):
    cases = [case for case in CASES if case.message == message]
    for case, found in zip(cases, cpp_judge.judged([case.text for case in cases], message)):
        verdict = "accepted" if found.accepted else "{}:{}".format(*found.place)
        assert verdict == case.verdict.partition(" ")[0], case.text


@pytest.mark.caffe
@pytest.mark.parametrize("message", ["NetParameter", "SolverParameter"])
def test_the_messages_are_those_of_cpp(message):
    cases = [case for case in CASES if case.message == message and case.verdict == "accepted"]
    for case, found in zip(cases, cpp_judge.judged([case.text for case in cases], message)):
        reading = read(case.text, getattr(caffe_pb2, message))
        wanted = type(reading.message)()
        wanted.ParseFromString(found.wire)
        if isinstance(wanted.name if message == "NetParameter" else "", bytes):  # not UTF-8
            assert reading.message.name == wanted.name.decode("utf-8", LATIN_1)
        else:
            assert reading.message.SerializeToString() == wanted.SerializeToString(), case.text


@pytest.mark.skipif(not os.environ.get("NETGEN_UPDATE"), reason="rewrites the data: NETGEN_UPDATE=1")
def test_update():
    verdicts.rewrite([said(case) for case in CASES])
