"""What each format says, held against what its readers ask for."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from check_nets import GOOD, UNKNOWN, write

from netgen.check.discovery import Target, find_targets
from netgen.check.finding import Finding
from netgen.check.reporters import github, gitlab, junit, sarif, statistics, text
from netgen.check.reporters import json as as_json
from netgen.check.reporters.frame import frame
from netgen.check.run import Asked, FileResult, run

SYNTAX = GOOD.replace('top: "relu"', "top: <ä> & co")
ODD = UNKNOWN.replace('"relu"', '"a, b: 100%\\n<ä> & \\001]]>"')


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[FileResult]:
    """A good file, a wrong one, one with odd names, one with a syntax error in a folder with a space, one gone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").mkdir()
    write(tmp_path, good=GOOD, wrong=UNKNOWN, odd=ODD)
    write(tmp_path / "a b", syntax=SYNTAX)
    return run([*find_targets(["."]), Target("gone.prototxt", True)], jobs=1).results


def every(results: list[FileResult]) -> list[Finding]:
    return [finding for result in results for finding in result.findings]


def test_there_is_something_to_report(results: list[FileResult]) -> None:
    assert {Path(one.path).name for one in every(results)} == {
        "odd.prototxt",
        "wrong.prototxt",
        "syntax.prototxt",
    }


def test_the_line_shown_is_the_culprits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The parser is in the next line when it finds that CUDNN would be written in capitals.
    monkeypatch.chdir(tmp_path)
    write(tmp_path, net='layer {\n  name: "c"\n  convolution_param {\n    engine: cudnn  # fast\n  }\n}\n')
    said = text.render(run(find_targets(["net.prototxt"])).results)
    assert said.startswith("net.prototxt:5:3: error: ConvolutionParameter.Engine has no value 'cudnn'")
    assert "\n  4 |     engine: cudnn  # fast\n    |             ^^^^^\n  in: layer c\n" in said


def test_what_was_read_as_a_forks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, good=GOOD, net=GOOD.replace('type: "ReLU"', 'type: "Normalize" norm_param { eps: 1 }'))
    results = run(find_targets(["."])).results
    told = json.loads(as_json.render(results))
    assert told["forks"] == {"net.prototxt": "ssd"}
    assert text.summary(results) == (
        "2 files checked, nothing found\n"
        "1 file was read as a fork's, by fields and layer types: ssd (1); --schema says whose is meant"
    )
    assert "fork" not in text.summary(run(find_targets(["good.prototxt"])).results)
    assert "fork" not in text.summary(run(find_targets(["net.prototxt"]), Asked(schema="ssd")).results)


def test_a_file_does_not_speak_to_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_bytes(
        b'layer { name: "\x1b[2J" type: "\xc2\x9b" top: "\x07" fooo: 1 }\n'
    )
    said = text.render(run(find_targets(["net.prototxt"])).results)
    assert not re.search(r"[^\n\x20-\x7e\ufffd]", said)
    assert "in: layer \ufffd[2J" in said


def test_a_line_of_a_binary_file_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_bytes(bytes(range(256)) * 4)
    said = text.render(run(find_targets(["net.prototxt"])).results)
    assert "this is a binary file [S124 binary-file]\n  mend: " in said


def test_text(results: list[FileResult]) -> None:
    said = text.render(results)
    assert (
        "wrong.prototxt:11:3: error: no layer before it makes the bottom 'dat' [N101 unknown-bottom]\n"
        '  11 |   bottom: "dat"\n'
        "     |   ^^^^^^^^^^^^^\n"
        "  in: layer relu\n"
        "  mend: did you mean 'data'?\n"
    ) in said
    assert said.endswith("in 3 of 4 files\n")
    assert "\033" not in said
    coloured = text.render(results, lambda part, colour: f"<{colour}>{part}</{colour}>")
    assert "<red>error</red>" in coloured
    assert re.sub(r"</?(?:red|yellow|green|blue|cyan|bold)>", "", coloured) == said


def test_text_where_nothing_is_found(results: list[FileResult]) -> None:
    good = [result for result in results if result.path == "good.prototxt"]
    assert text.render(good) == "1 file checked, nothing found\n"


@pytest.mark.parametrize(
    ("line", "code", "columns", "shown", "carets"),
    [
        ('  top: "x"', "N101", (3, 11), '  top: "x"', "  ^^^^^^^^"),
        ('\ttop: "x"', "N101", (2, 10), '        top: "x"', "        ^^^^^^^^"),
        # A parser's columns count bytes, and a tab as all that it takes.
        ('\ttop: "x"', "S101", (9, 12), '        top: "x"', "        ^^^"),
        ('name: "ä" top x', "S101", (12, 15), 'name: "ä" top x', "          ^^^"),
        ("x", "S101", (9, 12), "x", "        ^"),
        ("}", "S102", (2, 3), "}", " ^"),
    ],
)
def test_frames(line: str, code: str, columns: tuple[int, int], shown: str, carets: str) -> None:
    finding = Finding(code, "n", "error", "p", 1, columns[0], 1, columns[1], None, None, "m", None)
    assert frame(finding, line) == (shown, carets)


def test_a_frame_of_a_very_long_line() -> None:
    line = "a " * 5000 + 'bottom: "dat"' + " b" * 5000
    finding = Finding("N101", "n", "error", "p", 1, 10001, 1, 10014, None, None, "m", None)
    shown, carets = frame(finding, line)
    assert len(shown) < 120
    start = carets.index("^")
    assert shown[start : start + carets.count("^")] == 'bottom: "dat"'


def test_a_frame_of_several_lines_shows_the_first() -> None:
    finding = Finding("N101", "n", "error", "p", 1, 1, 4, 2, None, None, "m", None)
    assert frame(finding, "layer {") == ("layer {", "^^^^^^^")


def test_json(results: list[FileResult]) -> None:
    told = json.loads(as_json.render(results))
    assert [Finding(**one) for one in told["findings"]] == every(results)
    assert len(told["files"]) == 4
    assert told["failures"] == [{"path": "gone.prototxt", "message": "No such file or directory"}]


def test_github(results: list[FileResult]) -> None:
    *lines, last, empty = github.render(results).split("\n")
    assert (empty, last.endswith("in 3 of 4 files")) == ("", True)
    commands = []
    for line in lines:
        # What the runner of GitHub Actions takes for a command.
        match = re.fullmatch(r"::(?P<name>error|warning) (?P<given>[^:]+?)::(?P<text>.+)", line)
        assert match is not None, line
        given = dict(one.split("=", 1) for one in match["given"].split(","))
        assert set(given) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        commands.append(
            ({name: _unescaped(value) for name, value in given.items()}, _unescaped(match["text"]))
        )
    assert len(commands) == len(every(results))
    # In '  top: <ä> & co' the parser counts "ä" as two.
    assert [given["col"] for given, _ in commands if given["title"].startswith("S")][1:] == ["12"]
    for (given, said), finding in zip(commands, every(results)):
        assert given["file"] == finding.path
        assert int(given["line"]) == finding.line
        if finding.code[0] != "S":
            assert int(given["col"]) == finding.column
        assert given["title"] == f"{finding.code} {finding.name}"
        assert said.startswith(finding.message)


def _unescaped(value: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), value)


def test_sarif(results: list[FileResult]) -> None:
    """The parts of SARIF 2.1.0 that are written, as sections 3.13 to 3.58 of the standard ask for them."""
    told = json.loads(sarif.render(results))
    assert told["version"] == "2.1.0"
    assert told["$schema"].endswith("sarif-schema-2.1.0.json")
    (one,) = told["runs"]
    assert set(one) == {"tool", "columnKind", "invocations", "results"}
    assert one["columnKind"] == "unicodeCodePoints"
    driver = one["tool"]["driver"]
    assert driver["name"] == "netgen"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
    for rule in driver["rules"]:
        assert set(rule) == {
            "id",
            "name",
            "shortDescription",
            "fullDescription",
            "help",
            "defaultConfiguration",
        }
        for part in ("shortDescription", "fullDescription", "help"):
            assert rule[part]["text"].strip()
    (invocation,) = one["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [note["level"] for note in invocation["toolExecutionNotifications"]] == ["error"]
    marks = set()
    for result, finding in zip(one["results"], every(results)):
        assert result["level"] in ("error", "warning")
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["message"]["text"].startswith(finding.message)
        (place,) = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", uri)
        region = place["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert all(isinstance(number, int) and number >= 1 for number in region.values())
        assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
        marks.add(json.dumps(result["partialFingerprints"]))
    assert len(marks) == len(every(results))


@pytest.mark.skipif(
    "NETGEN_SARIF_SCHEMA" not in os.environ, reason="NETGEN_SARIF_SCHEMA names no file of OASIS's schema"
)
def test_sarif_against_the_published_schema(results: list[FileResult]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(os.environ["NETGEN_SARIF_SCHEMA"]).read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(sarif.render(results)))


def test_sarif_columns_are_characters(tmp_path: Path) -> None:
    write(tmp_path, tabs=GOOD.replace('  top: "relu"', '\tbottom: "data" topp: "relu"'))
    given = run(find_targets([str(tmp_path)]), jobs=1).results
    (result,) = json.loads(sarif.render(given))["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = given[0].lines[region["startLine"]]
    assert line[region["startColumn"] - 1 :] == ': "relu"'


def test_junit(results: list[FileResult]) -> None:
    """What the readers of JUnit's XML (Jenkins, GitLab, Azure) ask for."""
    root = ElementTree.fromstring(junit.render(results))
    assert root.tag == "testsuites"
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == {"name", "tests", "failures", "errors", "skipped", "time"}
        cases = list(suite)
        assert int(suite.attrib["tests"]) == len(cases)
        for kind, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[kind]) == sum(case.find(tag) is not None for case in cases)
        for case in cases:
            assert case.tag == "testcase"
            assert set(case.attrib) == {"name", "classname", "time"}
            for inner in case:
                assert set(inner.attrib) == {"message", "type"}
        for name in totals:
            totals[name] += int(suite.attrib[name])
    assert {name: int(root.attrib[name]) for name in totals} == totals
    assert totals["failures"] == len(every(results))
    assert totals["errors"] == 1
    assert (
        len({(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")})
        == totals["tests"]
    )


def test_gitlab(results: list[FileResult]) -> None:
    """The fields that GitLab's page on custom tools for code quality asks for."""
    told: list[dict[str, Any]] = json.loads(gitlab.render(results))
    assert len(told) == len(every(results))
    for issue, finding in zip(told, every(results)):
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"] == finding.path
        assert not issue["location"]["path"].startswith(("./", "/"))
        assert issue["location"]["lines"]["begin"] == finding.line
    assert len({issue["fingerprint"] for issue in told}) == len(told)


def test_fingerprints_stay_where_lines_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def marks() -> list[str]:
        results = run(find_targets(["."]), jobs=1).results
        return [issue["fingerprint"] for issue in json.loads(gitlab.render(results))]

    twice = UNKNOWN + UNKNOWN.partition("layer {")[2].join(["layer {", ""]).replace("relu", "relu2")
    write(tmp_path, net=UNKNOWN)
    before = marks()
    write(tmp_path, net="# a comment\n\n" + UNKNOWN)
    assert marks() == before
    write(tmp_path, net=twice)
    assert before[0] in marks()


def test_statistics(results: list[FileResult]) -> None:
    said = statistics.render(results)
    assert "      2  N101  error    unknown-bottom (in 2 of the files)" in said
