"""Real Caffe that judges many nets in little time: each in a fork of one process that has imported Caffe.

A CHECK that fails ends the fork alone, so that a refusal costs milliseconds. ``judge`` is what tests call; as a
program, this file is that process.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional


@dataclass
class Verdict:
    """What Caffe made of a net; ``refused`` holds its last words where it took none of it."""

    refused: str = ""
    layers: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    blobs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    params: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    outputs: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not self.refused

    @property
    def own_layers(self) -> list[str]:
        """The layers of the file: without the Splits that Caffe puts in."""
        return [n for n, t in zip(self.layers, self.types) if not (t == "Split" and "_split" in n)]

    @property
    def parameter_count(self) -> int:
        count = 0
        for shapes in self.params.values():
            for shape in shapes:
                size = 1
                for dim in shape:
                    size *= dim
                count += size
        return count


def judge(
    net: Any,
    phase: str = "TRAIN",
    stages: Sequence[str] = (),
    *,
    level: int = 0,
    folder: Optional[Path] = None,
    python_path: Sequence[Path] = (),
    run: Sequence[str] = (),
    feed: Sequence[int] = (),
    save: Optional[Path] = None,
) -> Verdict:
    """Load a net (a message or a text) and, with ``run``, go ``forward`` and ``backward`` through it.

    ``feed`` is the shape of random numbers for a MemoryData layer; with ``save``, what Caffe has made of the net is
    written there as a caffemodel.
    """
    process = _process()
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt", delete=False, encoding="utf-8") as file:
        file.write(str(net))
    order = {
        "path": file.name,
        "phase": phase,
        "stages": list(stages),
        "level": level,
        "folder": str(folder) if folder else None,
        "python_path": [str(path) for path in python_path],
        "run": list(run),
        "feed": list(feed),
        "save": str(save) if save else None,
    }
    try:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
    finally:
        Path(file.name).unlink()
    if "refused" not in said:
        said["blobs"] = {name: tuple(shape) for name, shape in said["blobs"].items()}
        said["params"] = {name: [tuple(s) for s in shapes] for name, shapes in said["params"].items()}
    return Verdict(**said)


@lru_cache(maxsize=1)
def _process() -> Any:
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "GLOG_minloglevel": "2", "OPENBLAS_NUM_THREADS": "1"},
    )

    def end() -> None:
        process.stdin.close()
        process.wait(20)

    atexit.register(end)
    return process


# ---- the process ----


def _judged(order: dict[str, Any]) -> dict[str, Any]:
    import caffe
    import numpy as np

    sys.path[:0] = order["python_path"]
    if order["folder"]:
        os.chdir(order["folder"])
    net = caffe.Net(order["path"], getattr(caffe, order["phase"]), order["level"], order["stages"])
    if order["feed"]:
        random = np.random.RandomState(0)
        data = random.randint(0, 2, order["feed"]).astype(np.float32)
        net.set_input_arrays(data, np.zeros((len(data), 1, 1, 1), np.float32))
    outputs = {}
    for what in order["run"]:
        made = getattr(net, what)()
        if what == "forward":
            outputs = {name: float(np.sum(array)) for name, array in made.items()}
        elif not any(blob.diff.any() for blobs in net.params.values() for blob in blobs):
            raise RuntimeError("no gradient reaches any weight")
    if order["save"]:
        net.save(order["save"])
    return {
        "layers": list(net._layer_names),
        "types": [layer.type for layer in net.layers],
        "blobs": {name: list(blob.shape) for name, blob in net.blobs.items()},
        "params": {name: [list(b.shape) for b in blobs] for name, blobs in net.params.items()},
        "outputs": outputs,
    }


def _in_a_fork(order: dict[str, Any]) -> dict[str, Any]:
    import signal

    with tempfile.TemporaryFile("w+") as answer, tempfile.TemporaryFile("w+", errors="replace") as errors:
        child = os.fork()
        if not child:
            code = 1
            try:
                os.dup2(errors.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                signal.alarm(120)
                json.dump(_judged(order), answer)
                answer.flush()
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        errors.seek(0)
        if status:
            said = errors.read().strip().splitlines()
            fatal = [line for line in said if "Check failed" in line]
            return {"refused": (fatal or said or ["it died in silence"])[-1] + f" (status {status})"}
        answer.seek(0)
        return json.load(answer)


def _main() -> None:
    import caffe  # noqa: F401 (each fork has it then)

    for line in sys.stdin:
        print(json.dumps(_in_a_fork(json.loads(line))), flush=True)


if __name__ == "__main__":
    _main()
