"""Writing a bundle: what is replaced, what is left, what is refused, and what a failing file system leaves."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import netgen
from netgen.emit import Bundle, compare, interrupted, journal, recover, storage, swap, write_bundle
from netgen.emit.bundle import manifest_of
from netgen.errors import BundleError


def bundle(**files):
    """Return a bundle; ``pkg__m_py`` is the file pkg/m.py."""
    named = {name.replace("__", "/").replace("_", "."): text.encode() for name, text in files.items()}
    return Bundle({**named, "netgen.json": manifest_of(named)})


OLD = bundle(train_prototxt="old", deploy_prototxt="same", pkg__gone_py="gone")
NEW = bundle(train_prototxt="new", deploy_prototxt="same", pkg__more_py="more")


def held(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path):
    """The old bundle, as netgen wrote it."""
    write_bundle(OLD, tmp_path / "unet")
    return tmp_path / "unet"


WAYS = ["exchange", "journal"]


@pytest.fixture
def way(request, monkeypatch):
    if request.param == "journal":
        monkeypatch.setattr(storage, "can_exchange", lambda: False)
    elif not storage.can_exchange():
        pytest.skip("this system cannot exchange two names")
    return request.param


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    report = write_bundle(OLD, tmp_path / "a" / "b")
    assert held(tmp_path / "a" / "b") == OLD.files
    assert (report.way, report.written) == ("new", tuple(OLD.files))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_an_empty_folder_is_used(tmp_path):
    write_bundle(OLD, tmp_path)
    assert held(tmp_path) == OLD.files


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_what_changed_is_replaced_and_the_rest_is_left(folder, way):
    (folder / "notes.txt").write_text("mine")
    (folder / "pkg" / "mine.py").write_text("mine")
    before = {path: path.stat() for path in [folder, *folder.rglob("*")]}
    report = write_bundle(NEW, folder)
    assert report.way == way
    assert report.written == ("train.prototxt", "pkg/more.py", "netgen.json")
    assert (report.unchanged, report.removed, report.kept) == (("deploy.prototxt",), ("pkg/gone.py",), ())
    assert held(folder) == {**NEW.files, "notes.txt": b"mine", "pkg/mine.py": b"mine"}
    for name in ("", "notes.txt", "pkg", "pkg/mine.py", "deploy.prototxt"):
        assert (folder / name).stat().st_ino == before[folder / name].st_ino
    assert [path.name for path in folder.parent.iterdir()] == ["unet"]


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_a_folder_that_is_left_empty_goes(folder, way):
    write_bundle(bundle(train_prototxt="new"), folder)
    assert not (folder / "pkg").exists()


def test_nothing_is_written_where_nothing_changed(folder, monkeypatch):
    for name in ("mkdir", "open", "replace", "symlink", "unlink"):
        monkeypatch.setattr(os, name, None if name != "open" else only_reading(os.open))
    report = write_bundle(OLD, folder)
    assert (report.way, report.written, set(report.unchanged)) == ("none", (), set(OLD.files))


def only_reading(original):
    def call(path, flags, *args):
        assert not flags & os.O_CREAT
        return original(path, flags, *args)

    return call


def test_line_ends_do_not_count(folder):
    text = bundle(train_prototxt="a\nb\n")
    write_bundle(text, folder)
    (folder / "train.prototxt").write_bytes(b"a\r\nb\r\n")
    assert write_bundle(text, folder).way == "none"
    write_bundle(bundle(train_prototxt="a\nc\n"), folder)  # still netgen's own, so no --force is needed
    assert (folder / "train.prototxt").read_bytes() == b"a\nc\n"


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_permissions_stay(folder, way):
    (folder / "train.prototxt").chmod(0o604)
    folder.chmod(0o710)
    write_bundle(NEW, folder)
    assert (folder / "train.prototxt").stat().st_mode & 0o777 == 0o604
    assert folder.stat().st_mode & 0o777 == 0o710
    assert (folder / "pkg" / "more.py").stat().st_mode & 0o777 == 0o666 & ~umask()


def umask():
    current = os.umask(0)
    os.umask(current)
    return current


def test_a_link_to_a_folder_is_followed(folder):
    link = folder.parent / "link"
    link.symlink_to("unet")
    write_bundle(NEW, link)
    assert held(folder) == NEW.files
    assert link.is_symlink()


def test_a_shell_in_the_folder_stays_in_it(folder, monkeypatch):
    monkeypatch.chdir(folder)
    write_bundle(NEW, Path())
    assert Path.cwd() == folder
    assert Path("train.prototxt").read_text() == "new"


# What netgen did not write.


def refused(folder, some=NEW):
    before = held(folder)
    with pytest.raises(BundleError) as caught:
        write_bundle(some, folder)
    assert held(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    return str(caught.value)


def test_an_edited_file_is_not_overwritten_without_force(folder):
    (folder / "train.prototxt").write_text("edited")
    message = refused(folder)
    assert "files that would be overwritten; edited since netgen wrote them: train.prototxt" in message
    assert "--force" in message
    write_bundle(NEW, folder, force=True)
    assert held(folder) == NEW.files


def test_an_edit_that_the_source_makes_too_is_no_obstacle(folder):
    (folder / "train.prototxt").write_text("new")
    assert "train.prototxt" in write_bundle(NEW, folder).unchanged


def test_a_foreign_file_is_not_overwritten_without_force(tmp_path):
    folder = tmp_path / "unet"
    folder.mkdir()
    (folder / "train.prototxt").write_text("mine")
    assert "not written by netgen: train.prototxt" in refused(folder)
    write_bundle(NEW, folder, force=True)
    assert held(folder) == NEW.files


def test_a_link_in_a_files_place_is_not_overwritten_without_force(folder, tmp_path):
    (tmp_path / "elsewhere").write_text("old")
    (folder / "train.prototxt").unlink()
    (folder / "train.prototxt").symlink_to("../elsewhere")
    with pytest.raises(BundleError, match=r"not written by netgen: train\.prototxt"):
        write_bundle(NEW, folder)
    write_bundle(NEW, folder, force=True)
    assert (tmp_path / "elsewhere").read_text() == "old"
    assert not (folder / "train.prototxt").is_symlink()


def test_an_edited_file_that_is_no_longer_in_the_bundle_is_kept(folder):
    (folder / "pkg" / "gone.py").write_text("edited")
    report = write_bundle(NEW, folder)
    assert (report.removed, report.kept) == ((), ("pkg/gone.py",))
    assert (folder / "pkg" / "gone.py").read_text() == "edited"
    assert write_bundle(NEW, folder).kept == ()


def test_a_file_that_was_deleted_comes_back(folder):
    (folder / "deploy.prototxt").unlink()
    assert write_bundle(OLD, folder).written == ("deploy.prototxt",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"netgen-bundle": 1}',
        b'{"netgen-bundle": "1", "sha256": {}}',
        b'{"netgen-bundle": 1, "sha256": []}',
        b'{"netgen-bundle": 1, "sha256": {"train.prototxt": 5}}',
        b'{"netgen-bundle": 1, "sha256": {"../victim": "5"}}',
        b'{"netgen-bundle": 1, "sha256": {"/victim": "5"}}',
        b'<<<<<<< HEAD\n{"netgen-bundle": 1, "sha256": {}}',
        b"\xff",
        b"[" * 100000,
    ],
)
def test_a_manifest_that_is_none_is_refused_and_forced(folder, content):
    (folder / "netgen.json").write_bytes(content)
    assert "netgen.json is not a manifest that netgen wrote, or it was edited" in refused(folder)
    write_bundle(NEW, folder, force=True)
    assert (folder / "netgen.json").read_bytes() == NEW.files["netgen.json"]


def test_a_manifest_of_a_later_netgen_is_refused(folder):
    manifest = json.loads((folder / "netgen.json").read_text())
    (folder / "netgen.json").write_text(json.dumps({**manifest, "netgen-bundle": 2}))
    assert "is of a later netgen (manifest 2, expected 1)" in refused(folder)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["train.prototxt", "netgen.json"])
def test_a_folder_in_a_files_place_is_refused(folder, name, force):
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(BundleError, match=f"{name} is a folder, and the bundle has a file of that name"):
        write_bundle(NEW, folder, force)


def test_a_device_in_a_files_place_is_refused(folder):
    (folder / "train.prototxt").unlink()
    os.mkfifo(folder / "train.prototxt")
    with pytest.raises(BundleError, match=r"train\.prototxt is not a file"):
        write_bundle(NEW, folder, force=True)


def test_a_file_in_a_folders_place_is_refused(tmp_path):
    folder = tmp_path / "unet"
    folder.mkdir()
    (folder / "pkg").write_text("mine")
    assert "pkg is not a folder, and the bundle has one of that name" in refused(folder)


def test_a_file_in_the_bundles_place_is_refused(tmp_path):
    (tmp_path / "unet").write_text("mine")
    with pytest.raises(BundleError, match="unet is a file, and a bundle is a folder"):
        write_bundle(NEW, tmp_path / "unet", force=True)


def test_a_file_in_the_parents_place_is_refused(tmp_path):
    (tmp_path / "unet").write_text("mine")
    with pytest.raises(BundleError, match="cannot write the bundle in .*; nothing was changed: "):
        write_bundle(NEW, tmp_path / "unet" / "deep")


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(BundleError, match="the name is too long for the file system"):
        write_bundle(NEW, tmp_path / ("x" * 256))
    assert list(tmp_path.iterdir()) == []


def test_a_name_as_long_as_can_be_is_written(tmp_path):
    folder = tmp_path / ("x" * 255)
    write_bundle(OLD, folder)
    write_bundle(NEW, folder)
    assert held(folder) == NEW.files
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/x", "a//b", "a\\b", "c:x", "x\0", "x ", "x.", ".netgen-journal/x", "a/../b"],
)
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(BundleError, match="is not a name that a bundle's file can have"):
        Bundle({name: b""})


# A file system that fails.


def failing(monkeypatch, at, code, only_once):
    """Let one call that changes the file system fail, or every one from there on."""
    state = {"calls": 0}

    def wrapped(original, is_open):
        def call(*args, **kwargs):
            if not (is_open and not args[1] & os.O_CREAT):
                state["calls"] += 1
                if state["calls"] == at or (state["calls"] > at and not only_once):
                    raise OSError(code, os.strerror(code), "some file")
            return original(*args, **kwargs)

        return call

    for name in (
        "open",
        "write",
        "fsync",
        "mkdir",
        "rmdir",
        "unlink",
        "replace",
        "rename",
        "link",
        "symlink",
        "chmod",
    ):
        monkeypatch.setattr(os, name, wrapped(getattr(os, name), name == "open"))
    monkeypatch.setattr(storage, "exchange", wrapped(storage.exchange, False))
    return state


@pytest.mark.parametrize("only_once", [True, False])
@pytest.mark.parametrize("way", [*WAYS, "new"], indirect=True)
def test_whatever_call_fails_nothing_is_lost(tmp_path, way, only_once, monkeypatch):
    codes = {
        errno.ENOSPC: "the disk is full",
        errno.EROFS: "read-only",
        errno.EACCES: "no permission",
        errno.EIO: "",
    }
    seen = set()
    for at in range(1, 400):
        folder = tmp_path / str(at) / "unet"
        if way == "new":
            folder.parent.mkdir()
        else:
            write_bundle(OLD, folder)
            (folder / "notes.txt").write_text("mine")
        code = list(codes)[at % len(codes)]
        error = None
        with monkeypatch.context() as patch:
            state = failing(patch, at, code, only_once)
            try:
                report = write_bundle(NEW, folder)
            except BundleError as caught:
                error = caught
        if state["calls"] < at:
            break
        now = {name: content for name, content in held(folder).items() if name in {*OLD.files, *NEW.files}}
        if error is None:
            assert now == NEW.files
            seen.add(report.way)
        else:
            assert codes[code] in str(error)
            before = {} if way == "new" else OLD.files
            promise = "nothing was changed" in str(error)
            assert not promise or now == before, (at, error)
            if not promise:
                whole = now == NEW.files
                assert whole or "not yet whole" in str(error), (at, error)
                assert interrupted(folder) or (whole and "disk did not confirm" in str(error)), (at, error)
            seen.add("old" if promise else "new")
        if way != "new":
            assert (folder / "notes.txt").read_text() == "mine"
        write_bundle(NEW, folder)
        assert held(folder) == ({**NEW.files, "notes.txt": b"mine"} if way != "new" else NEW.files)
        assert list(folder.parent.iterdir()) == [folder]
        assert not interrupted(folder)
    assert state["calls"] < at
    assert seen >= ({"journal", "new"} if way == "exchange" and only_once else {"old"})


def test_a_parent_that_cannot_be_written_is_no_obstacle(folder, monkeypatch):
    make = os.mkdir

    def mkdir(path, *args, **kwargs):
        if Path(path).parent == folder.parent:
            raise PermissionError(errno.EACCES, "no", path)
        return make(path, *args, **kwargs)

    monkeypatch.setattr(os, "mkdir", mkdir)
    assert write_bundle(NEW, folder).way == "journal"
    assert held(folder) == NEW.files


def test_a_folder_of_very_many_files_takes_the_other_way(folder, monkeypatch):
    monkeypatch.setattr(swap, "_MOST_LINKS", 3)
    assert write_bundle(NEW, folder).way == "journal"
    assert held(folder) == NEW.files
    assert list(folder.parent.iterdir()) == [folder]


def test_an_interrupt_after_the_exchange_loses_nothing(folder, monkeypatch):
    (folder / "notes.txt").write_text("mine")
    exchange = storage.exchange

    def interrupted_exchange(left, right):
        exchange(left, right)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storage, "exchange", interrupted_exchange)
        with pytest.raises(KeyboardInterrupt):
            write_bundle(NEW, folder)
    assert {name: (folder / name).read_bytes() for name in NEW.files} == NEW.files
    assert (folder / "notes.txt").read_text() == "mine"
    recover(folder)
    assert held(folder) == {**NEW.files, "notes.txt": b"mine"}


# A run that was killed while the stand-in served, and what happens before the next one.


@pytest.fixture
def serving(folder, monkeypatch):
    """A folder whose stand-in serves, with other files in it."""
    if not storage.can_exchange():
        pytest.skip("this system cannot exchange two names")
    folder.chmod(0o711)
    (folder / "notes.txt").write_text("mine")
    (folder / "data").mkdir()
    (folder / "data" / "1").write_text("1")
    (folder / "pkg" / "mine.py").write_text("mine")

    class Killed(BaseException):
        pass

    def kill(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(swap, "finish", kill)
        with pytest.raises(Killed):
            write_bundle(NEW, folder)
    assert interrupted(folder)
    return folder


REST = {**NEW.files, "notes.txt": b"mine", "data/1": b"1", "pkg/mine.py": b"mine"}


def test_while_the_stand_in_serves_everything_is_there(serving):
    assert {name: (serving / name).read_bytes() for name in REST} == REST
    assert not (serving / "pkg" / "gone.py").exists()
    assert serving.stat().st_mode & 0o777 == 0o711


def test_recovery_brings_the_folder_back(serving):
    recover(serving)
    assert held(serving) == REST
    assert not (serving / "notes.txt").is_symlink()
    assert list(serving.parent.iterdir()) == [serving]
    assert not interrupted(serving)


def test_what_is_new_in_the_stand_in_comes_along(serving):
    (serving / "new.txt").write_text("new")
    (serving / "pkg" / "new.py").write_text("new")
    (serving / "snapshots").mkdir()
    (serving / "snapshots" / "1").write_text("1")
    (serving / "data" / "2").write_text("2")
    recover(serving)
    added = {"new.txt": b"new", "pkg/new.py": b"new", "snapshots/1": b"1", "data/2": b"2"}
    assert held(serving) == {**REST, **added}


def replace(path, text):
    """Save a file as editors do."""
    path.with_name("saved").write_text(text)
    path.with_name("saved").replace(path)


def test_what_was_saved_anew_in_the_stand_in_is_kept(serving):
    replace(serving / "notes.txt", "saved")
    replace(serving / "train.prototxt", "edited")
    (serving / "pkg" / "more.py").write_text("in place")
    recover(serving)
    assert held(serving) == {
        **REST,
        "notes.txt": b"saved",
        "train.prototxt": b"edited",
        "pkg/more.py": b"in place",
    }


def test_a_file_that_is_newer_in_the_folder_is_not_overwritten(serving, monkeypatch):
    replace(serving / "notes.txt", "older")
    os.utime(serving / "notes.txt", (1, 1))
    recover(serving)
    assert held(serving) == {**REST, "notes.txt.rescued1": b"older"}


def test_a_write_recovers_first(serving):
    report = write_bundle(OLD, serving)
    assert set(report.written) == {"train.prototxt", "pkg/gone.py", "netgen.json"}
    assert held(serving) == {**OLD.files, "notes.txt": b"mine", "data/1": b"1", "pkg/mine.py": b"mine"}


def test_a_shell_that_is_in_the_hidden_folder_can_go_on(serving, monkeypatch):
    (hidden,) = (path for path in serving.parent.iterdir() if path != serving)
    monkeypatch.chdir(hidden)
    write_bundle(NEW, Path())
    assert Path.cwd() == serving
    assert held(serving) == REST


def test_a_hidden_folder_that_is_gone_is_reported(serving):
    (hidden,) = (path for path in serving.parent.iterdir() if path != serving)
    hidden.rename(serving.parent / "moved")
    with pytest.raises(
        BundleError, match=r"was interrupted, and .*unfinished, which holds its other files, is gone"
    ):
        write_bundle(NEW, serving)
    (serving.parent / "moved").rename(hidden)
    write_bundle(NEW, serving)
    assert held(serving) == REST


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_something_else_of_the_hidden_name_is_left(folder, kind):
    other = folder.parent / ".unet.netgen-unfinished"
    if kind == "folder":
        other.mkdir()
        other = other / "mine"
    other.write_text("mine")
    with pytest.raises(BundleError, match="unfinished is in the way, and netgen did not make it"):
        write_bundle(NEW, folder)
    assert other.read_text() == "mine"


def test_comparing_does_not_recover_but_says_so(serving):
    (drift,) = compare(NEW, serving)
    assert str(drift) == ". was left by a write that was interrupted"
    assert interrupted(serving)


# A run that was killed while the journal was being applied.


@pytest.fixture
def journaled(folder, monkeypatch):
    """A folder whose journal is committed and half applied."""
    monkeypatch.setattr(storage, "can_exchange", lambda: False)
    move = os.replace

    class Killed(BaseException):
        pass

    def kill(source, target):
        if Path(target).parent.name == "pkg":
            raise Killed
        move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(Killed):
            write_bundle(NEW, folder)
    assert (folder / "train.prototxt").read_text() == "new"
    assert not (folder / "pkg" / "more.py").exists()
    return folder


def test_recovery_completes_the_journal(journaled):
    recover(journaled)
    assert held(journaled) == NEW.files


def test_a_journal_that_is_half_discarded_is_discarded(folder, monkeypatch):
    monkeypatch.setattr(storage, "can_exchange", lambda: False)
    unlink = os.unlink
    unlinked = []

    class Killed(BaseException):
        pass

    def interrupted_apply(folder):
        raise Killed

    def kill(path, *args, **kwargs):
        if unlinked:
            raise Killed
        unlinked.append(path)
        unlink(path, *args, **kwargs)

    monkeypatch.setattr(journal, "apply", interrupted_apply)
    with pytest.raises(Killed):
        write_bundle(NEW, folder)
    monkeypatch.undo()
    monkeypatch.setattr(os, "unlink", kill)
    with pytest.raises(Killed):
        journal.discard(str(folder))
    monkeypatch.undo()
    recover(folder)
    assert held(folder) == OLD.files


def test_what_was_edited_since_is_not_overwritten_without_force(journaled):
    (journaled / "netgen.json").write_text("edited")
    with pytest.raises(BundleError, match=r"was interrupted, and these were edited since: netgen\.json"):
        write_bundle(NEW, journaled)
    assert (journaled / "netgen.json").read_text() == "edited"
    write_bundle(NEW, journaled, force=True)
    assert held(journaled) == NEW.files


def test_recovery_where_there_is_nothing_to_do(folder, tmp_path):
    recover(folder)
    recover(tmp_path / "none")
    assert held(folder) == OLD.files
    assert [path.name for path in tmp_path.iterdir()] == ["unet"]


# Two at once.

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_commit import NEW, OLD, write_bundle
for _ in range(15):
    for some in (OLD, NEW):
        write_bundle(some, Path(sys.argv[2]))
"""


def test_two_writers_take_turns(folder):
    (folder / "notes.txt").write_text("mine")
    env = {**os.environ, "PYTHONPATH": str(Path(netgen.__file__).resolve().parent.parent)}
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(folder)]
    writers = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE) for _ in range(2)]
    for writer in writers:
        _, said = writer.communicate(timeout=60)
        assert writer.returncode == 0, said
    assert held(folder) == {**NEW.files, "notes.txt": b"mine"}
    assert list(folder.parent.iterdir()) == [folder]


def test_a_writer_that_does_not_end_is_reported(folder, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(storage, "_PATIENCE", 0.05)
    other = os.open(folder.parent, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    try:
        with pytest.raises(BundleError, match="another netgen is writing a bundle in"):
            write_bundle(NEW, folder)
    finally:
        os.close(other)
    assert write_bundle(NEW, folder).way != "none"
