"""Measures how far netgen's checker agrees with real Caffe, over a folder of judged nets.

Run it as ``python benchmarks/agreement.py DIR [--schema NAME]``. DIR has ``nets.jsonl`` and
``mutants.jsonl``, a line for each net and phase with Caffe's verdict, and beside them the files that the
lines name; with ``--live`` the verdicts are not taken from there, but from real Caffe, now. Compared are:
the verdict; where both refuse, the place; where both accept, each blob's and parameter's shape, the order
of layers with Caffe's Splits, the memory, the loss weights, and who needs backward.

There is no third verdict: a net that netgen finds nothing wrong with counts as accepted. Left out and
counted are verdicts marked ``environment`` (a file or device was missing) or ``ub`` (Caffe read past an
end), and the shapes of Python layers that were stubbed and of what follows from them. A shape that netgen
does not know counts as a miss, but for those of Python layers and of data-dependent tops, and what follows
from them. What the judge had in the places of Python layers netgen is told, as a user tells it by a python
path: its stubs (``judging.opinion``), and its own layers, whose source is not in the folder and was made
again (``judging/modules``).

``--part develop`` and ``--part measure`` divide a folder that has an ``index.json`` by source repository,
by a rule that was written down before the checker was: a file belongs to the lowest-sorting repository
among its ``sources`` (to its own id where it has none). It is of part "develop" where the first byte of the
SHA-256 of that name in lower case is below 154, else of part "measure". A mutant goes with its ``base``.

The exit status is 0 where nothing disagrees, 1 where something does, and 2 where nothing could be measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from judging.compare import Comparison, Difference, compare  # noqa: E402
from judging.judge import Judge  # noqa: E402
from judging.opinion import Opinion, Place, Reader  # noqa: E402

DEVELOP = 154
# The Python layers that the corpus's judge had.
MODULES = Path(__file__).resolve().parent / "judging" / "modules"
SETS = ("nets", "mutants")


class Task(NamedTuple):
    """All verdicts on one file."""

    set: str
    file: str
    verdicts: list[dict[str, Any]]


class Result(NamedTuple):
    set: str
    file: str
    phase: str
    comparison: Comparison


def part_of(key: str, sources: dict[str, list[str]]) -> str:
    """Return the part that a net's id (a mutant's base) is of; ``sources`` has each id's repositories."""
    name = min(sources.get(key) or [key]).lower()
    return "develop" if hashlib.sha256(name.encode()).digest()[0] < DEVELOP else "measure"


def tasks(folder: Path, options: argparse.Namespace) -> Iterator[Task]:
    """Yield the files of a folder that the options ask for."""
    sources: dict[str, list[str]] = {}
    if options.part:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        sources = {entry["id"]: [source["repo"] for source in entry.get("sources") or ()] for entry in index}
    for name in SETS:
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            continue
        by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if not line.strip():
                    continue
                verdict = json.loads(line)
                if options.only and options.only not in line:
                    continue
                key = verdict.get("id") or verdict.get("base") or Path(verdict["file"]).name.split(".")[0]
                if options.part and part_of(key, sources) != options.part:
                    continue
                verdict.setdefault("phase", "TRAIN")
                verdict.setdefault("ok", verdict.get("status") == "ok")
                by_file[verdict["file"]].append(verdict)
        for number, (file, verdicts) in enumerate(by_file.items()):
            if options.limit and number >= options.limit:
                break
            yield Task(name, file, verdicts)


# ---- one file; this is what worker processes do ----

_settings: dict[str, Any] = {}
_judge: Optional[Judge] = None


def _start(settings: dict[str, Any]) -> None:
    global _judge
    _settings.update(settings)
    _judge = Judge(python_path=[*settings["python_path"], MODULES]) if settings["live"] else None


def _run(task: Task) -> list[Result]:
    path = _settings["folder"] / task.file
    if not path.is_file():
        missing = Comparison("no such file")
        return [Result(task.set, task.file, verdict["phase"], missing) for verdict in task.verdicts]
    text = path.read_bytes()
    results = []
    reader: Any = None
    crash: Optional[Exception] = None
    try:
        reader = Reader(text, _settings["schema"])
    except Exception as error:
        crash = error
    for verdict in task.verdicts:
        phase = verdict["phase"]
        stages, level = tuple(verdict.get("stages") or ()), verdict.get("level") or 0
        if _judge:
            marks = {mark: verdict[mark] for mark in ("ub", "python_stubbed") if verdict.get(mark)}
            verdict = {**_judge.verdict(text, phase, stages, level), **marks}
            if verdict["status"] == "exception" and verdict.get("python_stubbed"):
                verdict["environment"] = True  # there are no stubs here
        try:
            if crash:
                raise crash
            comparison = compare(
                verdict, reader.opinion(phase, stages, level, stubbed=bool(verdict.get("python_stubbed")))
            )
        except Exception as error:
            comparison = _crashed(verdict, error)
        results.append(Result(task.set, task.file, phase, comparison))
    return results


def _crashed(verdict: dict[str, Any], error: Exception) -> Comparison:
    """An error of netgen's own: whatever Caffe says, this is wrong."""
    place = Place("crash", type(error).__name__, str(error))
    comparison = compare({**verdict, "ok": True}, Opinion(place))
    if comparison.left_out:
        return comparison
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    difference = Difference("verdict", f"netgen crashed: {type(error).__name__} at {at}", str(error))
    ok = bool(verdict["ok"])
    return Comparison("", ok, not ok, differences=(difference,))


# ---- all files ----


class Tally:
    """What the comparisons come to."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Counter[tuple[bool, bool]]] = {name: Counter() for name in SETS}
        self.left_out: dict[str, Counter[str]] = {name: Counter() for name in SETS}
        self.places: Counter[tuple[bool, bool]] = Counter()
        self.unplaced = 0
        self.shapes = self.equal = self.unknown = self.exempt = 0
        self.differences: dict[tuple[str, str, str], list[Difference]] = defaultdict(list)

    def add(self, result: Result) -> None:
        comparison = result.comparison
        if comparison.left_out:
            self.left_out[result.set][comparison.left_out] += 1
            return
        self.verdicts[result.set][comparison.caffe_ok, comparison.netgen_ok] += 1
        if comparison.place is not None:
            self.places[comparison.parse_error, comparison.place] += 1
        elif not comparison.caffe_ok and not comparison.netgen_ok:
            self.unplaced += 1
        self.shapes += comparison.shapes
        self.equal += comparison.equal_shapes
        self.unknown += comparison.unknown
        self.exempt += comparison.exempt
        for difference in comparison.differences:
            key = (result.set, difference.kind, difference.group)
            self.differences[key].append(difference._replace(where=f"{result.file} {result.phase}"))

    def right(self, name: str) -> tuple[int, int]:
        counts = self.verdicts[name]
        return counts[True, True] + counts[False, False], sum(counts.values())

    def place(self, parse_error: Optional[bool] = None) -> tuple[int, int]:
        which = [parse_error] if parse_error is not None else [True, False]
        right = sum(self.places[kind, True] for kind in which)
        return right, right + sum(self.places[kind, False] for kind in which)

    def summary(self) -> str:
        nets = self.verdicts["nets"]
        parts = [
            "nets {}/{}".format(*self.right("nets")),
            f"passed-but-refused {nets[False, True]}",
            f"refused-but-accepted {nets[True, False]}",
            "mutants {}/{}".format(*self.right("mutants")),
            f"shapes {self.equal}/{self.shapes}",
            f"unknown {self.unknown}",
            "place {}/{}".format(*self.place()),
        ]
        return "agreement: " + ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        verdicts = {
            name: {
                "caffe takes, netgen takes": counts[True, True],
                "caffe takes, netgen refuses": counts[True, False],
                "caffe refuses, netgen takes": counts[False, True],
                "caffe refuses, netgen refuses": counts[False, False],
                "left out": dict(self.left_out[name]),
            }
            for name, counts in self.verdicts.items()
        }
        return {
            "verdicts": verdicts,
            "place": {
                "parse errors": self.place(True),
                "other refusals": self.place(False),
                "without": self.unplaced,
            },
            "shapes": {
                "equal": self.equal,
                "of": self.shapes,
                "unknown": self.unknown,
                "left out": self.exempt,
            },
            "differences": [
                {
                    "set": key[0],
                    "kind": key[1],
                    "group": key[2],
                    "count": len(found),
                    "where": [d[2:] for d in found],
                }
                for key, found in self._sorted()
            ],
            "summary": self.summary(),
        }

    def _sorted(self) -> list[tuple[tuple[str, str, str], list[Difference]]]:
        kinds = ("verdict", "place")
        return sorted(
            self.differences.items(),
            key=lambda item: (
                SETS.index(item[0][0]),
                kinds.index(item[0][1]) if item[0][1] in kinds else 2,
                item[0][1],
                -len(item[1]),
                item[0][2],
            ),
        )

    def print(self, most: int) -> None:
        for name in SETS:
            counts = self.verdicts[name]
            print(f"\n{name:28}{'netgen takes':>14}{'netgen refuses':>16}")
            print(f"  Caffe takes               {counts[True, True]:14}{counts[True, False]:16}")
            print(f"  Caffe refuses             {counts[False, True]:14}{counts[False, False]:16}")
            for reason, count in self.left_out[name].items():
                print(f"  left out: {reason:16}{count:14}")
        print("\nplace: parse errors {}/{}".format(*self.place(True)), end=", ")
        print("other refusals {}/{}".format(*self.place(False)), end=", ")
        print(f"left out because Caffe named none: {self.unplaced}")
        print(f"shapes left out because nobody need know them: {self.exempt}")
        for (name, kind, group), found in self._sorted():
            print(f"\n{name}, {kind}: {group}: {len(found)}")
            for difference in found[:most] if most else found:
                print(f"  {difference.where}: {difference.detail[:400]}")
            if most and len(found) > most:
                print(f"  and {len(found) - most} more")
        print(f"\n{self.summary()}")


def measure(options: argparse.Namespace) -> Tally:
    """Compare all that the options ask for."""
    folder = options.folder.resolve()
    settings = {
        "folder": folder,
        "schema": options.schema,
        "live": options.live,
        "python_path": [path.resolve() for path in options.python_path],
    }
    tally = Tally()
    todo = tasks(folder, options)
    if options.jobs == 1:
        _start(settings)
        for task in todo:
            for result in _run(task):
                tally.add(result)
        if _judge:
            _judge.close()
    else:
        with multiprocessing.Pool(options.jobs, _start, (settings,)) as pool:
            for results in pool.imap(_run, todo, chunksize=8):
                for result in results:
                    tally.add(result)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--schema", default="kendryte", help="which Caffe is meant (kendryte: the reference)")
    parser.add_argument(
        "--part", choices=("develop", "measure"), help="one part of a folder with an index.json"
    )
    parser.add_argument("--live", action="store_true", help="run real Caffe now")
    parser.add_argument(
        "--python-path", type=Path, action="append", default=[], help="Python layers, for --live"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=int, help="so many files of each set alone")
    parser.add_argument("--only", help="lines that hold this text alone")
    parser.add_argument("--most", type=int, default=0, help="print so many differences of a group (0: all)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    if not any((options.folder / f"{name}.jsonl").is_file() for name in SETS):
        print(f"error: {options.folder} has neither nets.jsonl nor mutants.jsonl", file=sys.stderr)
        return 2
    if options.part and not (options.folder / "index.json").is_file():
        print(
            f"error: --part needs {options.folder / 'index.json'}, which says where files come from",
            file=sys.stderr,
        )
        return 2
    tally = measure(options)
    if options.format == "json":
        print(json.dumps(tally.as_json(), indent=1, default=list))
    else:
        tally.print(options.most)
    if not sum(sum(counts.values()) for counts in tally.verdicts.values()):
        print("error: no verdict was left to compare", file=sys.stderr)
        return 2
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
