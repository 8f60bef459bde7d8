"""``netgen check`` and ``netgen explain``, as they are called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from netgen.check.loading import every_rule
from netgen.cli import check_job, start
from netgen.cli.check_options import FORMATS, OPTIONS, plainly_given
from netgen.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
GOOD = """name: "good"
layer {
  name: "data"
  type: "Input"
  top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
  name: "relu"
  type: "ReLU"
  bottom: "data"
  top: "relu"
}
"""
WRONG = GOOD.replace('bottom: "data"', 'bottom: "dat"')
UNNAMED = GOOD.partition("\n")[2]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("wrong", WRONG), ("unnamed", UNNAMED)):
        Path(f"{name}.prototxt").write_text(text, encoding="utf-8")


def netgen(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "netgen", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.prototxt"], 0),
        (["wrong.prototxt"], 1),
        (["unnamed.prototxt"], 1),
        (["unnamed.prototxt", "--fail-on", "error"], 0),
        (["wrong.prototxt", "--fail-on=error"], 1),
        (["wrong.prototxt", "--ignore", "N101"], 0),
        (["wrong.prototxt", "--ignore", "unknown-bottom"], 0),
        (["wrong.prototxt", "--select", "W,L"], 0),
        (["gone.prototxt"], 2),
        (["good.prototxt", "--schema", "bvcl"], 2),
        (["good.prototxt", "--phase", "TRIAN"], 2),
        (["good.prototxt", "--ignore", "N999"], 2),
        (["good.prototxt", "--format", "xml"], 2),
        (["good.prototxt", "--fixx"], 2),
        ([], 2),
    ],
)
def test_exit_codes(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        start.main(["check", *words])
    assert ended.value.code == code
    said = capsys.readouterr()
    assert bool(said.err) == (code == 2)
    # click, which reads what is not plain, says the same.
    assert run(["check", *words]) == code
    assert capsys.readouterr() == said


def test_mistakes_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "god.prototxt"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no file or folder god.prototxt\n  mend: did you mean good.prototxt?\n"
    )
    assert run(["check", "good.prototxt", "--shema", "x"]) == 2
    assert "did you mean --schema?" in capsys.readouterr().err
    assert run(["check", "good.prototxt", "--weights", "x.caffemodel"]) == 2
    assert "there is no file x.caffemodel" in capsys.readouterr().err


def test_the_help_says_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 nothing found; 1 something found; 2 could not run." in said
    for option in OPTIONS:
        assert option.flags[-1] in said
        assert option.help in said


PLAIN = [
    ["a"],
    ["a", "b", "-"],
    ["--fix", "a", "--jobs", "2"],
    ["a", "-j", "3", "-o", "x"],
    ["--select", "N", "--select=W", "a"],
    ["a", "--phase", "TRAIN", "--phase", "TEST", "--stage=v", "--level", "2"],
    ["a", "--format", "json", "--baseline=b", "--statistics", "--caffe"],
    ["a", "--as", "net", "--schema", "ssd", "--weights", "w", "--python-path", "p", "--run-from", "d"],
]
NOT_PLAIN = [
    [],
    ["--help"],
    ["a", "-h"],
    ["a", "--format"],
    ["a", "--format", "xml"],
    ["a", "--jobs", "many"],
    ["a", "--fix=yes"],
    ["a", "-j2"],
    ["a", "--for", "json"],
    ["a", "--output", "--fix"],
    ["--", "a"],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_a_start_without_click_reads_what_click_reads(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netgen.cli import check as with_click

    seen: list[dict[str, Any]] = []

    def note(paths: tuple[str, ...], **told: Any) -> int:
        seen.append({"paths": paths, **told})
        return 0

    monkeypatch.setattr(with_click, "check_paths", note)
    assert CliRunner().invoke(with_click.check, words).exit_code == 0
    assert plainly_given(words) == seen[0]


@pytest.mark.parametrize("words", NOT_PLAIN, ids=" ".join)
def test_what_is_not_plain_is_left_to_click(words: list[str]) -> None:
    assert plainly_given(words) is None


def test_a_plain_check_imports_little() -> None:
    program = (
        "import sys; sys.argv = ['netgen', 'check', 'good.prototxt']\n"
        "from netgen.cli.start import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "heavy = {'click', 'numpy', 'rich', 'jinja2', 'dataclasses', 'difflib', 'caffe', 'tomli', 'tomllib', 'json'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        "rules = [name for name in sys.modules if name.startswith('netgen.check.rules.')]\n"
        "print(len(rules) < 12, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "[]\nTrue\n"


def test_standard_input() -> None:
    done = netgen("check", "-", input=WRONG)
    assert done.returncode == 1
    assert done.stdout.startswith("<stdin>:11:3: error: no layer before it makes the bottom 'dat'")


def test_bytes_that_are_no_utf_8_and_terminals_that_show_little() -> None:
    Path("latin.prototxt").write_bytes(WRONG.replace('"dat"', '"dät"').encode("latin-1"))
    done = netgen("check", "latin.prototxt")
    assert done.returncode == 1
    assert 'bottom: "d?t"' in done.stdout
    assert done.stderr == ""
    for layout in FORMATS:
        assert netgen("check", "latin.prototxt", "--format", layout, "-o", "report").returncode == 1
        Path("report").read_text(encoding="utf-8")
    Path("umlaut.prototxt").write_text(WRONG.replace('"dat"', '"dät"'), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "netgen", "check", "umlaut.prototxt"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert 'bottom: "d?t"' in done.stdout


def test_standard_input_beside_many_files() -> None:
    for number in range(3):
        Path(f"n{number}.prototxt").write_text(GOOD, encoding="utf-8")
    done = netgen("check", "n0.prototxt", "-", "n1.prototxt", "n2.prototxt", "--jobs", "2", input=WRONG)
    assert "1 error in 1 of 4 files" in done.stdout


def test_folders_and_a_summary() -> None:
    done = netgen("check", ".")
    assert done.returncode == 1
    assert done.stdout.endswith("\n1 error and 1 warning in 2 of 3 files\n")
    assert done.stderr == ""


@pytest.mark.parametrize("layout", FORMATS)
def test_output_is_written_whole(layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "wrong.prototxt", "--format", layout]) == 1
    shown = capsys.readouterr().out
    assert run(["check", "wrong.prototxt", "--format", layout, "-o", "report"]) == 1
    assert capsys.readouterr().out == ""
    assert Path("report").read_text(encoding="utf-8") == shown
    assert not list(Path().glob("report.part*"))
    assert run(["check", "wrong.prototxt", "--format", layout, "-o", "gone/report"]) == 2


def test_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", ".", "--statistics"]) == 1
    assert "      1  N101  error    unknown-bottom (in 1 of the files)\n" in capsys.readouterr().out


def test_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", ".", "--write-baseline", "known.json"]) == 0
    assert "2 findings are listed in known.json" in capsys.readouterr().err
    assert run(["check", ".", "--baseline", "known.json"]) == 0
    Path("new.prototxt").write_text(WRONG, encoding="utf-8")
    capsys.readouterr()
    assert run(["check", ".", "--baseline", "known.json"]) == 1
    assert "1 error in 1 of 4 files" in capsys.readouterr().out


def test_fix_and_diff(capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace('type: "ReLU"', 'type: "relu"  # a comment')
    Path("case.prototxt").write_text(text, encoding="utf-8")
    assert run(["check", "case.prototxt", "--diff"]) == 0
    said = capsys.readouterr()
    assert '-  type: "relu"  # a comment\n+  type: "ReLU"  # a comment\n' in said.out
    assert said.err == "1 finding to mend\n"
    assert Path("case.prototxt").read_text(encoding="utf-8") == text
    assert run(["check", "case.prototxt", "--fix"]) == 0
    assert capsys.readouterr().err == "1 finding mended\n"
    assert Path("case.prototxt").read_text(encoding="utf-8") == text.replace('"relu"  #', '"ReLU"  #')


def test_a_patch_is_the_files_own_bytes() -> None:
    text = '# größer\r\nname: "n"\r\nlayer { name: "d" type: "input" top: "d" }\r\n'
    Path("bytes.prototxt").write_bytes(text.encode())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "netgen", "check", "bytes.prototxt", "--diff"],
        env=environment,
        capture_output=True,
        check=False,
    )
    lines = done.stdout.split(b"\n")
    assert " # größer\r".encode() in lines
    assert b'+layer { name: "d" type: "Input" top: "d" }\r' in lines
    assert done.returncode == 0


def test_a_link_to_nowhere_is_said_to_be_one() -> None:
    Path("broken.prototxt").symlink_to("nowhere.prototxt")
    done = netgen("check", "broken.prototxt")
    assert done.returncode == 2
    assert done.stderr == "error: broken.prototxt is a link to nowhere.prototxt, which is not there\n"


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_standard_input_is_not_mended(option: str) -> None:
    done = netgen("check", "-", option, input=WRONG)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: what comes on standard input is no file to mend\n  mend: give the file's path\n"
    )


def test_options_reach_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    rules = GOOD.replace('top: "relu"', 'top: "relu"\n  include { phase: TEST stage: "val" }')
    Path("staged.prototxt").write_text(rules.replace('bottom: "data"', 'bottom: "dat"'), encoding="utf-8")
    words = ["check", "staged.prototxt", "--ignore", "W"]
    assert run([*words, "--phase", "TEST"]) == 0
    assert run([*words, "--phase", "TEST", "--stage", "val"]) == 1
    assert run([*words, "--stage", "val", "--format", "json"]) == 1
    assert (
        json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))["findings"][0]["phase"]
        == "TEST:val"
    )


def test_what_pyproject_says(capsys: pytest.CaptureFixture[str]) -> None:
    from netgen.check.settings import _of_folder

    _of_folder.cache_clear()
    Path("pyproject.toml").write_text('[tool.netgen]\nignore = ["N101", "unnamed-net"]\n')
    assert run(["check", "."]) == 0
    Path("pyproject.toml").write_text("[tool.netgen]\nignroe = []\n")
    _of_folder.cache_clear()
    assert run(["check", "."]) == 2
    assert "did you mean ignore?" in capsys.readouterr().err
    _of_folder.cache_clear()


def test_a_file_that_cannot_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netgen.check import run as running

    def refused(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(running, "_read", refused)
    assert run(["check", "good.prototxt"]) == 2
    assert capsys.readouterr().err == "error: good.prototxt: Permission denied\n"


def test_colours_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert run(["check", "wrong.prototxt"]) == 1
    assert "\033[31merror\033[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["check", "wrong.prototxt"]) == 1
    assert "\033" not in capsys.readouterr().out


def test_how_far_a_long_run_is_is_shown_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import time

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: 10.0 * next(clock))
    show = check_job._progress()
    assert show is not None
    show(1, 2)
    show(2, 2)
    assert capsys.readouterr().err == "\r[###############               ] 1 of 2 files\r\033[K"


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    for number in range(300):
        Path(f"w{number}.prototxt").write_text(WRONG, encoding="utf-8")
    done = subprocess.run(
        f"{sys.executable} -m netgen check . | head -1",
        shell=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "unknown-bottom" in done.stdout or "unnamed-net" in done.stdout


# ---- explain ----


@pytest.mark.parametrize("word", ["N101", "n101", "unknown-bottom"])
def test_explain_one(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", word]) == 0
    said = capsys.readouterr().out
    assert said.startswith("N101 unknown-bottom (error)\n\nA bottom that no layer before it makes.\n")
    for section in ("Fails", "Passes", "Source"):
        assert f"\n{section}\n---" in said


def test_explain_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in every_rule()]
    assert any("A bottom that no layer before it makes" in line for line in lines)


def test_explain_what_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "unknown-botom"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no rule 'unknown-botom'\n  mend: did you mean unknown-bottom?\n"
    )


# ---- real Caffe ----


@pytest.mark.caffe
def test_caffe_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["check", "good.prototxt", "unnamed.prototxt", "wrong.prototxt", "--caffe", "--ignore", "W"]) == 1
    )
    assert capsys.readouterr().err == "real Caffe was asked 6 times and disagrees 0 times\n"


@pytest.mark.caffe
def test_where_caffe_disagrees_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib

    module = importlib.import_module("netgen.check.rules.unknown_bottom")
    monkeypatch.setattr(module, "check", lambda _subject: iter(()))
    assert run(["check", "wrong.prototxt", "--caffe", "--phase", "TEST"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("wrong.prototxt: TEST: Caffe refuses it (")
    assert "netgen takes it\n  mend: that is a mistake in netgen; please report it, with this file\n" in said
    assert said.endswith("real Caffe was asked 1 times and disagrees 1 times\n")


@pytest.mark.caffe
def test_a_forks_net_is_no_disagreement(capsys: pytest.CaptureFixture[str]) -> None:
    data = (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
    )
    norm = 'layer { name: "n" type: "Normalize" bottom: "d" top: "n" norm_param { across_spatial: false } }\n'
    Path("fork.prototxt").write_text(f'name: "n"\n{data}{norm}')
    assert run(["check", "fork.prototxt", "--caffe", "--phase", "TEST"]) == 0
    said = capsys.readouterr().err
    assert "netgen takes it; with --schema bvlc the two agree\n" in said
    assert said.endswith("real Caffe was asked 1 times and disagrees 0 times\n")


@pytest.mark.caffe
def test_what_caffe_cannot_judge_here(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data.prototxt").write_text(
        'name: "d" layer { name: "d" type: "HDF5Data" top: "d" hdf5_data_param { source: "no.txt" batch_size: 1 } }'
    )
    assert run(["check", "data.prototxt", "--caffe", "--ignore", "W"]) == 0
    said = capsys.readouterr().err
    assert said.count("Caffe cannot judge it here") == 2
    assert said.endswith("disagrees 0 times\n")
