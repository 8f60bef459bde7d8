"""Training a bundle in real Caffe: what it takes, what it tells on the way, what it leaves behind."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from netgen.emit.commit import recover
from netgen.errors import BundleError, DataError, OptionError, PrototxtError
from netgen.prototxt import parse
from netgen.runner.curve import Curve, CurveFile, plot_curve, read_curve
from netgen.runner.faults import CaffeFault
from netgen.runner.interrupts import first_interrupt
from netgen.runner.locks import Lock
from netgen.runner.record import Record, Snapshot
from netgen.schema import caffe_pb2

if TYPE_CHECKING:
    from netgen.runner.client import Caffe
    from netgen.runner.process import Event

__all__ = ["FOLDER", "Progress", "TrainingResult", "find_bundle", "snapshots_of", "train"]

#: The folder inside a bundle that holds everything that training makes, but for what ``snapshot_prefix``
#: places elsewhere.
FOLDER = "training"

# The loss shown is the mean of so many, and so is the one that is compared to tell whether it fell.
_WINDOW = 20
# How long a worker that was asked to stop may take for its last iteration and snapshot.
_GRACE = 60.0


@dataclass(frozen=True)
class Progress:
    """One thing that happens in a training.

    Parameters
    ----------
    kind : {"started", "replaying", "iteration", "snapshot", "stopping", "notice"}
        What happened.
    iteration, iterations : int
        How far it is, and how far it goes. While replaying: batches.
    loss, smoothed : float, optional
        The loss of this iteration, and the mean of the last 20.
    speed : float, optional
        Iterations a second, recently.
    left : float, optional
        Seconds to go.
    tests : dict, optional
        What the test nets gave, if they ran.
    snapshot : Snapshot, optional
        What was saved.
    message : str
        A notice, in words.
    """

    kind: str
    iteration: int = 0
    iterations: int = 0
    loss: Optional[float] = None
    smoothed: Optional[float] = None
    speed: Optional[float] = None
    left: Optional[float] = None
    tests: Optional[dict[str, float]] = None
    snapshot: Optional[Snapshot] = None
    message: str = ""


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    Parameters
    ----------
    iteration : int
        How many iterations are done in all.
    start : int
        How many of them an earlier run did.
    first_loss, last_loss : float or None
        The means over the first and the last 20 iterations (over a tenth if there are fewer than 200).
    fell : bool
        Whether the loss fell between the two.
    tests : dict
        What the test nets gave last.
    seconds : float
        Time spent in iterations, earlier runs included.
    snapshot : Snapshot or None
        The last whole one.
    log : Path
        The CSV file.
    plot : Path or None
        The picture of the loss, if it was drawn.
    caffe_log : Path
        What Caffe wrote.
    missed : tuple of str
        Layers that the given weights had nothing for.
    notices : tuple of str
        What the user should know.
    """

    iteration: int
    start: int
    first_loss: Optional[float]
    last_loss: Optional[float]
    fell: bool
    tests: dict[str, float]
    seconds: float
    snapshot: Optional[Snapshot]
    log: Path
    plot: Optional[Path]
    caffe_log: Path
    missed: tuple[str, ...]
    notices: tuple[str, ...]


def find_bundle(bundle: Union[str, Path]) -> tuple[Path, Path]:
    """Return the folder and the solver's file of a bundle, named by either.

    A write of the bundle that was killed midway is completed first.

    Raises
    ------
    BundleError
        If there is no solver.
    """
    path = Path(bundle).absolute()
    recover(path.parent if path.is_file() else path)
    if path.is_file():
        return path.parent, path
    if not path.is_dir():
        raise BundleError(f"there is no bundle {bundle}", mend="make one with netgen emit or netgen unet")
    solver = path / "solver.prototxt"
    if not solver.is_file():
        raise BundleError(
            f"{bundle} has no solver.prototxt, so it is not a bundle to train",
            mend="make one with netgen emit or netgen unet, or name the solver's file itself",
        )
    return path, solver


def snapshots_of(folder: Path) -> Record:
    """Return the record of the whole snapshots of a bundle."""
    return Record(folder / FOLDER / "snapshots.json", folder)


def train(
    caffe: Caffe,
    bundle: Union[str, Path],
    *,
    iterations: Optional[int] = None,
    resume: bool = False,
    fresh: bool = False,
    weights: Union[str, Path, None] = None,
    seed: Optional[int] = None,
    snapshot_every: Optional[int] = None,
    replay: bool = True,
    plot: bool = True,
    force: bool = False,
    time_limit: Optional[float] = None,
    grace: float = _GRACE,
    on_progress: Optional[Callable[[Progress], None]] = None,
) -> TrainingResult:
    """Train a bundle.

    Parameters
    ----------
    caffe : Caffe
        Where to train.
    bundle : path
        A folder with a solver.prototxt, or a solver's file. Caffe runs in that folder, so every path in the
        solver, the net and their list files starts there; Python layers are looked for there first.
    iterations : int, optional
        In all, those of an earlier run included; ``max_iter`` by default.
    resume : bool
        Go on from the last whole snapshot, or begin where there is none.
    fresh : bool
        Begin anew although there is a snapshot.
    weights : path, optional
        A caffemodel to start from.
    seed : int, optional
        For everything random; the solver's ``random_seed`` by default.
    snapshot_every : int, optional
        Iterations; the solver's ``snapshot`` by default. The end is always saved.
    replay : bool
        On resuming, run the data layers over what was read already, so that the next batch is the right one.
    plot : bool
        Draw the loss.
    force : bool
        Train even what this Caffe is known to train wrongly.
    time_limit : float, optional
        Seconds after which to save and stop.
    grace : float
        Seconds more until the process is killed.
    on_progress : callable, optional
        Told of everything that happens.

    Raises
    ------
    CaffeFault
        If training fails, diverges or is stopped.
    BundleError, OptionError, DataError
        If it cannot begin.
    """
    folder, solver = find_bundle(bundle)
    if resume and fresh:
        raise OptionError("resume and fresh exclude each other")
    if resume and weights is not None:
        raise OptionError(
            "a resumed training has its weights from the snapshot",
            mend="leave the weights out, or begin afresh",
        )
    if weights is not None and not Path(weights).is_file():
        raise DataError(f"there is no weights file {weights}")
    _check_solver(bundle, solver)
    lock = _lock(bundle, folder / FOLDER)
    try:
        return _train(
            caffe,
            bundle,
            folder,
            solver,
            resume=resume,
            fresh=fresh,
            plot=plot,
            time_limit=time_limit,
            grace=grace,
            on_progress=on_progress,
            wishes={
                "iterations": iterations,
                "seed": seed,
                "snapshot_every": snapshot_every,
                "weights": None if weights is None else str(Path(weights).absolute()),
                "replay": replay,
                "force": force,
            },
        )
    finally:
        lock.release()


def _check_solver(bundle: Union[str, Path], solver: Path) -> None:
    """Refuse a net where a solver should be; every other mistake in it is for Caffe to judge."""
    text = solver.read_text(encoding="utf-8", errors="replace")
    try:
        parse(text, caffe_pb2.SolverParameter, str(solver))
    except PrototxtError:
        try:
            net = parse(text, caffe_pb2.NetParameter, str(solver))
        except PrototxtError:
            return
        if net.layer or net.layers:
            raise BundleError(
                f"{bundle} is a net, not a solver",
                mend="name the bundle's folder, or its solver.prototxt",
            ) from None


def _lock(bundle: Union[str, Path], work: Path) -> Lock:
    """Make the folder that training writes to, and keep other trainings out of it."""
    lock = Lock(work / "lock")
    try:
        work.mkdir(exist_ok=True)
        free = lock.take()
    except OSError as error:
        raise BundleError(
            f"training writes to {work}, which is not possible: {error.strerror or error}",
            mend="make it a folder that can be written to, or train a copy of the bundle",
        ) from error
    if not free:
        holder = "another process" if lock.holder is None else f"process {lock.holder}"
        raise BundleError(
            f"{bundle} is being trained already, by {holder}",
            mend="wait until it has ended, or train a copy of the bundle",
        )
    return lock


def _train(
    caffe: Caffe,
    bundle: Union[str, Path],
    folder: Path,
    solver: Path,
    *,
    resume: bool,
    fresh: bool,
    plot: bool,
    time_limit: Optional[float],
    grace: float,
    on_progress: Optional[Callable[[Progress], None]],
    wishes: dict[str, Any],
) -> TrainingResult:
    record = snapshots_of(folder)
    last = record.last
    if last is not None and not resume and not fresh:
        raise OptionError(
            f"{bundle} has been trained to iteration {last.iteration} already",
            mend="--resume goes on from there, --fresh begins anew",
        )
    run = _Run(folder, record, last if resume else None, on_progress or (lambda _: None))
    if last is None and resume:
        run.notice("there is no whole snapshot to resume from; training begins at iteration 0")
    request = {
        "folder": str(folder),
        "solver": str(solver),
        "python_path": [str(folder)],
        "prefix": f"{FOLDER}/{solver.stem if solver.stem != 'solver' else folder.name or 'net'}",
        "resume": None if run.origin is None else {"state": _relative(run.origin.state, folder)},
        "time_limit": time_limit,
        **wishes,
    }
    try:
        stopped = run.go(caffe, request, None if time_limit is None else time_limit + grace)
    finally:
        run.close(plot)
    if stopped is not None:
        raise run.stopped(stopped, time_limit)
    return run.result()


class _Run:
    """One call of `train`: takes the worker's events in, and keeps the files."""

    def __init__(
        self, folder: Path, record: Record, origin: Optional[Snapshot], tell: Callable[[Progress], None]
    ) -> None:
        self._folder = folder
        self._record = record
        self.origin = origin
        self._tell = tell
        self._work = folder / FOLDER
        self._log = self._work / "log.csv"
        self._caffe_log = self._work / "caffe.log"
        self._file: Optional[CurveFile] = None
        self._plot: Optional[Path] = None
        self._notices: list[str] = []
        self._missed: tuple[str, ...] = ()
        self._start = self._iteration = self._iterations = 0
        self._recent: deque[float] = deque(maxlen=_WINDOW)
        self._pace: deque[float] = deque(maxlen=_WINDOW)
        self._tests: dict[str, float] = {}
        self._caffe: Optional[Caffe] = None

    def notice(self, message: str) -> None:
        """Tell the user something, now and in the result."""
        self._notices.append(message)
        self._tell(Progress("notice", message=message))

    def go(self, caffe: Caffe, request: dict[str, Any], timeout: Optional[float]) -> Optional[str]:
        """Have the worker train; return what stopped it early, if anything did."""
        self._caffe = caffe
        worker = caffe.worker
        if self.origin is None:
            self._caffe_log.unlink(missing_ok=True)
        worker.log.write_to(self._caffe_log)
        try:
            with first_interrupt(self._stop):
                # A limit that this Caffe was given for single requests is not meant for training.
                result = worker.request(
                    "train", timeout=timeout, on_event=self._take, net=caffe.new_number(50), **request
                )
        except CaffeFault as fault:
            if fault.mend is None and self._record.last is not None:
                fault.mend = (
                    f"after mending it, --resume goes on from iteration {self._record.last.iteration}"
                )
            raise
        finally:
            worker.log.write_to(None)
        self._iteration = result["iteration"]
        stopped: Optional[str] = result["stopped"]
        return stopped

    def _stop(self) -> None:
        if self._caffe is not None:
            self._caffe.worker.stop()

    def _on_stopping(self, _event: Event) -> None:
        self._tell(Progress("stopping"))

    def stopped(self, why: str, limit: Optional[float]) -> CaffeFault:
        """Return the error for a run that was stopped and saved."""
        saved = f"stopped after iteration {self._iteration} of {self._iterations} and saved"
        mend = "--resume goes on from there"
        if why == "interrupted":
            return CaffeFault(f"{saved}, as asked", kind=why, mend=mend, iteration=self._iteration)
        return CaffeFault(
            f"{saved}: the time limit of {limit:g} s is over", kind=why, mend=mend, iteration=self._iteration
        )

    def close(self, plot: bool) -> None:
        """Close the log and draw it, whatever happened; a picture that fails is no reason to fail."""
        if self._file is None:
            return
        self._file.close()
        if not plot:
            return
        path = self._work / "loss.png"
        try:
            plot_curve(read_curve(self._log), path)
        except Exception as error:
            self.notice(f"the loss was not drawn: {error}")
        else:
            self._plot = path

    def result(self) -> TrainingResult:
        """Return what it came to."""
        curve = read_curve(self._log)
        first, last = _ends(curve)
        fell = first is not None and last is not None and last < first
        if first is not None and not fell and len(curve.losses) > 1:
            self.notice(
                f"the loss did not fall: it was {first:.4g} at the beginning and {last:.4g} at the end"
            )
        return TrainingResult(
            iteration=self._iteration,
            start=self._start,
            first_loss=first,
            last_loss=last,
            fell=fell,
            tests=self._tests or {name: points[-1][1] for name, points in curve.tests.items()},
            seconds=curve.seconds,
            snapshot=self._record.last,
            log=self._log,
            plot=self._plot,
            caffe_log=self._caffe_log,
            missed=self._missed,
            notices=tuple(self._notices),
        )

    def _take(self, event: Event) -> None:
        getattr(self, "_on_" + event["event"])(event)

    def _on_started(self, event: Event) -> None:
        self._start = self._iteration = event["iteration"]
        self._iterations = event["iterations"]
        self._missed = tuple(event["missed"])
        if self._caffe is not None:
            nets = [("TEST" if index else "TRAIN", names) for index, names in enumerate(event["layers"])]
            self._caffe.worker.nets.update(enumerate(nets, event["net"]))
        keep = -1 if self.origin is None else self._start
        # Not before now: what the earlier run left is given up only for a training that really begins.
        self._record.forget(keep + 1)
        self._file = CurveFile(self._log, event["tests"], keep)
        for notice in event["notices"]:
            self.notice(notice)
        if self._missed:
            self.notice(
                f"the weights had nothing for {', '.join(self._missed)}: these layers learn from scratch"
            )
        if self._start >= self._iterations:
            self.notice(f"nothing to do: iteration {self._start} of {self._iterations} was reached before")
        self._tell(Progress("started", self._start, self._iterations))

    def _on_replaying(self, event: Event) -> None:
        self._tell(Progress("replaying", event["done"], event["of"]))

    def _on_iteration(self, event: Event) -> None:
        iteration = event["iteration"]
        loss = None if event["loss"] is None else float(event["loss"])
        tests = None if event["tests"] is None else {name: float(v) for name, v in event["tests"].items()}
        if self._file is not None:
            self._file.add(iteration, loss, event["lr"], event["seconds"], tests)
        self._iteration = iteration
        self._tests = tests or self._tests
        if loss is not None:
            self._recent.append(loss)
            self._pace.append(event["seconds"])
        speed = len(self._pace) / max(1e-9, sum(self._pace)) if self._pace else None
        self._tell(
            Progress(
                "iteration",
                iteration,
                self._iterations,
                loss=loss,
                smoothed=sum(self._recent) / len(self._recent) if self._recent else None,
                speed=speed,
                left=(self._iterations - iteration) / speed if speed else None,
                tests=tests,
            )
        )

    def _on_snapshot(self, event: Event) -> None:
        snapshot = self._record.add(event["iteration"], tuple(event["model"]), tuple(event["state"]))
        self._tell(Progress("snapshot", event["iteration"], self._iterations, snapshot=snapshot))


def _ends(curve: Curve) -> tuple[Optional[float], Optional[float]]:
    """Return the mean loss at the beginning and at the end."""
    losses = curve.losses
    if not losses:
        return None, None
    window = max(1, min(_WINDOW, len(losses) // 10))
    first, last = sum(losses[:window]) / window, sum(losses[-window:]) / window
    return (first if math.isfinite(first) else None), (last if math.isfinite(last) else None)


def _relative(path: Path, folder: Path) -> str:
    """Return a path as Caffe, which runs in the folder, should see it."""
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)
