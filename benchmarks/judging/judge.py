"""Real Caffe as a judge of many nets: each is loaded in a fork of one process that has imported Caffe.

A CHECK that fails ends the fork alone, so that a refusal costs milliseconds. ``Judge`` is what others use;
as a program, this file is that process. A verdict is a dict with the fields of a line of ``nets.jsonl``;
besides, ``creating`` names the layer whose creator or constructor ended Caffe, where ``last_layer`` is the
layer before.
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
    r"|lmdb|leveldb|bad_alloc|MemoryError|Cannot use GPU"
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
        The folder that nets are loaded in.
    """

    def __init__(
        self, python: str = sys.executable, python_path: Sequence[Path] = (), folder: Optional[Path] = None
    ) -> None:
        path = os.pathsep.join([*map(str, python_path), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [python, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
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


# ---- the process ----


def _described(net: Any) -> dict[str, Any]:
    """What can be read from a net that Caffe took."""
    names = list(net._blob_names)
    blobs = list(net._blobs)
    layers = []
    params = {}
    for index, (name, layer) in enumerate(zip(net._layer_names, net.layers)):
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


def _in_a_fork(order: dict[str, Any], path: Path) -> dict[str, Any]:
    import resource

    import caffe

    path.write_bytes(order["text"].encode("latin-1"))
    with tempfile.TemporaryFile("w+b") as answer, tempfile.TemporaryFile("w+b") as log:
        child = os.fork()
        if not child:
            code = 1
            try:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
                signal.alarm(SECONDS)
                resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                try:
                    net = caffe.Net(
                        str(path), getattr(caffe, order["phase"]), order["level"], order["stages"]
                    )
                    said = _described(net)
                except Exception as error:
                    said = {"exception": f"{type(error).__name__}: {error}"}
                answer.write(json.dumps(said).encode())
                answer.flush()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        log.seek(0)
        verdict = read_log(log.read().decode("utf-8", "replace").replace(str(path), "<FILE>"))
        if not status:
            answer.seek(0)
            verdict.update(json.loads(answer.read()))
            verdict["status"] = "exception" if "exception" in verdict else "ok"
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT and "fatal" in verdict:
            verdict["status"] = "fatal"
        elif os.WIFSIGNALED(status):
            verdict["status"] = f"signal:{signal.Signals(os.WTERMSIG(status)).name}"
        else:
            verdict["status"] = f"exit:{os.WEXITSTATUS(status)}"
    verdict["ok"] = verdict["status"] == "ok"
    if verdict["ok"]:
        verdict.pop("last_layer", None)
    verdict["phase"] = order["phase"]
    if not verdict["ok"]:
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
    depth = 0
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
            if message.startswith("Creating layer "):
                said["creating"] = message[15:]
            elif message.startswith("Creating Layer "):
                said["last_layer"] = message[15:]
                del said["creating"]
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
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        tempfile.tempdir = folder
        for line in sys.stdin:
            print(json.dumps(_in_a_fork(json.loads(line), Path(folder) / "net.prototxt")), flush=True)


if __name__ == "__main__":
    _main()
