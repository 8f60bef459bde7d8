"""``netgen emit``: what a person sees, and what scripts can rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from netgen.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
NETWORK = """
import netgen as ng
from netgen import layers as L

@ng.network
def tiny(net, size: int = 4, *, width: int, mode: str = "fast"):
    '''Make a tiny net.

    Parameters
    ----------
    size : int
        Pixels in.
    width : int
        Channels.
    '''
    print("a print of the user's")
    net.data = L.Input(shape=dict(dim=[1, width, size, size]))
    net.relu = L.ReLU(net.data)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NETWORK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def netgen(capsys: pytest.CaptureFixture[str]) -> Any:
    def called(*words: str) -> tuple[int, str, str]:
        code = run(["emit", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def test_it_writes_a_bundle_and_says_so(netgen: Any, here: Path) -> None:
    code, out, err = netgen("net.py", "-o", "out/tiny", "--set", "width=3")
    assert code == 0
    names = ["train.prototxt", "deploy.prototxt", "solver.prototxt", "README.md", "netgen.json"]
    assert out.splitlines() == [f"    wrote  out/tiny/{name}" for name in names]
    assert set(err.splitlines()) == {"a print of the user's"}
    assert sorted(path.name for path in (here / "out" / "tiny").iterdir()) == sorted(names)
    code, out, _ = netgen("net.py:tiny", "-o", "out/tiny", "--set", "width=3")
    assert (code, out.split()) == (0, [word for name in names for word in ("unchanged", f"out/tiny/{name}")])


def test_in_json(netgen: Any) -> None:
    words = ["net.py", "-o", "out", "--set", "width=3", "--format", "json"]
    code, out, _ = netgen(*words)
    told = json.loads(out)
    assert code == 0
    assert told["folder"] == "out"
    assert "train.prototxt" in told["written"]
    assert told["unchanged"] == told["removed"] == told["kept"] == told["notes"] == []
    told = json.loads(netgen(*words)[1])
    assert told["written"] == []
    assert "train.prototxt" in told["unchanged"]
    code, out, _ = netgen(*words, "--check")
    assert (code, json.loads(out)) == (0, {"folder": "out", "differs": []})
    code, out, _ = netgen("net.py", "-o", "out", "--set", "width=4", "--format", "json", "--check")
    told = json.loads(out)
    assert code == 1
    assert {each["file"]: each["kind"] for each in told["differs"]}["deploy.prototxt"] == "differs"
    assert "-    shape { dim: 1 dim: 3 dim: 4 dim: 4 }" in told["differs"][0]["diff"]


def test_check_writes_nothing_and_shows_the_change(netgen: Any, here: Path) -> None:
    code, out, _ = netgen("net.py", "-o", "out", "--set", "width=3", "--check")
    assert code == 1
    assert "out/train.prototxt: missing" in out
    assert not (here / "out").exists()
    netgen("net.py", "-o", "out", "--set", "width=3")
    assert netgen("net.py", "-o", "out", "--set", "width=3", "--check")[:2] == (0, "")
    before = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    code, out, err = netgen("net.py", "-o", "out", "--set", "width=5", "--check")
    assert code == 1
    assert "out/train.prototxt: differs" in out
    assert "--- train.prototxt (on disk)\n+++ train.prototxt (from the source)\n" in out
    assert "-    shape { dim: 1 dim: 3 dim: 4 dim: 4 }\n+    shape { dim: 1 dim: 5 dim: 4 dim: 4 }\n" in out
    assert "files in out not as the source gives" in err
    assert {path.name: path.read_bytes() for path in (here / "out").iterdir()} == before


def test_stdout_is_the_file_and_nothing_else(netgen: Any, here: Path) -> None:
    code, out, err = netgen("net.py", "--set", "width=3", "--stdout")
    assert code == 0
    assert out.startswith("# The net for training and testing.\n")
    assert "a print of the user's" in err
    netgen("net.py", "--set", "width=3", "-o", ".")
    for name in ("train.prototxt", "deploy.prototxt", "solver.prototxt", "README.md"):
        assert netgen("net.py", "--set", "width=3", "--stdout", "--file", name)[1] == (here / name).read_text(
            encoding="utf-8"
        )


def test_the_solver_and_templates(netgen: Any, here: Path) -> None:
    (here / "mine").mkdir()
    text = (ROOT / "templates" / "deploy.prototxt.j2").read_text(encoding="utf-8")
    (here / "mine" / "deploy.prototxt.j2").write_text("# from mine\n" + text, encoding="utf-8")
    words = ["net.py", "-o", "out", "--set", "width=3", "--templates", "mine"]
    words += ["--solver", "base_lr=0.25", "--solver", "lr_policy=multistep", "--solver", "gamma=0.1"]
    words += ["--solver", "stepvalue=10", "--solver", "stepvalue=20"]
    assert netgen(*words)[0] == 0
    solver = (here / "out" / "solver.prototxt").read_text()
    assert "base_lr: 0.25" in solver
    assert "stepvalue: 10\nstepvalue: 20\n" in solver
    assert (here / "out" / "deploy.prototxt").read_text().startswith("# from mine")
    (here / "mine" / "deploy.prototxt.j2").write_text("layer { name: 'other' }", encoding="utf-8")
    code, _, err = netgen(*words)
    assert code == 2
    assert "error: " in err


def test_files_of_others_are_not_replaced_without_force(netgen: Any, here: Path) -> None:
    (here / "out").mkdir()
    (here / "out" / "train.prototxt").write_text("mine")
    code, out, err = netgen("net.py", "-o", "out", "--set", "width=3")
    assert (code, out) == (2, "")
    assert "error: " in err
    assert "--force" in err
    assert [path.name for path in (here / "out").iterdir()] == ["train.prototxt"]
    assert netgen("net.py", "-o", "out", "--set", "width=3", "--force")[0] == 0
    assert "dim: 3" in (here / "out" / "train.prototxt").read_text()


def test_files_that_were_edited_and_are_no_longer_wanted_are_kept_and_named(netgen: Any, here: Path) -> None:
    (here / "own_layers.py").write_text("# a layer\n")
    text = NETWORK + "    net.own = L.Python(net.relu, module='own_layers', layer='Own')\n"
    own = text.replace("    net.own", "    if not net.deploying: net.own")
    (here / "net.py").write_text(own, encoding="utf-8")
    netgen("net.py", "-o", "out", "--set", "width=3")
    (here / "out" / "own_layers.py").write_text("# edited\n")
    (here / "net.py").write_text(NETWORK, encoding="utf-8")
    code, out, _ = netgen("net.py", "-o", "out", "--set", "width=3")
    assert code == 0
    assert "     kept  out/own_layers.py (edited since netgen wrote it)" in out.splitlines()
    assert (here / "out" / "own_layers.py").read_text() == "# edited\n"


@pytest.mark.parametrize(
    "words",
    [
        ["net.py", "--help"],
        ["--help", "net.py"],
        ["-h", "net.py:tiny"],
        ["-o", "out", "--set", "width=3", "net.py", "-h"],
        ["net.py", "--set", "width=3", "--check", "--help"],
    ],
)
def test_help_lists_the_networks_own_options(netgen: Any, words: list[str]) -> None:
    code, out, _ = netgen(*words)
    assert code == 0
    assert out.startswith("Usage: netgen emit [OPTIONS] FILE.py[:NETWORK]")
    section = out[out.index("Options of net.py:tiny, set with --set NAME=VALUE") :]
    assert [line.split() for line in section.splitlines()[1:]] == [
        ["size=integer", "Pixels", "in.", "[default", "4]"],
        ["width=integer", "Channels.", "[required]"],
        ["mode=text", "[default", "fast]"],
    ]


def test_help_without_a_file(netgen: Any) -> None:
    code, out, _ = netgen("--help")
    assert code == 0
    assert "--deploy-net FILE.py:NAME" in out
    assert "Options of" not in out
    code, out, err = netgen("nowhere.py", "--help")
    assert (code, out) == (2, "")
    assert "nowhere.py does not exist" in err


def test_a_network_without_options_says_so(netgen: Any, here: Path) -> None:
    (here / "net.py").write_text("import netgen as ng\n@ng.network\ndef bare(net): pass\n")
    assert netgen("net.py", "--help")[1].rstrip().endswith("none")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["net.py", "--set", "width=3"],
            "error: no folder was given for the bundle\n  mend: -o DIR, or --stdout",
        ),
        (["net.py", "-o", "out"], "error: option width of tiny has no default and was not given (integer)"),
        (["net.py", "-o", "out", "--set", "width=x"], "error: option width wants a whole number, came 'x'"),
        (
            ["net.py", "-o", "out", "--set", "widht=3"],
            "error: tiny has no option 'widht'; it has size, width, mode",
        ),
        (["net.py", "-o", "out", "--set", "width"], "error: --set wants name=value, came 'width'"),
        (["net.py", "-o", "out", "--set", "width=3", "--solver", "base_rl=1"], "did you mean base_lr?"),
        (
            ["net.py", "--set", "width=3", "--stdout", "--file", "trian.prototxt"],
            "did you mean train.prototxt?",
        ),
        (["net.py", "--set", "width=3", "--stdout", "-o", "out"], "--stdout and -o exclude each other"),
        (["nowhere.py", "-o", "out"], "error: "),
        ([], "error: missing argument 'FILE.py[:NETWORK]'"),
        (["net.py", "--nothing"], "error: netgen emit has no option --nothing"),
    ],
)
def test_mistakes_end_with_2_and_go_to_standard_error(
    netgen: Any, here: Path, words: list[str], said: str
) -> None:
    code, out, err = netgen(*words)
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert sorted(path.name for path in here.iterdir()) == ["net.py"]


def test_mistakes_in_the_network_have_a_place(netgen: Any, here: Path) -> None:
    (here / "net.py").write_text(NETWORK.replace("L.ReLU(net.data)", "L.ReLU(net.dtaa)"))
    code, _, err = netgen("net.py", "-o", "out", "--set", "width=3")
    assert code == 2
    assert "error: net.py:18: phase TRAIN: net has no blob 'dtaa'; it has data" in err
    assert "  mend: did you mean data?" in err


def test_a_folder_that_cannot_be_written(netgen: Any, here: Path) -> None:
    (here / "out").write_text("a file")
    code, _, err = netgen("net.py", "-o", "out", "--set", "width=3")
    assert code == 2
    assert "error: " in err
    assert (here / "out").read_text() == "a file"


# ---- as a program of its own ----


def program(*words: str, cwd: Path, **given: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "netgen", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        check=False,
        **given,
    )


def test_python_m_netgen(here: Path) -> None:
    done = program("emit", "net.py", "--set", "width=3", "--stdout", cwd=here)
    assert done.returncode == 0
    assert done.stdout.startswith(b"# The net for training and testing.\n")
    assert b"\r" not in done.stdout
    assert program("emit", "net.py", "--set", "width=x", "--stdout", cwd=here).returncode == 2
    assert program("emit", "net.py", "--set", "width=3", "-o", "out", "--check", cwd=here).returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="there is no such pipe")
@pytest.mark.parametrize(
    "words", [["--stdout"], ["--stdout", "--file", "train.prototxt"], ["-o", "out", "--check"]]
)
def test_a_reader_that_goes_away(here: Path, words: list[str]) -> None:
    # More than a pipe holds, so that writing goes on after the reader has gone.
    (here / "net.py").write_text(
        textwrap.dedent(
            """
            import netgen as ng
            from netgen import layers as L

            @ng.network
            def long(net, n: int = 1000):
                x = net.data = L.Input(shape=dict(dim=[1]))
                for i in range(n):
                    x = L.Power(x, scale=n)
                net.out = x
            """
        )
    )
    if "--check" in words:
        assert program("emit", "net.py", "--set", "n=950", "-o", "out", cwd=here).returncode == 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "netgen", "emit", "net.py", *words]
    with subprocess.Popen(
        command, cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        code = process.wait(60)
    assert errors == b""
    # Nothing is wrong; but what differs, differs, read or not.
    assert code == (1 if "--check" in words else 0)


@pytest.mark.skipif(os.name == "nt", reason="there is no such pipe")
def test_a_reader_that_was_never_there(here: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "netgen", "emit", "net.py", "--set", "width=3", "-o", "out"]
    done = subprocess.run(
        words, cwd=here, env=environment, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.stderr.replace(b"a print of the user's\n", b"") == b""
    assert done.returncode == 0
    assert (here / "out" / "train.prototxt").exists()
