"""Real Caffe refuses what the rules of errors show as failing, and takes what they show as passing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from forked_caffe import judge
from rule_cases import DATA, WITHOUT_CASES, example

from netgen.check.loading import Rule, every_rule

ERRORS = [
    rule
    for rule in every_rule()
    if rule.code[0] in "NLS" and rule.severity == "error" and rule.code not in WITHOUT_CASES
]


@pytest.mark.caffe
@pytest.mark.parametrize("rule", ERRORS, ids=[rule.code for rule in ERRORS])
def test_the_examples(rule: Rule, tmp_path: Path) -> None:
    fails, passes = (example(rule, section) for section in ("Fails", "Passes"))
    beside = DATA / rule.code / "beside"
    if beside.is_dir():
        shutil.copytree(beside, tmp_path, dirs_exist_ok=True)
    where: dict[str, Any] = {"folder": tmp_path, "python_path": [tmp_path]}
    refused = [judge(fails, phase, **where).refused for phase in ("TRAIN", "TEST")]
    assert all(refused), "Caffe takes the example that fails"
    for phase in ("TRAIN", "TEST"):
        assert judge(passes, phase, **where).refused == ""


@pytest.mark.caffe
def test_an_empty_file(tmp_path: Path) -> None:
    assert judge("", "TRAIN", folder=tmp_path).refused == ""
