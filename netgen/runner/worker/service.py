"""The worker's main loop: say hello, then do one request after another."""

import faulthandler
import json
import os
import sys
from typing import Any

from .channel import Channel, Position
from .report import Report


def _die_with(parent: int) -> None:
    """Have Linux end this process with its parent, even in the middle of a long call into Caffe."""
    try:
        import ctypes
        import signal

        parent_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)
    except (AttributeError, OSError):
        return
    if os.getppid() != parent:
        os._exit(0)


def _limit_memory(limit: int) -> None:
    """Cap this process's address space, so that Caffe reports what it could not allocate."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _hello() -> "dict[str, Any]":
    """Import Caffe and tell what it is, or why there is none."""
    about = {"python": "{}.{}.{}".format(*sys.version_info[:3]), "executable": sys.executable}  # type: dict[str, Any]
    try:
        import caffe
    except BaseException as error:
        about["problem"] = f"{type(error).__name__}: {error}"
        about["missing"] = isinstance(error, ImportError) and getattr(error, "name", None) == "caffe"
        about["placeholder"] = _distribution("caffe") is not None
        return about
    paths = list(getattr(caffe, "__path__", []))
    about["path"] = paths[0] if paths else ""
    about["placeholder"] = False
    if not hasattr(caffe, "Net") or not hasattr(caffe, "layer_type_list"):
        about["problem"] = "the module has no Net"
        about["placeholder"] = _distribution("caffe") is not None
        return about
    about["version"] = getattr(caffe, "__version__", "unknown")
    about["distribution"] = _distribution("kendryte-caffe")
    about["layer_types"] = sorted(str(name) for name in caffe.layer_type_list())
    return about


def _distribution(name: str) -> "Any":
    """Return the version of an installed distribution, or None."""
    try:
        from importlib import metadata
    except ImportError:
        return None
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def main(config: str) -> None:
    """Serve the parent until it closes the pipe.

    Parameters
    ----------
    config : str
        A JSON object: ``folder`` (for arrays), ``parent`` (its process id, to die with; 0 for not),
        ``memory_limit`` (bytes, or 0), ``gpu`` (a device number, or None).
    """
    options = json.loads(config)
    channel = Channel(options["folder"])
    if options["parent"]:
        _die_with(options["parent"])
    faulthandler.enable(all_threads=False)
    # A bundle's folder is not littered with byte code, and a layer that was just changed is read anew.
    sys.dont_write_bytecode = True
    about = _hello()
    channel.send(event="hello", **about)
    if "problem" in about:
        return
    channel.listen()
    report = Report()
    position = Position(os.path.join(options["folder"], "position"))  # noqa: PTH118
    # Only now: nets.py needs Caffe.
    from .jobs import Jobs

    if options["memory_limit"]:
        _limit_memory(options["memory_limit"])
    jobs = Jobs(channel, position, options["folder"], options["gpu"])
    while True:
        request = channel.request()
        position.iteration = 0
        position.clear()
        report.clear()
        try:
            answer = {"event": "result", "result": jobs.run(request)}  # type: dict[str, Any]
        except BaseException as error:
            answer = dict(report.describe(error, jobs.place, position), event="error")
        channel.mark(request["id"])
        channel.send(**answer)
