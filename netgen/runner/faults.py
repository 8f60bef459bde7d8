"""What went wrong in real Caffe, in words: the kind of fault, Caffe's own line, the layer, the mend."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from netgen.errors import CaffeError, Site, listed, nearest
from netgen.runner.mends import mend_for

__all__ = ["KINDS", "CaffeFault", "Death", "explain_death", "explain_error"]

#: Every ``CaffeFault.kind`` and what it means.
KINDS: dict[str, str] = {
    "check": "Caffe found something wrong and aborted",
    "python-layer": "a Python layer raised an exception",
    "missing-module": "the module of a Python layer could not be imported",
    "crash": "the process died of a signal or ended by itself",
    "timeout": "the time limit was reached",
    "memory": "there was not enough memory",
    "interrupted": "the user stopped it",
    "diverged": "the loss became NaN or infinite",
    "unsupported": "this build of Caffe cannot do it",
    "refused": "the request did not fit the net or the files",
}


class CaffeFault(CaffeError):  # noqa: N818
    """Real Caffe failed.

    Parameters
    ----------
    message : str
        What happened.
    kind : str
        One of `KINDS`.
    caffe_line : str, optional
        Caffe's own line: ``blob.hpp:122: Check failed: …``.
    log : sequence of str
        The last lines of Caffe's log.
    traceback : str, optional
        Python's own account of an exception in the worker.
    iteration : int, optional
        The training iteration.
    **where
        ``site``, ``layer``, ``phase``, ``mend`` as in `netgen.errors.NetgenError`.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        caffe_line: Optional[str] = None,
        log: Sequence[str] = (),
        traceback: Optional[str] = None,
        iteration: Optional[int] = None,
        **where: Any,
    ) -> None:
        super().__init__(message, **where)
        self.kind = kind
        self.caffe_line = caffe_line
        self.log = list(log)
        self.traceback = traceback
        self.iteration = iteration


@dataclass(frozen=True)
class Death:
    """What is known of a worker that gave no answer.

    Parameters
    ----------
    code : int or None
        Its exit code, negative for a signal; None while it still runs.
    lines : list of str
        The end of its log.
    layer, phase, method : str, optional
        The layer that was running, its net's phase, and ``forward`` or ``backward``.
    iteration : int
        The training iteration, or 0.
    """

    code: Optional[int]
    lines: list[str]
    layer: Optional[str]
    phase: Optional[str]
    method: Optional[str]
    iteration: int


# glog: severity and date, time, thread, file:line] message. The date has four digits or eight.
_FATAL = re.compile(r"^F\d{4,8} [\d:.]+ +\d+ (?P<site>[^\]\s]+:\d+)\] (?P<message>.*)$")
_GLOG = re.compile(r"^[IWEF]\d{4,8} [\d:.]+ +\d+ [^\]\s]+:\d+\] ")
_CREATING = re.compile(r"\] Creating layer (?P<name>.+)$", re.IGNORECASE)
_DONE = "Network initialization done."
_IN_TEXT = re.compile(r"layer:? '(?P<name>[^']+)'|for layer (?P<bare>\S+?)[;.]?(?:\s|$)")
_PARSE = re.compile(r"Error parsing text-format \S+ (?P<line>\d+):(?P<column>\d+): (?P<message>.*)$")
_FILE = re.compile(r"Failed to parse (?:NetParameter|SolverParameter) file: (?P<path>.+)$")
_THROWN = re.compile(r"terminate called after throwing an instance of '(?P<type>[^']+)'")
_FAULTHANDLER = re.compile(r'^  File "(?P<path>[^"]+)", line (?P<line>\d+) in (?P<name>\S+)')
_ALLOCATION = re.compile(r"host allocation of size (?P<size>\d+) failed")


def fatal_line(lines: Sequence[str]) -> Optional[tuple[str, str]]:
    """Return the place in Caffe and the message of the last fatal line of a log."""
    for index in range(len(lines) - 1, -1, -1):
        match = _FATAL.match(lines[index])
        if match is None:
            continue
        message = [match["message"]]
        for line in lines[index + 1 :]:
            if line.startswith(("*** ", "    @ ")) or _GLOG.match(line):
                break
            message.append(line)
        return match["site"], " ".join(part.strip() for part in message).strip()
    return None


def loading_layer(lines: Sequence[str]) -> Optional[str]:
    """Return the layer that Caffe was setting up when its log ended."""
    for line in reversed(lines):
        if line.endswith(_DONE):
            return None
        match = _CREATING.search(line)
        if match:
            return match["name"].strip()
    return None


def loading_phase(lines: Sequence[str]) -> Optional[str]:
    """Return the phase of the net that a solver was making when its log ended; None once it was made."""
    for line in reversed(lines):
        if line.endswith(_DONE):
            return None
        if "Creating test net" in line:
            return "TEST"
        if "Creating training net" in line:
            return "TRAIN"
    return None


def explain_death(
    death: Death,
    *,
    job: str,
    phase: Optional[str] = None,
    limit: Optional[float] = None,
    interrupted: bool = False,
) -> CaffeFault:
    """Say why a worker died.

    Parameters
    ----------
    death : Death
        What is left of it.
    job : str
        What it was doing.
    phase : str, optional
        The phase of the net.
    limit : float, optional
        The seconds after which it was killed, if it was.
    interrupted : bool
        Whether the user stopped it.
    """
    layer = death.layer or loading_layer(death.lines)
    phase = phase or death.phase or loading_phase(death.lines)
    where: dict[str, Any] = {"layer": layer, "phase": phase, "log": death.lines}
    if death.iteration:
        where["iteration"] = death.iteration
    during = _during(job, death.method, death.iteration)
    if interrupted:
        return CaffeFault(f"stopped by the user{during}", kind="interrupted", **where)
    if limit is not None:
        return CaffeFault(
            f"stopped after the time limit of {limit:g} s{during}",
            kind="timeout",
            mend="allow more time, or make the net or the batch smaller",
            **where,
        )
    fatal = fatal_line(death.lines)
    if fatal is not None:
        return _aborted(fatal, death.lines, during, where)
    for line in reversed(death.lines):
        thrown = _THROWN.search(line)
        if thrown and "bad_alloc" in thrown["type"]:
            return _no_memory(f"std::bad_alloc{during}", line, where)
        if thrown:
            return CaffeFault(
                f"Caffe died of a C++ exception, {thrown['type']}{during}",
                kind="crash",
                caffe_line=line,
                **where,
            )
    return _killed(death, during, where)


def _aborted(fatal: tuple[str, str], lines: Sequence[str], during: str, where: dict[str, Any]) -> CaffeFault:
    place, message = fatal
    line = f"{place}: {message}"
    allocation = _ALLOCATION.search(message)
    if allocation:
        return _no_memory(f"Caffe could not allocate {_size(int(allocation['size']))}{during}", line, where)
    named = _IN_TEXT.search(message)
    if named:
        where["layer"] = named["name"] or named["bare"]
    parsed = _FILE.search(message)
    if parsed:
        return _unparsed(parsed["path"], lines, line, where)
    shown = re.sub(r" \(known types: .*", "", line)
    return CaffeFault(
        f"Caffe aborted{during}: {shown}", kind="check", caffe_line=line, mend=mend_for(message), **where
    )


def _unparsed(path: str, lines: Sequence[str], line: str, where: dict[str, Any]) -> CaffeFault:
    """Say where in the user's file Caffe's protobuf stumbled."""
    where["layer"] = None
    for candidate in reversed(lines):
        match = _PARSE.search(candidate)
        if match:
            site = Site(path, int(match["line"]), int(match["column"]))
            return CaffeFault(
                f"Caffe cannot read this: {match['message']}",
                kind="check",
                caffe_line=line,
                site=site,
                **where,
            )
    return CaffeFault(
        f"Caffe cannot read {path}", kind="check", caffe_line=line, mend=mend_for(line), **where
    )


def _no_memory(what: str, line: Optional[str], where: dict[str, Any]) -> CaffeFault:
    return CaffeFault(
        f"out of memory: {what}",
        kind="memory",
        caffe_line=line,
        mend="make the batch, the input or the net's width smaller, or give the process more memory",
        **where,
    )


def _killed(death: Death, during: str, where: dict[str, Any]) -> CaffeFault:
    code = death.code
    if code == -getattr(signal, "SIGKILL", 9):
        return _no_memory(
            f"the system killed Caffe's process{during} (signal SIGKILL), as it does when memory runs out",
            None,
            where,
        )
    if code is not None and code >= 0 and code < 0x80000000:
        return CaffeFault(
            f"Caffe's process ended by itself with exit code {code}{during}",
            kind="crash",
            mend="look for an exit call in the net's Python layers",
            **where,
        )
    name = _signal_name(code)
    meaning = {
        "SIGSEGV": ", a bad memory access",
        "SIGFPE": ", an arithmetic fault such as an integer division by zero",
    }
    site = _python_site(death.lines)
    return CaffeFault(
        f"Caffe's process died of signal {name}{meaning.get(name, '')}{during}",
        kind="crash",
        site=site,
        **where,
    )


def _python_site(lines: Sequence[str]) -> Optional[Site]:
    """Return the innermost Python line in the worker's dump, unless it is netgen's or Caffe's own."""
    for line in lines:
        match = _FAULTHANDLER.match(line)
        if match:
            path = match["path"]
            ours = path.startswith(str(Path(__file__).parent)) or "pycaffe.py" in path
            # The C library wrapper in between is not where the mistake is.
            if "ctypes" in path:
                continue
            return None if ours else Site(path, int(match["line"]))
    return None


def explain_error(
    event: dict[str, Any], lines: Sequence[str], *, job: str, phase: Optional[str] = None
) -> CaffeFault:
    """Say what an exception in the worker means.

    Parameters
    ----------
    event : dict
        The worker's event.
    lines : sequence of str
        The end of its log.
    job : str
        What it was doing.
    phase : str, optional
        The phase of the net.
    """
    phase = event.get("phase") or phase
    if event["kind"] != "exception":
        return _turned_down(event, lines, phase)
    layer = event["layer"] or loading_layer(lines)
    if not event["layer"] and phase is None:
        phase = loading_phase(lines)
    where: dict[str, Any] = {
        "layer": layer,
        "phase": phase,
        "log": lines,
        "traceback": event["traceback"],
        "iteration": event["iteration"] or None,
    }
    raised = f"{event['type']}: {event['text']}" if event["text"] else str(event["type"])
    frames = event["frames"]
    during = _during(job, None, event["iteration"])
    if event["missing"] and event["while_loading"]:
        if frames:
            return CaffeFault(
                f"the Python layer's module needs {event['missing']!r}, which was not found{during}",
                kind="missing-module",
                caffe_line=raised,
                site=_users_site(frames),
                mend="install it for the Python that runs Caffe",
                **where,
            )
        file = event["missing"].partition(".")[0] + ".py"
        return CaffeFault(
            f"the Python layer's module {event['missing']!r} was not found{during}",
            kind="missing-module",
            caffe_line=raised,
            mend=f"put the folder that holds {file} on PYTHONPATH, or the file beside the net's",
            **where,
        )
    if event["while_loading"] or event["class"] or frames:
        at = f" at iteration {event['iteration']}" if event["iteration"] else ""
        if event["class"]:
            what = f"Python layer {event['class']} failed in {event['method']}{at}"
        else:
            what = f"the Python layer's class could not be had{during}"
        return CaffeFault(
            f"{what}: {raised}",
            kind="python-layer",
            caffe_line=raised,
            site=_users_site(frames),
            mend=_suggestion(event),
            **where,
        )
    return CaffeFault(
        f"Caffe refused{during}: {event['text'] or raised}",
        kind="refused",
        caffe_line=raised,
        mend=mend_for(raised),
        **where,
    )


def _users_site(frames: Sequence[Sequence[Any]]) -> Optional[Site]:
    """Return the innermost place that is not in an installed package, or else the innermost."""
    users = [
        frame for frame in frames if not re.search(r"(site|dist)-packages|[/\\]lib[/\\]python3", frame[0])
    ]
    chosen = (users or frames)[-1:]
    return Site(chosen[0][0], chosen[0][1]) if chosen else None


def _suggestion(event: dict[str, Any]) -> Optional[str]:
    if "known" not in event:
        return None
    near = nearest(event["asked"], event["known"])
    return f"did you mean {near!r}?" if near else f"it has: {listed(event['known'])}"


def _turned_down(event: dict[str, Any], lines: Sequence[str], phase: Optional[str]) -> CaffeFault:
    if event["kind"] == "memory":
        return _no_memory(
            f"{event['type']} {event['text']}".strip(),
            None,
            {"layer": event["layer"], "phase": phase, "log": lines},
        )
    site = Site(*event["site"]) if event.get("site") else None
    return CaffeFault(
        event["text"],
        site=site,
        kind=event["kind"],
        layer=event.get("layer"),
        phase=phase,
        mend=event.get("mend") or _suggestion(event),
        log=lines,
        iteration=event.get("iteration"),
    )


def _during(job: str, method: Optional[str], iteration: int) -> str:
    doing = {"load": " while loading the net", "weights": " while loading the weights", "train": ""}.get(job)
    if doing is None:
        doing = f" in {method or job}"
    elif method:
        doing += f" in {method}"
    return f"{doing} at iteration {iteration}" if iteration else doing


def _signal_name(code: Optional[int]) -> str:
    if code is None:
        return "unknown"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return hex(code & 0xFFFFFFFF)


def _size(count: int) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count = count / 1024  # type: ignore[assignment]
    return f"{count:.4g} GiB"
