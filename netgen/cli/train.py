"""``netgen train``: train a bundle in real Caffe."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import time
from pathlib import Path
from typing import Any, Optional

import click
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from netgen.cli.data_fit import check_data
from netgen.runner import Caffe
from netgen.runner.training import Progress, TrainingResult

__all__ = ["train"]

_EVERY_SECONDS = 10.0


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--iterations", type=click.IntRange(min=1), help="Train to this iteration in all, instead of max_iter."
)
@click.option("--resume", is_flag=True, help="Go on from the last whole snapshot, if there is one.")
@click.option("--fresh", is_flag=True, help="Begin anew although there are snapshots.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="Start from the weights of this caffemodel (fine-tuning).",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="Seed everything random, instead of random_seed."
)
@click.option(
    "--snapshot-every",
    type=click.IntRange(min=0),
    help="Save every so many iterations; 0 saves at the end only.",
)
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), help="Save and stop after so many seconds."
)
@click.option(
    "--replay/--no-replay",
    default=True,
    show_default=True,
    help="On --resume, read again over the data seen already, so that the next batch is the right one.",
)
@click.option("--plot/--no-plot", default=True, show_default=True, help="Draw the loss to a PNG.")
@click.option("--force", is_flag=True, help="Train even what this Caffe is known to train wrongly.")
@click.option(
    "--caffe-python", metavar="PYTHON", help="The Python that has Caffe.  [env: NETGEN_CAFFE_PYTHON]"
)
@click.option(
    "--gpu", type=click.IntRange(min=0), metavar="DEVICE", help="Compute on this device, not on the CPU."
)
@click.option("--verbose", is_flag=True, help="Show what Caffe writes.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to tell the result on standard output.",
)
def train(
    bundle: Path,
    caffe_python: Optional[str],
    gpu: Optional[int],
    verbose: bool,
    layout: str,
    **options: Any,
) -> None:
    """Train BUNDLE in real Caffe.

    BUNDLE is a folder with a solver.prototxt, or a solver's file. Caffe runs in that folder: paths in the
    solver, the net and the data's list files start there, from wherever this command is called, and Python
    layers are looked for there first.

    The folder's "training" then holds log.csv (loss, learning rate, tests), loss.png, caffe.log and the list
    of whole snapshots. Killed at any time, --resume goes on from the last of them: the same batches, the same
    updates, bit for bit unless the net draws random numbers (Dropout).

    Where netgen prepare made data in the bundle, its sizes are compared with the net's before anything
    starts.

    Ctrl-C saves and stops; a second one stops at once.
    """
    check_data(bundle)
    with Caffe(caffe_python, gpu=gpu) as caffe, Display(verbose=verbose) as display:
        if verbose:
            caffe.log.listener = display.caffe
        result = caffe.train(bundle, on_progress=display.show, **options)
    if layout == "json":
        click.echo(json.dumps(_plain(dataclasses.asdict(result)), indent=2))
    else:
        _tell(result)


class Display:
    """Shows how training goes: a bar on a terminal, a line now and then elsewhere; always on standard error.

    Parameters
    ----------
    verbose : bool
        Caffe's own lines are shown too, so there is no bar to disturb them.
    """

    def __init__(self, verbose: bool = False) -> None:
        self._console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self._bar: Optional[Bar] = None
        if self._console.is_terminal and not verbose:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f}"),
                TextColumn("{task.fields[detail]}"),
                console=self._console,
                transient=False,
            )
        self._task: Optional[TaskID] = None
        self._shown = -_EVERY_SECONDS
        self._percent = -1

    def __enter__(self) -> Display:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def caffe(self, line: str) -> None:
        """Show a line of Caffe's."""
        self._console.print(line, markup=False, style="dim")

    def show(self, progress: Progress) -> None:
        """Show one thing that happened."""
        if progress.kind == "notice":
            self.line(f"note: {progress.message}")
        elif progress.kind == "stopping":
            self.line("saving and stopping after this iteration; Ctrl-C again stops at once")
        elif progress.kind == "snapshot" and progress.snapshot is not None:
            if self._bar is None:
                self.line(f"saved {progress.snapshot.model.name}")
        elif progress.kind == "replaying":
            self._advance("finding the place in the data", progress, "")
        else:
            self._advance("training", progress, describe(progress))

    def _advance(self, title: str, progress: Progress, detail: str) -> None:
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task(title, total=progress.iterations, detail=detail)
            self._bar.update(
                self._task,
                description=title,
                completed=progress.iteration,
                total=progress.iterations,
                detail=detail,
            )
            return
        now = time.monotonic()
        percent = 100 * progress.iteration // max(1, progress.iterations)
        done = progress.iteration >= progress.iterations
        # Small nets would fill a log with percents, large ones would leave it empty for an hour.
        if done or progress.tests or now - self._shown >= _EVERY_SECONDS or percent >= self._percent + 10:
            self._shown = now
            self._percent = percent
            self.line(f"{title}: {progress.iteration}/{progress.iterations}{'  ' if detail else ''}{detail}")

    def line(self, text: str) -> None:
        """Show a line, above the bar if there is one."""
        self._console.print(text, markup=False)


def describe(progress: Progress) -> str:
    """Return the measures of an iteration in one line."""
    parts = []
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4g}")
    if progress.smoothed is not None:
        parts.append(f"(mean {progress.smoothed:.4g})")
    if progress.speed is not None:
        slow = progress.speed < 0.5
        parts.append(f"{1 / progress.speed:.3g} s/it" if slow else f"{progress.speed:.3g} it/s")
    if progress.left is not None and progress.left >= 1:
        parts.append(f"{duration(progress.left)} left")
    parts += [f"{name} {value:.4g}" for name, value in (progress.tests or {}).items()]
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def _tell(result: TrainingResult) -> None:
    click.echo(f"trained to iteration {result.iteration} in {duration(result.seconds)}")
    if result.first_loss is not None and result.last_loss is not None:
        click.echo(f"loss      {result.first_loss:.6g} at the beginning, {result.last_loss:.6g} at the end")
    for name, value in result.tests.items():
        click.echo(f"{name:<9} {value:.6g}")
    if result.snapshot is not None:
        click.echo(f"weights   {result.snapshot.model}")
    click.echo(f"log       {result.log}")
    if result.plot is not None:
        click.echo(f"picture   {result.plot}")


def _plain(value: Any) -> Any:
    """Return what JSON can hold: paths as text, and null for NaN and infinities, which it lacks."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
