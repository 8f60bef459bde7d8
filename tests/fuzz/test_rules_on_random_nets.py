"""Whatever the net, no rule crashes, and the check finds an error where the net as Caffe sees it has a problem."""

from __future__ import annotations

import random
from typing import Any

import pytest
from fuzzing.nets import NEED_FILES, OLD, random_net
from google.protobuf import text_format
from judging.opinion import Reader

from netgen.check import check
from netgen.check.settings import Settings
from netgen.schema import select


@pytest.fixture(scope="module")
def schema() -> Any:
    return select("kendryte")


def test_random_nets(schema: Any) -> None:
    types = [*sorted(schema.layer_types), OLD]
    taken = 0
    for number in range(5 * len(types)):
        draft = random_net(random.Random(f"11:{number}"), schema, types[number % len(types)])
        text = text_format.MessageToString(draft.message)
        findings = check(text=text, kind="net", schema="kendryte", states=[draft.phase], settings=Settings())
        crashed = [finding.message for finding in findings if finding.code.startswith("C")]
        assert not crashed, f"{crashed}\n{text}"
        errors = [finding.message for finding in findings if finding.severity == "error"]
        first = Reader(text.encode(), "kendryte").opinion(draft.phase).first
        if first is None:
            assert not errors, f"{errors}\n{text}"
            taken += 1
        elif not any(layer.type in NEED_FILES for layer in draft.message.layer):
            # Those that read files are looked at here, and files that are missing hide what comes behind.
            assert errors, f"{first}\n{text}"
    assert 0.3 < taken / (5 * len(types)) < 0.7
