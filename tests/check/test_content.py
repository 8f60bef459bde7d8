"""What a file is, seen from its content."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest
from check_nets import GOOD, TRAINING

from netgen.check import check
from netgen.check.content import is_blank, net_or_solver

SOLVER = 'net: "train.prototxt"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 10\n'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOOD, "net"),
        ("layers { name: 'x' }", "net"),
        ("\n\n# a comment\ninput: 'data'", "net"),
        ("debug_info: true force_backward: true", "net"),
        ("state { phase: TEST }", "net"),
        (SOLVER, "solver"),
        ("# net: what is trained, name: no\n" + SOLVER, "solver"),
        ("# for training, net: x\n" + GOOD, "net"),
        ("debug_info: true\nbase_lr: 0.1", "solver"),
        ("net_param { name: 'x' layer { name: 'y' } }", "solver"),
        ("# " + "long " * 2000 + "\nbase_lr: 1", "solver"),
        ("max_iter:10;net:'x'", "solver"),
        ("", None),
    ],
)
def test_nets_and_solvers_are_told_apart(text: str, kind: Optional[str]) -> None:
    assert net_or_solver(text.encode()) == kind


def test_blank_texts() -> None:
    assert is_blank(b"")
    assert is_blank(b" \n# nothing\n\n#")
    assert not is_blank(b"# nothing\nname: 'x'")
    assert not is_blank(b"name: '#'")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"\n\x0cVGG_ILSVRC\x12\x04data\x08\x01\x00\x00", "binary-file", "a caffemodel"),
        (b"\x89HDF\r\n\x1a\n", "binary-file", "an HDF5 file"),
        ("name: 'x'".encode("utf-16"), "binary-file", "UTF-16"),
        (b"  <!doctype HTML><html></html>", "web-page", "a web page"),
        (b"<?xml version='1.0'?><a/>", "web-page", "a web page"),
        (b"404: Not Found", "web-page", "no such file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs-pointer", "Git LFS"),
        (b'{"name": "x"}', "not-a-net", "JSON"),
        (b"name: 'x'\n<<<<<<< HEAD\n", "merge-conflict", "conflicts"),
        (b"", "empty-file", "the file is empty"),
    ],
)
def test_what_is_no_prototxt_is_said_once(data: bytes, name: str, words: str) -> None:
    findings = check(text=data)
    assert [finding.name for finding in findings if finding.name != "unnamed-net"] == [name]
    assert words in findings[0].message


def test_a_caffemodel_that_is_given_by_path(tmp_path: Path) -> None:
    from netgen.schema import caffe_pb2

    net = caffe_pb2.NetParameter(name="x")
    net.layer.add(name="data", type="Input").top.append("data")
    (tmp_path / "x.caffemodel").write_bytes(net.SerializeToString())
    (finding,) = check(tmp_path / "x.caffemodel")
    assert finding.code == "S124"


def test_a_solver_given_for_a_net_and_the_reverse() -> None:
    assert [one.name for one in check(text=SOLVER, kind="net")] == ["wrong-kind"]
    (finding,) = check(text=TRAINING, kind="solver")
    assert finding.name == "wrong-kind"
    assert finding.message == "this reads as a NetParameter, expected a SolverParameter"
    assert finding.mend == "give the file of a SolverParameter"


def test_text_that_is_recognised_as_something_else_only_where_it_cannot_be_read() -> None:
    # A string may hold anything.
    assert check(text=GOOD.replace('"good"', '"a\\n<<<<<<< HEAD <html>"')) == []
