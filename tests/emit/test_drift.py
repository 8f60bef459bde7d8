"""Comparing a folder with its source: what is said, and that nothing is written."""

from __future__ import annotations

import pytest

from netgen.emit import Bundle, compare, write_bundle
from netgen.emit.bundle import manifest_of
from netgen.errors import BundleError


def bundle(**files):
    named = {name.replace("_", "."): text.encode() for name, text in files.items()}
    return Bundle({**named, "netgen.json": manifest_of(named)})


SOME = bundle(a_txt="one\ntwo\n", b_txt="b\n")


@pytest.fixture
def folder(tmp_path):
    write_bundle(SOME, tmp_path)
    return tmp_path


def found(some, folder):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*")}
    drifts = compare(some, folder)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*")} == before
    return [(drift.name, drift.kind) for drift in drifts]


def test_no_drift(folder):
    assert compare(SOME, folder) == []


def test_line_ends_and_foreign_files_do_not_count(folder):
    (folder / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    (folder / "mine.txt").write_text("mine")
    assert compare(SOME, folder) == []


def test_an_edited_file(folder):
    (folder / "a.txt").write_text("one\ntwo, edited\n")
    (drift,) = compare(SOME, folder)
    assert (drift.name, drift.kind) == ("a.txt", "differs")
    assert str(drift) == (
        "a.txt differs from what its source gives\n"
        "--- a.txt (on disk)\n"
        "+++ a.txt (from the source)\n"
        "@@ -1,2 +1,2 @@\n"
        " one\n"
        "-two, edited\n"
        "+two"
    )


def test_an_edited_source(folder):
    assert found(bundle(a_txt="one\nthree\n", b_txt="b\n"), folder) == [("a.txt", "differs")]


def test_a_missing_file(folder):
    (folder / "b.txt").unlink()
    assert [str(drift) for drift in compare(SOME, folder)] == ["b.txt is missing"]


def test_a_missing_folder(tmp_path):
    assert found(SOME, tmp_path / "none") == [("a.txt", "missing"), ("b.txt", "missing")]


def test_a_file_that_is_no_longer_made(folder):
    assert found(bundle(a_txt="one\ntwo\n"), folder) == [("b.txt", "stale")]


def test_a_file_that_is_no_longer_made_and_was_edited_is_not_netgens(folder):
    (folder / "b.txt").write_text("edited")
    less = bundle(a_txt="one\ntwo\n")
    assert found(less, folder) == [("netgen.json", "differs")]
    write_bundle(less, folder)
    assert found(less, folder) == []


def test_a_damaged_manifest(folder):
    (folder / "netgen.json").write_text("{")
    assert found(SOME, folder) == [("netgen.json", "differs")]
    (folder / "netgen.json").unlink()
    assert found(SOME, folder) == [("netgen.json", "missing")]


def test_a_file_in_the_folders_place(tmp_path):
    (tmp_path / "x").write_text("x")
    with pytest.raises(BundleError, match="x is a file, and a bundle is a folder"):
        compare(SOME, tmp_path / "x")


def test_a_folder_in_a_files_place(folder):
    (folder / "a.txt").unlink()
    (folder / "a.txt").mkdir()
    with pytest.raises(BundleError, match=r"a\.txt is a folder, and the bundle has a file of that name"):
        compare(SOME, folder)


def test_a_file_that_cannot_be_read(folder, monkeypatch):
    def refused(*args):
        raise PermissionError(13, "no", str(folder / "a.txt"))

    monkeypatch.setattr("netgen.emit.drift.content_of", refused)
    with pytest.raises(BundleError, match=r"cannot compare the bundle with .*: no permission: .*a\.txt"):
        compare(SOME, folder)


def test_the_places_in_a_diff_are_the_files(folder):
    lines = [f"line {number}" for number in range(100)]
    write_bundle(bundle(a_txt="\n".join(lines)), folder)
    changed = [*lines[:50], "new", *lines[51:]]
    (drift,) = compare(bundle(a_txt="\n".join(changed)), folder)
    assert drift.diff.splitlines()[2:] == [
        "@@ -48,7 +48,7 @@",
        " line 47",
        " line 48",
        " line 49",
        "-line 50",
        "+new",
        " line 51",
        " line 52",
        " line 53",
    ]


@pytest.mark.parametrize(("disk", "source", "hunk"), [("", "a", "@@ -0,0 +1 @@"), ("a", "", "@@ -1 +0,0 @@")])
def test_a_diff_with_nothing_on_a_side(folder, disk, source, hunk):
    write_bundle(bundle(a_txt=disk), folder)
    (drift,) = compare(bundle(a_txt=source), folder)
    assert drift.diff.splitlines()[2] == hunk


def test_a_diff_of_very_long_files_is_cut(folder):
    write_bundle(bundle(a_txt="same\n" * 10000), folder)
    (drift,) = compare(bundle(a_txt="other\n" * 10000), folder)
    assert drift.diff.count("\n") < 4100
    assert drift.diff.endswith("… and more after line 2000")
