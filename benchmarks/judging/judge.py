"""Real Caffe as a judge of many nets: they are loaded in forks of one process that has imported Caffe.

A CHECK that fails ends the fork alone, so that a refusal costs milliseconds, and a net that is taken less.
``Judge`` is what others use; as a program, this file is that process. A verdict is a dict with the fields
of a line of ``nets.jsonl``; besides, ``creating`` names the layer whose creator or constructor ended Caffe,
where ``last_layer`` is the layer before.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

# A fork that takes longer is given up, and its verdict left out.
SECONDS = 60
# Memory that a fork may take: what a net needs beyond it is a fact about the machine, not about the net.
BYTES = 6 << 30

# Where Caffe speaks of files and devices that are not there.
ENVIRONMENT = re.compile(
    r"File not found|Could not open|Failed to open|No such file|Failed to load|could not be opened|CPU-only"
    r"|lmdb|leveldb|bad_alloc|MemoryError|host allocation of size|Cannot use GPU|Not enough points to skip"
    r"|Could not load|File is empty|Failed to find HDF5 dataset|Failed opening HDF5 file"
)
_LINE = re.compile(r"^([IWEF])\d{4,8} [\d:.]+ +\d+ ([\w.]+:\d+)\] ?(.*)")
_PARSER = re.compile(r"^\[libprotobuf (ERROR|WARNING) [^\]]*\] (.*)")
_POINTER = re.compile(r"\b0x[0-9a-f]+\b")
_KNOWN = re.compile(r" \(known types: .*", re.DOTALL)


class Judge:
    """A process with real Caffe in it.

    Parameters
    ----------
    python : str, optional
        A Python that has Caffe.
    python_path : sequence of Path, optional
        Where Python layers are looked for.
    folder : Path, optional
        The folder that nets are loaded in, and write into; a temporary one otherwise.
    """

    def __init__(
        self, python: str = sys.executable, python_path: Sequence[Path] = (), folder: Optional[Path] = None
    ) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = os.pathsep.join([*map(str, python_path), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [python, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder or self.folder.name,
            env={
                **os.environ,
                "GLOG_minloglevel": "0",
                "GLOG_logtostderr": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONPATH": path,
            },
        )

    def verdict(self, text: bytes, phase: str, stages: Sequence[str] = (), level: int = 0) -> dict[str, Any]:
        """Load a net in Caffe and tell what became of it."""
        order = {"text": text.decode("latin-1"), "phase": phase, "stages": list(stages), "level": level}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the process with Caffe in it ended")
        verdict: dict[str, Any] = json.loads(answer)
        return verdict

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.folder.cleanup()


# ---- the process ----


def _described(net: Any) -> dict[str, Any]:
    """What can be read from a net that Caffe took."""
    try:
        names = list(net._blob_names)
        layer_names = list(net._layer_names)
    except UnicodeDecodeError:
        return {}  # Caffe takes any bytes for a name, its Python side only text
    blobs = list(net._blobs)
    layers = []
    params = {}
    for index, (name, layer) in enumerate(zip(layer_names, net.layers)):
        shapes = [list(blob.shape) for blob in layer.blobs]
        entry = {
            "name": name,
            "type": layer.type,
            "bottom": [names[i] for i in net._bottom_ids(index)],
            "top": [names[i] for i in net._top_ids(index)],
        }
        if shapes:
            entry["params"] = params[name] = shapes
        layers.append(entry)
    weights = dict(zip(names, net._blob_loss_weights))
    return {
        "blobs": {name: list(blob.shape) for name, blob in zip(names, blobs)},
        "params": params,
        "layers": layers,
        "loss_weights": {name: weight for name, weight in weights.items() if weight},
    }


class _Fork:
    """A fork that loads nets until one of them ends it."""

    def __init__(self, path: Path, log: Any) -> None:
        self.path = path
        self.log = log
        self.child = 0
        self.orders: Any = None
        self.answers: Any = None

    def start(self) -> None:
        order_end, self_orders = os.pipe()
        self_answers, answer_end = os.pipe()
        self.child = os.fork()
        if not self.child:
            os.close(self_orders)
            os.close(self_answers)
            try:
                self._serve(os.fdopen(order_end), os.fdopen(answer_end, "w"))
            finally:
                os._exit(1)
        os.close(order_end)
        os.close(answer_end)
        self.orders, self.answers = os.fdopen(self_orders, "w"), os.fdopen(self_answers)

    def _serve(self, orders: Any, answers: Any) -> None:
        import resource

        import caffe

        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(self.log.fileno(), 1)
        os.dup2(self.log.fileno(), 2)
        for line in orders:
            order = json.loads(line)
            signal.alarm(SECONDS)
            try:
                net = caffe.Net(
                    str(self.path), getattr(caffe, order["phase"]), order["level"], order["stages"]
                )
                said = _described(net)
                del net
            except Exception as error:
                said = {"exception": f"{type(error).__name__}: {error}"}
            signal.alarm(0)
            print(json.dumps(said), file=answers, flush=True)
            if "exception" in said:
                return  # who knows what is left of the net

    def judged(self, order: dict[str, Any]) -> tuple[Optional[dict[str, Any]], int]:
        """Return what was said of a net, None where nothing was, and the status that the fork ended with."""
        if not self.child:
            self.start()
        self.path.write_bytes(order["text"].encode("latin-1"))
        os.ftruncate(self.log.fileno(), 0)
        os.lseek(self.log.fileno(), 0, os.SEEK_SET)
        print(json.dumps({**order, "text": ""}), file=self.orders, flush=True)
        answer = self.answers.readline()
        said = json.loads(answer) if answer.endswith("\n") else None
        if said is None or "exception" in said:
            self.orders.close()
            self.answers.close()
            _, status = os.waitpid(self.child, 0)
            self.child = 0
            return said, status
        return said, 0

    def logged(self) -> str:
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode("utf-8", "replace")


def _verdict(fork: _Fork, order: dict[str, Any]) -> dict[str, Any]:
    said, status = fork.judged(order)
    verdict = read_log(fork.logged().replace(str(fork.path), "<FILE>"))
    if said is not None:
        verdict.update(said)
        verdict["status"] = "exception" if "exception" in said else "ok"
    elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT and "fatal" in verdict:
        verdict["status"] = "fatal"
    elif os.WIFSIGNALED(status):
        verdict["status"] = f"signal:{signal.Signals(os.WTERMSIG(status)).name}"
    else:
        verdict["status"] = f"exit:{os.WEXITSTATUS(status)}"
    verdict["ok"] = verdict["status"] == "ok"
    verdict["phase"] = order["phase"]
    if verdict["ok"]:
        verdict.pop("last_layer", None)
        return verdict
    last_words = str(verdict.get("fatal", "")) + verdict.get("exception", "")
    gave_up = verdict["status"] in ("signal:SIGALRM", "signal:SIGKILL") or verdict["status"][:4] == "exit"
    if gave_up or ENVIRONMENT.search(last_words):
        verdict["environment"] = True
    return verdict


def read_log(log: str) -> dict[str, Any]:
    """Return what Caffe's log tells: how far it came, what it died of, who needs backward, the memory.

    Recurrent layers load a net of their own, whose lines stand between those of the net that is asked about.
    """
    said: dict[str, Any] = {}
    backward: list[str] = []
    parser: list[str] = []
    warnings: list[str] = []
    depth, setting_up = 0, False
    lines = iter(log.splitlines())
    for line in lines:
        if found := _PARSER.match(line):
            parser.append(f"{found[1]}: {found[2]}")
            continue
        found = _LINE.match(line)
        if not found:
            continue
        level, where, message = found.groups()
        if level == "F":
            more = []
            for line in lines:
                if line.startswith("*** "):
                    break
                more.append(line)
            message = _KNOWN.sub("", _POINTER.sub("<PTR>", "\n".join([message, *more])))
            said["fatal"] = {"msg": message, "where": where}
            break
        if level == "W":
            warnings.append(f"W {where}] {message}")
        elif message.startswith("Initializing net from parameters"):
            depth += 1
        elif message == "Network initialization done.":
            depth -= 1
        elif depth == 1:
            if message.startswith("Creating layer ") and not setting_up:
                said["creating"] = message[15:]
            elif message.startswith("Creating Layer "):
                said["last_layer"] = message[15:]
                del said["creating"]
                setting_up = True  # some layers make layers then
            elif message.startswith("Setting up "):
                setting_up = False
            elif message.startswith("Memory required for data: "):
                said["memory"] = int(message[26:])
            elif message.endswith(" needs backward computation."):
                backward.append(message[:-28])
    if backward:
        said["need_backward"] = backward[::-1]
    if parser:
        said["protobuf"] = [line for line in parser if line.startswith("ERROR")]
    if warnings:
        said["warnings"] = warnings
    return said


def _main() -> None:
    import caffe  # noqa: F401 (each fork has it then)

    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=parent) as folder, (Path(folder) / "log").open("w+b") as log:
        fork = _Fork(Path(folder) / "net.prototxt", log)
        for line in sys.stdin:
            print(json.dumps(_verdict(fork, json.loads(line))), flush=True)


if __name__ == "__main__":
    _main()
