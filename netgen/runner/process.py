"""A worker process: starting it, talking to it, and being sure that it is gone."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections import deque
from pathlib import Path
from typing import IO, Any, Callable, Optional

from netgen.runner.faults import CaffeFault, Death, explain_death, explain_error
from netgen.runner.locks import Lock
from netgen.runner.worker.channel import MARK, POSITION

__all__ = ["Log", "WorkerProcess", "sweep"]

Event = dict[str, Any]

_START = Path(__file__).parent / "worker" / "start.py"
_PREFIX = "netgen-"
_OWNED = "owner"
_LINES = 20_000
_LOG_BYTES = 64 * 2**20


class Log:
    """What Caffe writes to standard error: the end of it in memory, all of it in a file if one is asked for.

    Notes
    -----
    The file starts anew at 64 MiB, the earlier part kept beside it as ``<name>.1``: Caffe may train for
    weeks.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._file: Optional[IO[bytes]] = None
        self._path: Optional[Path] = None
        self._lock = threading.Lock()
        self._arrived = threading.Condition()
        self._complete = 0
        self.listener: Optional[Callable[[str], None]] = None

    def write_to(self, path: Optional[Path]) -> None:
        """Append to a file from now on; None ends that."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None if path is None else path.open("ab")
            self._path = path

    def add(self, line: bytes) -> None:
        """Take one line in."""
        line, mark, number = line.partition(MARK)
        if mark:
            with self._arrived:
                self._complete = int(number)
                self._arrived.notify_all()
            if not line:
                return
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        self._lines.append(text)
        with self._lock:
            if self._file is not None and self._path is not None:
                self._file.write(line)
                self._file.flush()
                if self._file.tell() > _LOG_BYTES:
                    self._file.close()
                    self._path.replace(self._path.with_name(self._path.name + ".1"))
                    self._file = self._path.open("ab")
        if self.listener is not None:
            self.listener(text)

    def wait_for(self, request: int) -> None:
        """Wait until everything has come in that a request wrote, or for a second if its mark was lost."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._complete >= request, timeout=1)

    def clear(self) -> None:
        """Forget the lines in memory."""
        self._lines.clear()

    @property
    def lines(self) -> list[str]:
        """The last lines, oldest first."""
        return list(self._lines)


class WorkerProcess:
    """One running worker.

    Parameters
    ----------
    python : str
        The interpreter.
    memory_limit : int, optional
        Bytes of address space that it may use (not on Windows).
    gpu : int, optional
        The device to compute on; the CPU if None.

    Raises
    ------
    OSError
        If the interpreter cannot be started.
    """

    def __init__(self, python: str, *, memory_limit: Optional[int] = None, gpu: Optional[int] = None) -> None:
        sweep(Path(tempfile.gettempdir()))
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = _own(self.folder)
        (self.folder / "position").write_bytes(bytes(POSITION.size))
        self.log = Log()
        # A simple one: signals' handlers put into it too.
        self._events: queue.SimpleQueue[Optional[Event]] = queue.SimpleQueue()
        self._count = 0
        self._gone = False
        #: The phase and the layers' names of each net, by number.
        self.nets: dict[int, tuple[str, list[str]]] = {}
        # Linux tells a child of the death of the thread that started it: only the main thread lives long
        # enough.
        on_main_thread = threading.current_thread() is threading.main_thread()
        config = {
            "folder": str(self.folder),
            "parent": os.getpid() if on_main_thread and sys.platform == "linux" else 0,
            "memory_limit": memory_limit or 0,
            "gpu": gpu,
        }
        try:
            self._process = subprocess.Popen(
                [python, str(_START), json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                **_own_group(),
            )
        except BaseException:
            _remove(self.folder, self._lock)
            raise
        self._dead = threading.Event()
        self._finalizer = weakref.finalize(self, _end, self._process, self._dead, self.folder, self._lock)
        self._readers = [
            threading.Thread(target=_read_events, args=(self._process.stdout, self._events), daemon=True),
            threading.Thread(target=_read_log, args=(self._process.stderr, self.log), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        threading.Thread(
            target=_watch, args=(self._process, self._readers, self._events, self._dead), daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """The worker's process id, which is its process group's too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take another request."""
        return not self._gone and not self._dead.is_set()

    def hello(self, timeout: float) -> Optional[Event]:
        """Return what the worker says first, or None if it ends or stays silent."""
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            return None

    def request(
        self,
        job: str,
        *,
        timeout: Optional[float] = None,
        on_event: Optional[Callable[[Event], None]] = None,
        **arguments: Any,
    ) -> Any:
        """Have one job done and return its result.

        Parameters
        ----------
        job : str
            Its name.
        timeout : float, optional
            Seconds until the worker is killed.
        on_event : callable, optional
            Is given each event that comes before the result.
        **arguments
            Whatever the job takes.

        Raises
        ------
        CaffeFault
            For everything that can go wrong in the worker. The worker is gone afterwards, unless it was an
            exception that it caught.
        """
        if not self.alive:
            raise CaffeFault("the worker has ended", kind="crash", mend="start another one")
        self._count += 1
        self.log.clear()
        phase = arguments.get("phase")
        self._send({"id": self._count, "job": job, **arguments})
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while True:
                event = self._next(deadline)
                if event is None:
                    raise explain_death(self._autopsy(), job=job, phase=phase)
                if event["event"] in ("result", "error"):
                    self.log.wait_for(self._count)
                if event["event"] == "result":
                    return event["result"]
                if event["event"] == "error":
                    net, layer = event.get("place", (0, -1))
                    found, event["layer"] = (
                        self._layer(net, layer) if "place" in event else (None, event.get("layer"))
                    )
                    raise explain_error(event, self.log.lines, job=job, phase=phase or found)
                if on_event is not None:
                    on_event(event)
        except queue.Empty:
            death = self._autopsy()
            self.kill()
            raise explain_death(death, job=job, phase=phase, limit=timeout) from None
        except CaffeFault:
            raise
        except KeyboardInterrupt as interrupt:
            death = self._autopsy()
            self.kill()
            raise explain_death(death, job=job, phase=phase, interrupted=True) from interrupt
        except BaseException:
            # The caller's own handler failed: nothing may go on running behind its back.
            self.kill()
            raise

    def stop(self) -> None:
        """Ask a training worker to end after its present iteration; ``on_event`` is given ``stopping``.

        A signal's handler may call it: nothing is shown or written here but to the worker.
        """
        self._send({"id": 0, "job": "stop"})
        self._events.put({"event": "stopping"})

    def kill(self) -> None:
        """End the worker and everything that it started, at once."""
        self._gone = True
        self._finalizer()

    def close(self) -> None:
        """Let the worker end by itself, or kill it if it does not within a second."""
        self._gone = True
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._dead.wait(timeout=1)
        self._finalizer()

    def _send(self, request: Event) -> None:
        # A broken pipe means that the worker is dead, which the events will tell with its cause.
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(request).encode("utf-8") + b"\n")
                self._process.stdin.flush()

    def _next(self, deadline: Optional[float]) -> Optional[Event]:
        # In slices, because on Windows a wait without an end cannot be interrupted from the keyboard.
        while True:
            left = 0.5 if deadline is None else min(0.5, deadline - time.monotonic())
            try:
                return self._events.get(timeout=max(left, 0.001))
            except queue.Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    raise

    def _autopsy(self) -> Death:
        direction, net, layer, iteration = POSITION.unpack((self.folder / "position").read_bytes())
        phase, name = self._layer(net, layer if direction else -1)
        return Death(
            code=self._process.returncode,
            lines=self.log.lines,
            layer=name,
            phase=phase,
            method={1: "forward", 2: "backward"}.get(direction),
            iteration=iteration,
        )

    def _layer(self, net: int, layer: int) -> tuple[Optional[str], Optional[str]]:
        """Return the phase and the name of a layer, where it is known."""
        phase, names = self.nets.get(net, (None, []))
        return (phase, names[layer]) if 0 <= layer < len(names) else (None, None)


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    # Caffe's own account of what it does is how the layer at fault is found.
    environment["GLOG_minloglevel"] = "0"
    environment["GLOG_logtostderr"] = "1"
    # This interpreter's home is not that of another one.
    environment.pop("PYTHONHOME", None)
    environment.pop("__PYVENV_LAUNCHER__", None)
    return environment


def _own_group() -> dict[str, Any]:
    """Keep Ctrl-C in the terminal from the worker, and let it be killed with all that it starts."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _read_events(pipe: IO[bytes], events: queue.SimpleQueue[Optional[Event]]) -> None:
    for line in pipe:
        # A worker that dies while it writes leaves half a line.
        with contextlib.suppress(ValueError):
            events.put(json.loads(line.decode("utf-8")))


def _read_log(pipe: IO[bytes], log: Log) -> None:
    for line in pipe:
        log.add(line)


def _watch(
    process: subprocess.Popen[bytes],
    readers: list[threading.Thread],
    events: queue.SimpleQueue[Optional[Event]],
    dead: threading.Event,
) -> None:
    """Say that the worker is dead after everything that it said in its life.

    No other thread may reap the process, or its number could pass on before its group is ended.
    """
    if hasattr(os, "waitid"):
        # Not reaped yet, so its number cannot have passed on: what it left running can be ended safely.
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            _kill_group(process.pid)
    process.wait()
    if not hasattr(os, "waitid") and sys.platform != "win32":
        _kill_group(process.pid)
    dead.set()
    for reader in readers:
        reader.join(timeout=2)
    events.put(None)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _own(folder: Path) -> Optional[Lock]:
    """Say that a folder is in use for as long as this process lives; None where there are no locks."""
    lock = Lock(folder / f"{_OWNED}.new")
    try:
        lock.take()
        # Under its name it is never seen unlocked, or another process could take the folder for abandoned.
        lock.path = lock.path.replace(folder / _OWNED)
    except OSError:
        return None
    return lock


def _remove(folder: Path, lock: Optional[Lock]) -> None:
    # Windows removes no file that is open.
    if lock is not None:
        lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove what workers left whose parents were killed: nobody else is there to do it.

    Parameters
    ----------
    place : Path
        The folder for temporary files.
    """
    for path in place.glob(f"{_PREFIX}*/{_OWNED}"):
        lock = Lock(path)
        # Another user's folder is theirs to remove.
        with contextlib.suppress(OSError):
            if lock.take():
                _remove(path.parent, lock)


def _end(process: subprocess.Popen[bytes], dead: threading.Event, folder: Path, lock: Optional[Lock]) -> None:
    if not dead.is_set():
        if sys.platform == "win32":
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False
            )
        else:
            _kill_group(process.pid)
        dead.wait(timeout=10)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    _remove(folder, lock)
