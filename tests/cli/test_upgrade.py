"""``netgen upgrade``: what it writes, where, and what it says."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest

from netgen.cli import whole
from netgen.cli.main import run
from netgen.cli.whole import write_whole

OLD = '# a net\nlayers { name: "r" type: RELU bottom: "x" top: "x" }  # in place\n'
NOW = '# a net\nlayer { name: "r" type: "ReLU" bottom: "x" top: "x" }  # in place\n'
SOLVER = 'net: "train.prototxt"\nsolver_type: ADAM\n'
SOLVER_NOW = 'net: "train.prototxt"\ntype: "Adam"\n'
MIXED = '\nlayer { name: "a" type: "ReLU" }\n  layers { name: "b" type: RELU }\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("old.prototxt").write_text(OLD)
    Path("now.prototxt").write_text(NOW)
    Path("solver.prototxt").write_text(SOLVER)
    Path("mixed.prototxt").write_text(MIXED)
    return tmp_path


def test_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["upgrade", "old.prototxt"]) == 0
    assert capfdbinary.readouterr() == (NOW.encode(), b"")
    assert Path("old.prototxt").read_text() == OLD


def test_a_file_in_todays_form_comes_out_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    odd = b"layer{type:'ReLU'}\r\n# \xff"
    Path("odd.prototxt").write_bytes(odd)
    assert run(["upgrade", "odd.prototxt"]) == 0
    assert capfdbinary.readouterr() == (odd, b"")


def test_a_solver(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["upgrade", "solver.prototxt"]) == 0
    assert capfdbinary.readouterr() == (SOLVER_NOW.encode(), b"")


def test_standard_input(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD.encode())))
    assert run(["upgrade", "-"]) == 0
    assert capfdbinary.readouterr() == (NOW.encode(), b"")


def test_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upgrade", "old.prototxt", "-o", "new.prototxt"]) == 0
    assert Path("new.prototxt").read_text() == NOW
    assert Path("old.prototxt").read_text() == OLD
    assert capsys.readouterr() == ("", "")


def test_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("now.prototxt").stat().st_mtime_ns
    assert run(["upgrade", "-i", "old.prototxt", "now.prototxt", "solver.prototxt"]) == 0
    assert Path("old.prototxt").read_text() == NOW
    assert Path("solver.prototxt").read_text() == SOLVER_NOW
    assert Path("now.prototxt").stat().st_mtime_ns == before
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "upgraded old.prototxt: layers\nupgraded solver.prototxt: solver_type\n"


def test_nothing_is_written_where_one_cannot_be_upgraded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upgrade", "-i", "old.prototxt", "mixed.prototxt"]) == 2
    assert Path("old.prototxt").read_text() == OLD
    assert Path("mixed.prototxt").read_text() == MIXED
    said = capsys.readouterr().err
    assert said.startswith(
        "error: mixed.prototxt:3:3: layer 'b': the net has both layer (1 times) and layers (1"
    )
    assert "\n  mend: write every layer as layer { ... }" in said


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upgrade", "--check", "now.prototxt"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run(["upgrade", "--check", "old.prototxt", "now.prototxt", "solver.prototxt"]) == 1
    assert capsys.readouterr().err == (
        "old.prototxt is not in today's form: layers\nsolver.prototxt is not in today's form: solver_type\n"
    )
    assert Path("old.prototxt").read_text() == OLD


def test_diff(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["upgrade", "--diff", "old.prototxt", "now.prototxt"]) == 0
    said = capfdbinary.readouterr()
    assert said.err == b""
    assert said.out.splitlines()[:2] == [b"--- a/old.prototxt", b"+++ b/old.prototxt"]
    assert f"+{NOW.splitlines()[1]}".encode() in said.out.splitlines()
    assert run(["upgrade", "--diff", "--check", "old.prototxt"]) == 1


def test_what_caffe_leaves_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("v0.prototxt").write_text(
        'input: "x" input_dim: 1 input_dim: 1 input_dim: 1 input_dim: 1\n'
        'layers { bottom: "x" top: "y" layer { name: "r" type: "relu"\n    pad: 3 } }\n'
    )
    assert run(["upgrade", "v0.prototxt"]) == 0
    assert capsys.readouterr().err == (
        "v0.prototxt:3:5: warning: Caffe does not know pad in a layer of type 'relu' and goes on without it\n"
        "  mend: take pad out of layer 'r'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old.prototxt", "now.prototxt"], "there are 2 files, and one output\n  mend: give --in-place"),
        (["old.prototxt", "now.prototxt", "-o", "x"], "there are 2 files, and one output"),
        (["old.prototxt", "-i", "-o", "x"], "of --output, --in-place, and --check with --diff one"),
        (["old.prototxt", "-i", "--diff"], "of --output, --in-place, and --check with --diff one"),
        (["-", "-i"], "standard input cannot be written in place"),
        (["nowhere.prototxt"], "nowhere.prototxt: No such file or directory"),
        (["broken.prototxt"], "broken.prototxt:1:12: LayerParameter has no field 'nam'\n  mend: did you mean name?"),
        (["page.prototxt"], "page.prototxt:1:1: this is a web page\n  mend: download the file itself"),
        (["two.prototxt"], "two.prototxt:1:13: the solver has both type and solver_type"),
        (["old.prototxt", "--as", "solver"], "old.prototxt:2:8: this reads as a NetParameter, expected a SolverParameter"),
    ],
)  # fmt: skip
def test_what_cannot_be(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.prototxt").write_text("layer { nam: 'x' }")
    Path("page.prototxt").write_text("<!DOCTYPE html>\n<html></html>")
    Path("two.prototxt").write_text('type: "SGD" solver_type: SGD base_lr: 1')
    assert run(["upgrade", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {said}")


def test_a_forks_net_is_read_by_its_schema(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = 'input: "x" input_shape { dim: 1 }\nlayer { type: "Upsample" bottom: "x" upsample_param { scale: 2 } }\n'
    Path("segnet.prototxt").write_text(text)
    assert run(["upgrade", "--schema", "segnet", "segnet.prototxt"]) == 0
    assert b"upsample_param { scale: 2 }" in capfdbinary.readouterr().out


# ---- writing ----


def test_a_written_file_keeps_permissions_and_links() -> None:
    Path("target").write_bytes(b"old")
    Path("target").chmod(0o640)
    Path("link").symlink_to("target")
    write_whole("link", b"new")
    assert Path("link").is_symlink()
    assert Path("target").read_bytes() == b"new"
    assert stat.S_IMODE(Path("target").stat().st_mode) == 0o640


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside(
    monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    def full(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(whole.os, "fsync", full)
    before = sorted(here.iterdir())
    with pytest.raises(OSError, match="full"):
        write_whole("old.prototxt", b"new")
    assert Path("old.prototxt").read_text() == OLD
    assert sorted(here.iterdir()) == before


def test_a_folder_that_is_not_there_is_said_by_the_name_that_was_given() -> None:
    with pytest.raises(FileNotFoundError) as raised:
        write_whole("nowhere/new.prototxt", b"new")
    assert raised.value.filename == "nowhere/new.prototxt"
