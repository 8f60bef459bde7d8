"""Finding an interpreter with a working Caffe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from netgen.errors import CaffeNotFoundError
from netgen.runner.process import WorkerProcess

__all__ = ["ENVIRONMENT", "Interpreter", "find_caffe", "start_worker"]

#: The environment variable that names the interpreter with Caffe.
ENVIRONMENT = "NETGEN_CAFFE_PYTHON"

# A cold disk or a busy machine can take long to import SciPy; a hanging shim must not hang netgen.
_PATIENCE = 60.0
_ON_PATH = ("python3.9", "python3.8", "python3.7", "python3.6", "python3", "python")

_HOW = (
    "`pip install 'caffe-netgen[caffe]'` brings one on CPython 3.9, x86-64; for a Caffe of your own, put its"
    " python folder on PYTHONPATH, or name the interpreter that can import it with --caffe-python or"
    f" {ENVIRONMENT}"
)
_PLACEHOLDER = (
    "the project named 'caffe' on PyPI is installed there, which is an empty placeholder, not Caffe"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python with Caffe.

    Parameters
    ----------
    python : str
        The executable.
    origin : str
        Where netgen has it from.
    version : str
        Python's version.
    caffe_version : str
        What Caffe says of itself, with the distribution that brought it where known.
    caffe_path : str
        The folder of the module.
    layer_types : tuple of str
        The layer types that this build registers.
    """

    python: str
    origin: str
    version: str
    caffe_version: str
    caffe_path: str
    layer_types: tuple[str, ...]


def find_caffe(python: Optional[str] = None) -> Interpreter:
    """Find an interpreter that can import Caffe.

    Parameters
    ----------
    python : str, optional
        The only one to try. Otherwise the one that the environment variable NETGEN_CAFFE_PYTHON names, or
        else this interpreter and then those on PATH.

    Raises
    ------
    CaffeNotFoundError
        If none can; it says what was tried and why each failed.
    """
    worker, found = start_worker(python)
    worker.close()
    return found


def start_worker(
    python: Optional[str] = None, *, memory_limit: Optional[int] = None, gpu: Optional[int] = None
) -> tuple[WorkerProcess, Interpreter]:
    """Start a worker under the first interpreter that has Caffe.

    Parameters are those of `find_caffe` and `WorkerProcess`.

    Raises
    ------
    CaffeNotFoundError
        If no interpreter has Caffe.
    """
    tried: list[str] = []
    for candidate, origin in _candidates(python):
        try:
            worker = WorkerProcess(candidate, memory_limit=memory_limit, gpu=gpu)
        except OSError as error:
            tried.append(f"{candidate} ({origin}): cannot be started: {error.strerror or error}")
            continue
        try:
            hello = worker.hello(_PATIENCE)
        except BaseException:
            worker.kill()
            raise
        if hello is not None and "problem" not in hello:
            return worker, _interpreter(candidate, origin, hello)
        tried.append(f"{candidate} ({origin}): {_why_not(hello, worker)}")
        worker.kill()
    listing = "".join(f"\n    {line}" for line in tried)
    raise CaffeNotFoundError(f"no Python with a working Caffe was found; tried:{listing}", mend=_HOW)


def _interpreter(candidate: str, origin: str, hello: dict[str, Any]) -> Interpreter:
    distribution = hello["distribution"]
    version = str(hello["version"])
    return Interpreter(
        python=candidate,
        origin=origin,
        version=hello["python"],
        caffe_version=f"{version} (kendryte-caffe {distribution})" if distribution else version,
        caffe_path=hello["path"],
        layer_types=tuple(hello["layer_types"]),
    )


def _candidates(python: Optional[str]) -> Iterator[tuple[str, str]]:
    """Yield interpreters to try, best first, none twice."""
    named = python or os.environ.get(ENVIRONMENT)
    if named:
        origin = "--caffe-python" if python else ENVIRONMENT
        # Whoever names an interpreter wants that one and no other.
        yield shutil.which(named) or str(Path(named).expanduser()), origin
        return
    seen = set()
    if sys.executable:
        seen.add(_identity(sys.executable))
        yield sys.executable, "this interpreter"
    for name in _ON_PATH:
        path = shutil.which(name)
        if path and _identity(path) not in seen:
            seen.add(_identity(path))
            yield path, "on PATH"


def _identity(path: str) -> tuple[str, str]:
    """Tell interpreters apart: those of virtual environments link to one file but differ by their folder."""
    resolved = Path(path).resolve()
    return str(Path(path).parent.resolve()), str(resolved)


def _why_not(hello: Optional[dict[str, Any]], worker: WorkerProcess) -> str:
    if hello is None:
        last = [line for line in worker.log.lines if line.strip()]
        said = f": {last[-1].strip()}" if last else ""
        return f"ended or hung before it could import caffe{said}"
    if hello["placeholder"]:
        return _PLACEHOLDER
    if hello.get("missing"):
        return f"Python {hello['python']} has no module named caffe"
    if hello.get("path"):
        return f"{hello['path']} is imported as caffe, but it is not Caffe: {hello['problem']}"
    return f"Python {hello['python']} cannot import caffe: {hello['problem']}"
