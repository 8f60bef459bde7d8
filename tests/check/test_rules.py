"""Each rule: its text, its cases, and that they would notice if it said nothing."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rule_cases import DATA, UPDATE, WITHOUT_CASES, Case, every_case, example, shown

from netgen.check.loading import Rule, every_rule
from netgen.check.rules import __path__ as RULES
from netgen.check.traits import NAMES as TRAITS

CASES = every_case()
EVERY = every_rule()
SCOPES = {"net", "file", "solver", "run", "ignore", "failure", "rest", "rest-of-faults"}


def named(cases: list[Case]) -> dict[str, Any]:
    return {"argvalues": cases, "ids": [case.title for case in cases]}


@pytest.mark.parametrize("case", **named([case for case in CASES if case.fails]))
def test_what_must_be_said(case: Case, tmp_path: Path) -> None:
    found = [one for one in case.findings(tmp_path) if one.code == case.rule.code]
    assert found, f"{case.rule.code} says nothing"
    assert {one.severity for one in found} == {case.rule.severity}
    if case.source is None:
        return
    text = shown(found)
    if UPDATE:
        case.expected.write_text(text, encoding="utf-8")
    assert case.expected.is_file(), f"NETGEN_UPDATE=1 writes {case.expected.name}; read it then"
    assert text == case.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", **named([case for case in CASES if not case.fails]))
def test_what_must_not_be_said(case: Case, tmp_path: Path) -> None:
    # Nor any error: a case that passes for another reason shows nothing.
    assert shown(case.findings(tmp_path)) == ""


@pytest.mark.parametrize("case", **named([case for case in CASES if case.fails]))
def test_a_rule_without_its_body_loses_its_cases(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def says_nothing(_subject: Any) -> Iterator[Any]:
        return iter(())

    module = importlib.import_module(f"netgen.check.rules.{case.rule.module}")
    monkeypatch.setattr(module, "check", says_nothing)
    assert case.rule.code not in {one.code for one in case.findings(tmp_path)}


@pytest.mark.parametrize("rule", EVERY, ids=[rule.code for rule in EVERY])
def test_a_rules_text(rule: Rule) -> None:
    text = rule.documentation
    summary = text.split("\n\n")[0]
    assert "\n" not in summary, "the first paragraph is one line: the list of rules shows it"
    assert summary.endswith(".")
    sections = re.findall(r"^(\w+)\n-{3,}$", text, re.MULTILINE)
    assert sections == ["Fails", "Passes", "Source"]
    assert text.split("\n\n")[1].strip(), "what Caffe does comes before the examples"
    for section in ("Fails", "Passes") if rule.code not in WITHOUT_CASES else ():
        assert example(rule, section).strip()


def test_codes_and_names_are_each_rules_own() -> None:
    codes = [rule.code for rule in EVERY]
    names = [rule.name for rule in EVERY]
    assert sorted(set(codes)) == sorted(codes)
    assert sorted(set(names)) == sorted(names)
    for rule in EVERY:
        assert re.fullmatch(r"[SNLC]1\d\d|W[2-5]\d\d|V[12]\d\d", rule.code), rule.code
        assert rule.module == rule.name.replace("-", "_"), f"{rule.code}: the file is called as the rule is"
        assert rule.scope in SCOPES, f"{rule.code}: {rule.scope}"
        assert rule.severity in ("error", "warning")
        assert rule.after_faults in ("", "layer", "structure", "always")
        if rule.code[0] in "NL" or rule.code.startswith("V1"):
            assert rule.severity == "error"
        if rule.code[0] == "W" or rule.code.startswith("V2"):
            assert rule.severity == "warning"


def test_no_two_rules_speak_of_one_kind() -> None:
    for scope in ("net", "file"):
        kinds = [kind for rule in EVERY if rule.scope == scope for kind in rule.kinds]
        assert sorted(set(kinds)) == sorted(kinds)


def test_traits_are_those_that_rules_ask_for() -> None:
    assert {trait for rule in EVERY for trait in rule.traits} == TRAITS


def test_every_file_is_in_the_index() -> None:
    files = {path.stem for path in Path(RULES[0]).glob("*.py") if path.stem != "__init__"}
    assert files == {rule.module for rule in EVERY}, "run python tools/make_rules.py"


def test_every_folder_of_cases_is_a_rules() -> None:
    folders = {path.name for path in DATA.iterdir() if path.is_dir()}
    assert folders <= {rule.code for rule in EVERY}
