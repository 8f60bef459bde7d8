"""Measures the checker's speed: against parsing alone, against Caffe, cold, in length, and with two jobs.

Run it with a Python that has Caffe: ``python benchmarks/check.py [--format json] [--folder DIR]``. Each
figure is a median of rounds in which the two that are compared take turns.

- A whole check (reading, filtering, shapes, rules; all phases that the file speaks of) of ResNet-152, with
  fillers and without, against ``google.protobuf.text_format.Parse`` of the same text, and against loading the
  net in Caffe. Goals: at most half of the parsing alone, and less than Caffe takes without fillers.
- A cold start: the whole process ``netgen check FILE`` against ``python -c "import
  google.protobuf.text_format"``. Goal: at most twice as long.
- A check of 1,000 to 100,000 layers. Goal: the time of a layer at most twice the shortest.
- A check of a folder with ``--jobs 2`` against ``--jobs 1``, whole processes. Goal: 1.8 times faster.

The exit status is 0 where all goals are met, 1 where one is missed, and 2 where nothing could be measured.
"""

from __future__ import annotations

import argparse
import atexit
import functools
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Optional

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from nets import resnet, resnet_of  # noqa: E402

PARSING = 0.5  # a whole check, as a part of text_format alone
CAFFE = 1.0
COLD = 2.0
JOBS = 1.8
LINEAR = 2.0
LENGTHS = (1_000, 3_000, 10_000, 30_000, 100_000)


def clock(work: Callable[[], Any], now: Callable[[], float] = time.perf_counter) -> float:
    """Return the milliseconds that something takes."""
    start = now()
    work()
    return 1000 * (now() - start)


def turns(rounds: int, **works: Callable[[], Any]) -> dict[str, float]:
    """Return the median milliseconds of works that take turns, each run once before."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(clock(work))
    return {name: statistics.median(values) for name, values in times.items()}


def whole_check(rounds: int) -> list[dict[str, Any]]:
    from google.protobuf import text_format

    from netgen.check import check
    from netgen.check.settings import Settings
    from netgen.schema import caffe_pb2

    rows = []
    settings = Settings()
    for fillers in (False, True):
        text = resnet(fillers=fillers)
        works: dict[str, Callable[[], Any]] = {
            "check": lambda text=text: check(text=text, settings=settings),
            "text_format": lambda text=text: text_format.Parse(text, caffe_pb2.NetParameter()),
        }
        found = [finding.name for finding in works["check"]() if finding.severity == "error"]
        if found:
            raise AssertionError(f"ResNet-152 has no errors, came {found}")
        with tempfile.TemporaryDirectory() as folder:
            if importlib.util.find_spec("caffe"):
                import caffe

                path = Path(folder, "net.prototxt")
                path.write_text(text)
                works["caffe"] = lambda path=path: caffe.Net(str(path), caffe.TEST)
            row: dict[str, Any] = {"net": "ResNet-152" + (", fillers" if fillers else "")}
            row.update(turns(max(5, rounds // 4) if fillers else rounds, **works))
        row["of parsing"] = row["check"] / row["text_format"]
        row["missed"] = [f"more than {PARSING:g} of parsing"] if row["of parsing"] > PARSING else []
        if "caffe" in row:
            row["of Caffe"] = row["check"] / row["caffe"]
            row["missed"] += ["slower than Caffe"] if row["of Caffe"] > CAFFE else []
        rows.append(row)
    return rows


@functools.lru_cache(maxsize=1)
def _environment() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as those of an installed package are."""
    cache = tempfile.mkdtemp(prefix="netgen-benchmark-")
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}


def run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, env=_environment(), check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{arguments} ended with {done.returncode}: {done.stderr.decode()}")


def cold_start(rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.prototxt")
        path.write_text(
            'name: "small"\nlayer { name: "data" type: "Input" top: "data"\n'
            "  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n"
            'layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"\n'
            '  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }\n'
        )
        both = {
            "netgen check": lambda: run("-m", "netgen", "check", str(path)),
            "import": lambda: run("-c", "import google.protobuf.text_format"),
        }
        for once in both.values():
            once()
        row: dict[str, Any] = turns(rounds, **both)
    row["ratio"] = row["netgen check"] / row["import"]
    row["missed"] = [f"more than {COLD:g} times"] if row["ratio"] > COLD else []
    return row


def lengths(most: int) -> dict[str, Any]:
    from netgen.check import check
    from netgen.check.settings import Settings

    settings = Settings()
    rows = []
    for layers in LENGTHS:
        if layers > most:
            break
        text = resnet_of(layers)
        count = text.count("layer {")
        rounds = max(3, min(15, 20_000 // layers))
        # The processor's time: what else runs on the machine would make some lengths longer than others.
        work = functools.partial(check, text=text, settings=settings)
        took = min(clock(work, time.process_time) for _ in range(rounds))
        rows.append({"layers": count, "ms": took, "us a layer": 1000 * took / count})
    spread = max(row["us a layer"] for row in rows) / min(row["us a layer"] for row in rows)
    missed = [f"a layer's time varies by {spread:.2f}"] if spread > LINEAR else []
    return {"rows": rows, "spread": spread, "missed": missed}


def jobs(folder: Optional[Path], rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        if folder is None:
            folder = Path(made)
            for number in range(120):
                text = resnet((3, 4, 6 + number % 30, 3), fillers=number % 2 == 0)
                (folder / f"{number}.prototxt").write_text(text)
        row: dict[str, Any] = turns(
            rounds,
            **{
                "1 job": lambda: run("-m", "netgen", "check", "--jobs", "1", str(folder)),
                "2 jobs": lambda: run("-m", "netgen", "check", "--jobs", "2", str(folder)),
            },
        )
    row["faster"] = row["1 job"] / row["2 jobs"]
    row["missed"] = [f"less than {JOBS:g} times faster"] if row["faster"] < JOBS else []
    return row


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--folder", type=Path, help="what --jobs is measured on (made nets)")
    parser.add_argument(
        "--longest", type=int, default=LENGTHS[-1], help="layers of the longest net (%(default)s)"
    )
    parser.add_argument("--only", choices=("whole", "cold", "lengths", "jobs"), help="one part alone")
    options = parser.parse_args()
    os.environ.setdefault("GLOG_minloglevel", "2")
    parts: dict[str, Callable[[], Any]] = {
        "whole": lambda: whole_check(options.rounds),
        "cold": lambda: cold_start(options.rounds),
        "lengths": lambda: lengths(options.longest),
        "jobs": lambda: jobs(options.folder, max(3, options.rounds // 4)),
    }
    figures = {name: part() for name, part in parts.items() if options.only in (None, name)}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    facts = {"python": platform.python_version(), "cores": os.cpu_count(), "load": round(load, 2)}
    flat = [
        *figures.get("whole", []),
        *(figures[name] for name in ("cold", "lengths", "jobs") if name in figures),
    ]
    met = not any(row["missed"] for row in flat)
    if options.format == "json":
        print(json.dumps({"machine": facts, "figures": figures, "met": met}, indent=1))
        return 0 if met else 1
    print(f"Python {facts['python']}, {facts['cores']} cores, load {facts['load']}")
    if load > (os.cpu_count() or 1) / 2:
        print("the machine is busy, and what is busy shares processor and caches: measure again")
    for row in figures.get("whole", []):
        caffe = f", Caffe {row['caffe']:.1f} ms ({row['of Caffe']:.2f} of it)" if "caffe" in row else ""
        parsing = f"text_format alone {row['text_format']:.1f} ms ({row['of parsing']:.2f} of it)"
        print(f"{row['net']}: check {row['check']:.1f} ms, {parsing}{caffe}")
    if "cold" in figures:
        row = figures["cold"]
        print(
            f"cold: netgen check {row['netgen check']:.0f} ms, "
            f"the import {row['import']:.0f} ms: {row['ratio']:.2f}"
        )
    for row in figures.get("lengths", {}).get("rows", ()):
        print(f"{row['layers']} layers: {row['ms']:.0f} ms, {row['us a layer']:.1f} us a layer")
    if "jobs" in figures:
        row = figures["jobs"]
        print(f"1 job {row['1 job']:.0f} ms, 2 jobs {row['2 jobs']:.0f} ms: {row['faster']:.2f} times faster")
    for row in flat:
        for missed in row["missed"]:
            print(f"missed: {row.get('net', '')} {missed}".replace("  ", " "))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
