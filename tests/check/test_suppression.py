"""``# netgen: ignore[...]``."""

from __future__ import annotations

import pytest
from check_nets import GOOD, UNKNOWN

from netgen.check import check
from netgen.check.settings import Settings

LINE = '  bottom: "dat"'


def codes(text: str, **options: object) -> list[str]:
    return [finding.code for finding in check(text=text, **options)]  # type: ignore[arg-type]


def test_without_a_comment_it_is_said() -> None:
    assert codes(UNKNOWN) == ["N101"]


@pytest.mark.parametrize(
    "text",
    [
        UNKNOWN.replace(LINE, f"{LINE}  # netgen: ignore[N101]"),
        UNKNOWN.replace(LINE, f"{LINE} # netgen: ignore[unknown-bottom] and why"),
        UNKNOWN.replace(LINE, f"{LINE} #netgen:ignore[ N101 ]"),
        UNKNOWN.replace(LINE, f"{LINE} # netgen: ignore[N1]"),
        UNKNOWN.replace(LINE, f"  # netgen: ignore[N101]\n{LINE}"),
        UNKNOWN.replace(LINE, f"  # netgen: ignore[N101]\n  # why\n\n{LINE}"),
        UNKNOWN.replace('layer {\n  name: "relu"', 'layer {  # netgen: ignore[N101]\n  name: "relu"'),
        UNKNOWN.replace('layer {\n  name: "relu"', '# netgen: ignore[N101]\nlayer {\n  name: "relu"'),
        UNKNOWN.replace("\n", "\r\n").replace(LINE, f"{LINE}  # netgen: ignore[N101]"),
    ],
)
def test_what_a_comment_silences(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        UNKNOWN.replace('  top: "relu"', '  top: "relu"  # netgen: ignore[N101]'),
        UNKNOWN.replace('layer {\n  name: "data"', '# netgen: ignore[N101]\nlayer {\n  name: "data"'),
        UNKNOWN.replace('name: "good"', 'name: "# netgen: ignore[N101]"').replace(LINE, LINE),
    ],
)
def test_what_it_does_not(text: str) -> None:
    assert "N101" in codes(text)


def test_a_wish_that_nothing_meets() -> None:
    text = GOOD.replace('  top: "relu"', '  top: "relu"  # netgen: ignore[N101, L102]')
    findings = check(text=text)
    assert [(one.code, one.line, one.column) for one in findings] == [("C101", 12, 16), ("C101", 12, 16)]
    assert findings[0].message == "N101 is ignored here, but nothing of it is found"
    # Of a rule that was not run it cannot be known.
    assert codes(text, settings=Settings(ignore=("N101", "L"))) == []
    assert codes(text, settings=Settings(ignore=("C101",))) == []


def test_half_of_a_wish() -> None:
    assert codes(UNKNOWN.replace(LINE, f"{LINE} # netgen: ignore[N101, N102]")) == ["C101"]


def test_a_rule_that_does_not_exist() -> None:
    (finding,) = check(text=GOOD.replace('  top: "relu"', '  top: "relu" # netgen: ignore[unknown-botom]'))
    assert finding.code == "C103"
    assert finding.message == "there is no rule 'unknown-botom' to ignore"
    assert finding.mend == "did you mean unknown-bottom?"


def test_a_comment_without_a_rule() -> None:
    (finding,) = check(text=GOOD + "# netgen: ignore\n")
    assert (finding.code, finding.line) == ("C103", 14)


@pytest.mark.parametrize("word", ["ignroe", "Ignore", "ignores"])
def test_a_misspelt_wish_silences_nothing_and_is_said(word: str) -> None:
    assert codes(UNKNOWN.replace(LINE, f"{LINE} # netgen: {word}[N101]")) == ["N101", "C103"]


def test_other_comments_that_speak_of_netgen() -> None:
    assert codes("# made by netgen: see README\n" + GOOD) == []
