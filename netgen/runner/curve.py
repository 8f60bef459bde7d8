"""The course of a training: its CSV file and its picture."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Optional

from netgen.errors import DataError

__all__ = ["COLUMNS", "Curve", "CurveFile", "plot_curve", "read_curve", "smooth"]

#: The columns of every log; those of the tests follow.
COLUMNS = ("iteration", "loss", "lr", "seconds")


@dataclass
class Curve:
    """What a log holds.

    Parameters
    ----------
    iterations, losses : list
        For each iteration the loss that it began with (the weighted total, as the solver minimises it).
    tests : dict of str to list of (int, float)
        For each output of the test nets, the values and the iterations after which they were measured.
    seconds : float
        Time spent in training.
    """

    iterations: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    tests: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    seconds: float = 0.0


class CurveFile:
    """A CSV log that is written row by row and survives being cut anywhere.

    Parameters
    ----------
    path : Path
        The file.
    tests : sequence of str
        The columns for the outputs of the test nets.
    keep : int
        Rows up to this iteration are kept, those after it are taken away, for they are about to be trained
        again; -1 begins a new file.
    """

    def __init__(self, path: Path, tests: Sequence[str], keep: int) -> None:
        rows = [row for row in _rows(path) if int(row["iteration"]) <= keep] if keep >= 0 else []
        # Columns of an earlier run stay even if its net had other outputs.
        before = [name for row in rows[:1] for name in row if name not in COLUMNS]
        names = [*COLUMNS, *before, *(name for name in tests if name not in before)]
        self.seconds = max((float(row["seconds"]) for row in rows), default=0.0)
        temporary = path.with_name(path.name + ".new")
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        self._file: IO[str] = path.open("a", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, names, restval="", lineterminator="\n")

    def add(
        self,
        iteration: int,
        loss: Optional[float],
        rate: Optional[float],
        seconds: float,
        tests: Optional[dict[str, float]],
    ) -> None:
        """Write a row; ``seconds`` is what this iteration took."""
        self.seconds += seconds
        row: dict[str, Any] = {"iteration": iteration, "seconds": f"{self.seconds:.4f}"}
        if loss is not None:
            row["loss"] = repr(loss)
        if rate is not None:
            row["lr"] = f"{rate:.6g}"
        row.update({name: repr(value) for name, value in (tests or {}).items()})
        self._writer.writerow(row)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_curve(path: Path) -> Curve:
    """Read a log.

    Raises
    ------
    DataError
        If there is none.
    """
    if not path.is_file():
        raise DataError(f"there is no training log {path}", mend="train first: netgen train BUNDLE")
    curve = Curve()
    for row in _rows(path):
        iteration = int(row["iteration"])
        curve.seconds = float(row["seconds"])
        if row["loss"]:
            curve.iterations.append(iteration)
            curve.losses.append(float(row["loss"]))
        for name, value in row.items():
            if name not in COLUMNS and value:
                curve.tests.setdefault(name, []).append((iteration, float(value)))
    return curve


def smooth(values: Sequence[float], window: int) -> list[float]:
    """Return for each value the mean of it and those before it, ``window`` at most."""
    result = []
    total = 0.0
    for index, value in enumerate(values):
        total += value
        if index >= window:
            total -= values[index - window]
        result.append(total / min(index + 1, window))
    return result


def plot_curve(curve: Curve, path: Path) -> None:
    """Draw the loss, and what the tests gave, to a PNG.

    Raises
    ------
    DataError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DataError(
            f"drawing the loss needs matplotlib: {error}", mend="pip install 'caffe-netgen[plot]'"
        ) from error
    # Without pyplot: no display is asked for, and the caller's own settings and figures are left alone.
    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(curve.iterations, curve.losses, color="#9db8d9", linewidth=0.8, label="loss")
    window = max(1, min(50, len(curve.losses) // 10))
    finite = all(math.isfinite(loss) for loss in curve.losses)
    if window > 1 and finite:
        axes.plot(curve.iterations, smooth(curve.losses, window), color="#1f4e8c", label=f"mean of {window}")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss")
    axes.grid(visible=True, alpha=0.3)
    handles, labels = axes.get_legend_handles_labels()
    measures = {name: points for name, points in curve.tests.items() if "loss" not in name}
    for name, points in curve.tests.items():
        if name not in measures:
            handles += axes.plot(*zip(*points), marker="o", markersize=3, label=name)
            labels.append(name)
    if measures:
        other = axes.twinx()
        other.set_ylabel("test")
        for index, (name, points) in enumerate(measures.items()):
            handles += other.plot(*zip(*points), marker="s", markersize=3, color=f"C{index + 1}", label=name)
            labels.append(name)
    axes.legend(handles, labels, loc="best", fontsize="small")
    temporary = path.with_name(path.name + ".new")
    figure.savefig(temporary, format="png")
    temporary.replace(path)


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows that are whole; a killed run may have left half of the last one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    whole = text[: text.rfind("\n") + 1]
    return [
        row
        for row in csv.DictReader(whole.splitlines())
        if None not in row and None not in row.values() and str(row.get("iteration", "")).isdigit()
    ]
