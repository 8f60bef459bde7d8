"""Runs over many files: what is found where, in one process and in several."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from check_nets import DATA, GOOD, TRAINING, UNKNOWN, write
from hypothesis import given, settings
from hypothesis import strategies as st

from netgen.check import check
from netgen.check.discovery import Target, families, find_targets
from netgen.check.finding import Finding
from netgen.check.run import Asked, run
from netgen.errors import OptionError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(paths: list[str], **options: Any) -> list[Finding]:
    return run(find_targets(paths), **options).findings


def test_files_folders_patterns(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    write(folder / "a", one=GOOD, two=GOOD)
    write(folder / "a" / "b", three=GOOD)
    (folder / "a" / "net.pt").write_text(GOOD)
    (folder / "a" / "weights.pt").write_bytes(b"PK\x03\x04\0\0")
    (folder / "a" / "deploy.prototxt.txt").write_text(GOOD)
    (folder / "a" / "readme.txt").write_text(GOOD)

    def names(*paths: str) -> list[str]:
        return [target.path for target in find_targets(paths)]

    every = ["a/deploy.prototxt.txt", "a/net.pt", "a/one.prototxt", "a/two.prototxt", "a/b/three.prototxt"]
    assert names("a") == every
    assert names("a/one.prototxt", "a") == ["a/one.prototxt", *(n for n in every if n != "a/one.prototxt")]
    assert names("a/*.prototxt") == ["a/one.prototxt", "a/two.prototxt"]
    assert names("**/three.prototxt") == ["a/b/three.prototxt"]
    assert names("a/readme.txt") == ["a/readme.txt"]
    assert names("-") == ["<stdin>"]


def test_paths_that_are_not_there(folder: Path) -> None:
    write(folder, train=GOOD)
    with pytest.raises(OptionError, match=r"there is no file or folder trian.prototxt") as raised:
        find_targets(["trian.prototxt"])
    assert raised.value.mend == "did you mean train.prototxt?"
    with pytest.raises(OptionError) as raised:
        find_targets(["solver.prototxt"])
    assert raised.value.mend is None  # an ending in common says nothing
    with pytest.raises(OptionError, match=r"no file matches \*.txt"):
        find_targets(["*.txt"])


def test_files_that_belong_together() -> None:
    def grouped(*paths: str, named: bool = False) -> list[list[str]]:
        targets = [Target(path, named) for path in paths]
        return [[target.path for target in group] for group in families(targets)]

    assert grouped("a/train_val.prototxt", "b/deploy.prototxt", "a/deploy.prototxt") == [
        ["a/train_val.prototxt", "a/deploy.prototxt"],
        ["b/deploy.prototxt"],
    ]
    assert grouped("vgg_train.prototxt", "alex_train.prototxt", "VGG_deploy.prototxt") == [
        ["vgg_train.prototxt", "VGG_deploy.prototxt"],
        ["alex_train.prototxt"],
    ]
    assert grouped("x.prototxt", "y/z.prototxt", named=True) == [["x.prototxt", "y/z.prototxt"]]
    assert grouped("x.prototxt", "y/z.prototxt") == [["x.prototxt"], ["y/z.prototxt"]]


def test_what_is_plainly_something_else_is_passed_over_in_a_folder_alone(folder: Path) -> None:
    write(folder, labels='item {\n  name: "cat"\n  label: 1\n}\n')
    ran = run(find_targets(["."]))
    assert ran.findings == []
    assert [result.passed_over for result in ran.results] == [True]
    assert [one.code for one in found(["labels.prototxt"])] == ["S127"]


def test_several_processes_find_the_same_in_the_same_order(folder: Path) -> None:
    for number in range(30):
        write(folder, **{f"net{number}x": UNKNOWN.replace('"dat"', f'"dat{number}"')})
    one = run(find_targets(["."]), jobs=1)
    several = run(find_targets(["."]), jobs=3)
    assert len(one.findings) == 30
    assert several == one


def test_how_far_a_run_is(folder: Path) -> None:
    write(folder, a=GOOD, b=GOOD)
    seen: list[tuple[int, int]] = []
    run(find_targets(["."]), jobs=1, progress=lambda done, every: seen.append((done, every)))
    assert seen == [(1, 2), (2, 2)]


def test_the_nets_of_a_solver_are_checked_too_and_once(folder: Path) -> None:
    write(
        folder,
        broken=TRAINING.replace('bottom: "score"', 'bottom: "scores"'),
        solver='net: "broken.prototxt"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 10\n'
        "snapshot: 0\nsnapshot_after_train: false\n",
    )
    errors = [(one.path, one.code) for one in found(["solver.prototxt"]) if one.is_error]
    assert errors == [("broken.prototxt", "N101")]
    errors = [(one.path, one.code) for one in found(["."]) if one.is_error]
    assert errors == [("broken.prototxt", "N101")]


def test_a_file_that_cannot_be_read_does_not_end_the_run(folder: Path) -> None:
    write(folder, a=UNKNOWN)
    ran = run([Target("gone.prototxt", True), *find_targets(["a.prototxt"])], jobs=1)
    assert [(failed.path, failed.failure) for failed in ran.failures] == [
        ("gone.prototxt", "No such file or directory")
    ]
    assert [one.code for one in ran.findings] == ["N101"]


def test_a_rule_that_fails_is_a_finding_and_the_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_subject: Any) -> Iterator[Any]:
        raise KeyError("what")
        yield

    module = importlib.import_module("netgen.check.rules.unnamed_net")
    monkeypatch.setattr(module, "check", fails)
    findings = check(text=UNKNOWN.partition("\n")[2])
    assert [one.code for one in findings] == ["C102", "N101"]
    assert findings[0].message.startswith("rule W320 unnamed-net failed with KeyError in fails, line ")
    assert findings[0].severity == "warning"  # as the rule that failed


def test_netgens_own_failure_is_a_finding_and_the_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netgen.check import run as running

    real = running.check_data

    def fails(path: str, *rest: Any, **options: Any) -> Any:
        if path == "a.prototxt":
            raise ZeroDivisionError("division by zero")
        return real(path, *rest, **options)

    write(folder, a=GOOD, b=UNKNOWN)
    monkeypatch.setattr(running, "check_data", fails)
    assert [(one.path, one.code) for one in found(["."])] == [("a.prototxt", "C102"), ("b.prototxt", "N101")]


def test_positions_are_those_of_the_text() -> None:
    text = f'name: "n"\n{DATA}\t\tlayer {{ name: "ä"  bottom: "dat" top: "y"\n type: "ReLU" }}'
    (finding,) = check(text=text)
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (8, 22, 8, 35)
    assert text.split("\n")[7][21:34] == 'bottom: "dat"'
    assert finding.layer == "ä"


def test_places_of_an_old_net_are_those_in_the_file() -> None:
    text = 'name: "n"\ninput: "data"\ninput_dim: 1\ninput_dim: 3\ninput_dim: 4\ninput_dim: 4\n' + (
        'layers {\n  name: "r"\n  type: RELU\n  bottom: "dat"\n  top: "r"\n}\n'
    )
    (finding,) = (one for one in check(text=text) if one.is_error)
    assert (finding.code, finding.line, finding.column, finding.layer) == ("N101", 10, 3, "r")


def test_a_message_has_no_places() -> None:
    from netgen.prototxt import parse
    from netgen.schema import caffe_pb2

    (finding,) = check(parse(UNKNOWN, caffe_pb2.NetParameter))
    assert (finding.path, finding.line, finding.code, finding.layer) == ("<message>", None, "N101", "relu")


def test_what_only_follows_from_a_mistake_in_the_text_is_not_said() -> None:
    # The data's top cannot be read, so that nobody makes what the next layer reads.
    text = GOOD.replace('top: "data"', 'topp: "data"')
    assert [one.code for one in check(text=text)] == ["S101"]
    # A kernel that cannot be read leaves the layer without one.
    conv = 'layer {{ name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {{ {} }} }}\n'
    text = GOOD + conv.format("num_output: 3 kernel_sise: 3")
    assert [one.code for one in check(text=text)] == ["S101"]
    # What stands in another layer's own text is said, as is what comes before.
    text = (
        GOOD
        + conv.format("num_output: 3 kernel_sise: 3")
        + conv.format("num_output: 3").replace('"c"', '"d"')
    )
    assert [one.code for one in check(text=text)] == ["S101", "L102"]
    text = UNKNOWN + conv.format("num_output: 3 kernel_sise: 3")
    assert [one.code for one in check(text=text)] == ["N101", "S101"]


@pytest.mark.parametrize("schema", [None, "ssd"])
def test_a_forks_fields_are_said_to_be_the_forks(schema: Optional[str]) -> None:
    text = (
        GOOD
        + 'layer { name: "n" type: "Normalize" bottom: "relu" top: "n" norm_param { across_spatial: false } }\n'
    )
    assert [one.code for one in check(text=text, schema="bvlc")] == ["S101"]
    assert "of SSD" in check(text=text, schema="bvlc")[0].message
    assert [one for one in check(text=text, schema=schema) if one.is_error] == []


def test_an_asked_schema_is_the_one_that_is_taken() -> None:
    text = GOOD + 'layer { name: "c" type: "Clip" bottom: "relu" top: "c" clip_param { min: 0 max: 1 } }\n'
    assert [one.code for one in check(text=text)] == []
    assert [one.code for one in check(text=text, schema="kendryte")][:1] == ["S101"]


def test_options_on_top_of_settings() -> None:
    from netgen.check.settings import Settings

    settings = Settings(select=("N",), ignore=("W4",), schema="bvlc", python_paths=("a",))
    assert Asked(ignore=("N101",), python_paths=("b",)).over(settings) == Settings(
        select=("N",), ignore=("W4", "N101"), schema="bvlc", python_paths=("b", "a")
    )
    assert Asked(select=("L",), schema="ssd").over(settings).select == ("L",)


def test_a_layer_that_cannot_be_read_is_named_all_the_same() -> None:
    text = GOOD + 'layer {\n  name: "odd"\n  type: "ReLU"\n  botom: "relu"\n}\nnam: "x"\n'
    assert [(one.code, one.layer) for one in check(text=text)] == [("S101", "odd"), ("S101", None)]


SIGNS = st.sampled_from(
    list("{}<>[]:;,#\"'\\\n 0-.ex") + ["layer", "name", "top", "\t", "é", "\0", "# netgen: ignore[N101]"]
)


@given(text=st.sampled_from([GOOD, UNKNOWN, TRAINING]), data=st.data())
@settings(max_examples=150)
def test_whatever_is_broken_something_sensible_is_said(text: str, data: Any) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 12, len(text))))
        text = text[:start] + data.draw(SIGNS) + text[end:]
    lines = text.split("\n")
    for finding in check(text=text):
        assert finding.code not in ("C102", "L199"), finding
        assert finding.line is not None
        assert finding.column is not None
        assert 1 <= finding.line <= len(lines)
        assert (finding.end_line, finding.end_column) >= (finding.line, finding.column)
        assert str(finding)
