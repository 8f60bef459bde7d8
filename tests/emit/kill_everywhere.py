"""Write a bundle again and again, killed before every call that changes the file system; run by test_kill.py.

    python kill_everywhere.py {exchange,journal,new} FOLDER

Each try is a forked child. It counts the calls that change the file system and sends itself SIGKILL before one of
them, or in the middle of a write. The parent then looks at the folder. An audit hook, which Python calls for every
change of the file system, ends the child with ``MISSED`` if one happens that was not counted.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from netgen.emit import storage
from netgen.emit.bundle import Bundle, manifest_of
from netgen.emit.commit import interrupted, recover, write_bundle

MISSED = 77
CALLS = (
    "open",
    "write",
    "fsync",
    "close",
    "mkdir",
    "rmdir",
    "unlink",
    "replace",
    "rename",
    "link",
    "symlink",
    "chmod",
)
AUDITED = {
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.truncate",
    "shutil.move",
}


def bundle(files: dict[str, str]) -> Bundle:
    content = {name: text.encode() for name, text in files.items()}
    return Bundle({**content, "netgen.json": manifest_of(content)})


OLD = bundle(
    {"train.prototxt": "old " * 3000, "deploy.prototxt": "same", "layers/gone.py": "old", "loss.py": "old"}
)
NEW = bundle(
    {
        "train.prototxt": "new " * 3000,
        "deploy.prototxt": "same",
        "layers/more.py": "new",
        "solver.prototxt": "new",
    }
)
NAMES = sorted({*OLD.files, *NEW.files})


def make_folder(root: Path, exists: bool) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "unet"
    root.mkdir(parents=True)
    if not exists:
        return folder
    for name, content in OLD.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "layers" / "mine.py").write_text("mine")
    (folder / "notes.txt").write_text("notes")
    (folder / "snapshots" / "deep").mkdir(parents=True)
    (folder / "snapshots" / "deep" / "iter_1").write_text("weights")
    (folder / "data").symlink_to("snapshots/deep")
    (folder / "train.sh").write_text("caffe")
    (folder / "train.sh").chmod(0o750)
    (folder / "train.prototxt").chmod(0o640)
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in NAMES if (folder / name).is_file()}


def foreign(folder: Path) -> tuple[Any, ...]:
    names = ("layers/mine.py", "notes.txt", "snapshots/deep/iter_1", "data/iter_1", "train.sh")
    return tuple((folder / name).read_text() for name in names if (folder / name).exists())


def counted(kill_at: int) -> None:
    """Make this process kill itself before a call; the last write of half a file counts as a call of its own."""
    state = {"calls": 0, "inside": 0}

    def step() -> None:
        state["calls"] += 1
        if state["calls"] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return original(*args, **kwargs)
            step()
            if name == "write" and len(args[1]) > 1:
                done = original(args[0], args[1][: len(args[1]) // 2])
                step()
                return done
            state["inside"] += 1
            try:
                return original(*args, **kwargs)
            finally:
                state["inside"] -= 1

        return call

    for name in CALLS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    storage.exchange = wrapped("exchange", storage.exchange)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        changes = event in AUDITED or (
            event == "open" and isinstance(args[2], int) and args[2] & (os.O_CREAT | os.O_TRUNC)
        )
        if changes and not state["inside"]:
            os.write(2, f"not counted: {event} {args}\n".encode())
            os._exit(MISSED)

    sys.addaudithook(hook)


def run_child(folder: Path, kill_at: int, way: str) -> Optional[int]:
    """Return None for a child that was killed, or the code it ended with."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if way == "journal":
                storage.can_exchange = lambda: False
            counted(kill_at)
            report = write_bundle(NEW, folder)
            code = 0 if report.way == way else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    return os.WEXITSTATUS(status)


def entries(folder: Path) -> Iterator[str]:
    return (str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))


def check(folder: Path, kill_at: int, way: str) -> str:
    """Check one killed folder and return the state it was found in: old, new or mixed."""
    where = f"killed at call {kill_at}"
    inode = folder.stat().st_ino if way == "journal" else None
    state = {True: "old", False: "new"}.get(held(folder) == held_by(OLD, way), "")
    if held(folder) not in (held_by(OLD, way), held_by(NEW, way)):
        assert way == "journal" and interrupted(folder), f"{where}: a mix of old and new"
        state = "mixed"
        recover(folder)
        assert held(folder) == NEW.files, f"{where}: recovery left a mix"
    if way != "new":
        expected = ("mine", "notes", "weights", "weights", "caffe")
        assert foreign(folder) == expected, f"{where}: other files were lost: {foreign(folder)}"
        assert (folder / "train.sh").stat().st_mode & 0o777 == 0o750, f"{where}: permissions were lost"
    recover(folder)
    assert not interrupted(folder), where
    assert held(folder) in (held_by(OLD, way), held_by(NEW, way)), f"{where}: recovery left a mix"
    write_bundle(NEW, folder)
    assert held(folder) == NEW.files, f"{where}: the next write failed"
    assert [path.name for path in folder.parent.iterdir()] == ["unet"], (
        f"{where}: leftovers beside the folder"
    )
    left = {"layers", *NEW.files}
    if way != "new":
        left |= {
            "layers/mine.py",
            "notes.txt",
            "snapshots",
            "snapshots/deep",
            "snapshots/deep/iter_1",
            "data",
            "train.sh",
        }
        assert (folder / "data").is_symlink() and (folder / "data").resolve().name == "deep", where
        assert not (folder / "notes.txt").is_symlink(), where
        assert (folder / "train.prototxt").stat().st_mode & 0o777 == 0o640, f"{where}: permissions were lost"
    assert set(entries(folder)) == left, f"{where}: {set(entries(folder)) ^ left}"
    assert inode is None or inode == folder.stat().st_ino, where
    return state


def held_by(some: Bundle, way: str) -> dict[str, bytes]:
    return {} if way == "new" and some is OLD else dict(some.files)


def main(way: str, root: Path) -> None:
    seen = []
    kill_at = 0
    while True:
        kill_at += 1
        folder = make_folder(root, exists=way != "new")
        inode = folder.stat().st_ino if folder.exists() else None
        code = run_child(folder, kill_at, way)
        if code is not None:
            assert code == 0, f"the child ended with {code}"
            assert held(folder) == NEW.files
            assert not interrupted(folder)
            break
        seen.append(check(folder, kill_at, way))
        assert inode in (None, folder.stat().st_ino), "the folder is another one now"
    assert seen[0] == "old" and seen.count("old") > 3 and (seen[-1] == "new"), seen
    print(way, len(seen), {state: seen.count(state) for state in ("old", "mixed", "new")})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
