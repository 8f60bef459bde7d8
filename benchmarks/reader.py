"""Measures netgen's reader against ``google.protobuf.text_format.Parse``, in one process, turn by turn.

Run it with any Python that has netgen's dependencies: ``python benchmarks/reader.py [--format json]
[--corpus DIR]``. Each figure is of rounds in which the two take turns; ``first`` is the reader with
nothing remembered, as it meets the first file of a run. Peak memory is that of a process of its own for
each of the two, above what it had before it parsed (on Linux).

The goals: 7 times faster on the ResNets of 670 and 5,818 layers, never slower on small nets and on any of
the corpus, at most 1.5 times the memory, and equal messages everywhere. The exit status is 0 where they
are met, 1 where one is missed, and 2 where nothing could be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from nets import resnet, resnet_of  # noqa: E402

FASTER = 7.0
SMALL = 1.0
MEMORY = 1.5
BIG = "ResNet, 5,818 layers"

LENET = """name: "LeNet"
layer {
  name: "mnist"
  type: "Data"
  top: "data"
  top: "label"
  include { phase: TRAIN }
  transform_param { scale: 0.00390625 }
  data_param { source: "mnist_train_lmdb" batch_size: 64 backend: LMDB }
}
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
  top: "conv1"
  param { lr_mult: 1 }
  param { lr_mult: 2 }
  convolution_param {
    num_output: 20
    kernel_size: 5
    stride: 1
    weight_filler { type: "xavier" }
    bias_filler { type: "constant" }
  }
}
layer {
  name: "pool1"
  type: "Pooling"
  bottom: "conv1"
  top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 }
}
layer {
  name: "ip1"
  type: "InnerProduct"
  bottom: "pool1"
  top: "ip1"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } }
}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip1" bottom: "label" top: "loss" }
"""


def texts() -> dict[str, str]:
    """Return the texts to read, by what they are."""
    return {
        "one layer": 'layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }\n',
        "small net": LENET,
        "ResNet, 670 layers": resnet(),
        BIG: resnet_of(5818),
    }


def timed(run: Callable[[], Any]) -> float:
    """Return how many milliseconds something takes."""
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def measure(name: str, text: str, rounds: int) -> dict[str, Any]:
    """Return one row: times in milliseconds, ratios, whether the messages are equal."""
    from google.protobuf import text_format

    from netgen.prototxt import parse
    from netgen.prototxt.fast import FastReader
    from netgen.schema import caffe_pb2

    message_class = caffe_pb2.NetParameter
    data = text.encode()
    first = min(timed(lambda: FastReader(message_class).read(data)) for _ in range(3))
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(timed(lambda: text_format.Parse(text, message_class())))
        ours.append(timed(lambda: parse(data, message_class)))
    return {
        "text": name,
        "bytes": len(data),
        "rounds": rounds,
        "text_format_ms": statistics.median(theirs),
        "netgen_ms": statistics.median(ours),
        "netgen_first_ms": first,
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "ratio_of_minima": min(theirs) / min(ours),
        "ratio_first": min(theirs) / first,
        "equal": text_format.Parse(text, message_class()) == parse(data, message_class),
    }


def measure_corpus(folder: Path) -> Optional[dict[str, Any]]:
    """Return a row for all texts below a folder that both read as a net; None where there is none."""
    from google.protobuf import text_format

    from netgen.errors import PrototxtError
    from netgen.prototxt import parse
    from netgen.schema import caffe_pb2

    message_class = caffe_pb2.NetParameter
    theirs, ours, ratios = 0.0, 0.0, []
    different, refused = 0, 0
    for path in sorted(folder.rglob("*.prototxt")):
        data = path.read_bytes()
        try:
            text = data.decode()
            message = text_format.Parse(text, message_class())
        except (UnicodeDecodeError, text_format.ParseError):
            continue
        try:
            different += parse(data, message_class) != message
        except PrototxtError:
            refused += 1
            continue
        pairs = [
            (
                timed(lambda text=text: text_format.Parse(text, message_class())),
                timed(lambda data=data: parse(data, message_class)),
            )
            for _ in range(3)
        ]
        their, our = (min(column) for column in zip(*pairs))
        theirs += their
        ours += our
        ratios.append(their / our)
    if not ratios:
        return None
    return {
        "text": f"corpus, {len(ratios)} nets",
        "text_format_ms": theirs,
        "netgen_ms": ours,
        "ratio": theirs / ours,
        "ratio_median": statistics.median(ratios),
        "ratio_worst": min(ratios),
        "slower": sum(ratio < 1 for ratio in ratios),
        "only_text_format_reads": refused,
        "equal": not different,
    }


# The kernel forgets the highest mark of memory when it is told to, and says it in kB.
_CHILD = """
import sys
sys.path[:0] = [{benchmarks!r}, {root!r}]
from pathlib import Path
from google.protobuf import text_format
from netgen.prototxt import parse
from netgen.schema import caffe_pb2
text = sys.stdin.read()
text_format.Parse('name: "a"', caffe_pb2.NetParameter())
parse('name: "a"', caffe_pb2.NetParameter)

def mark(name):
    status = Path("/proc/self/status").read_text()
    return int(status.partition(name + ":")[2].split()[0])

Path("/proc/self/clear_refs").write_text("5")
before = mark("VmRSS")
message = {run}
print(mark("VmHWM") - before)
"""


def peak(run: str) -> Optional[int]:
    """Return how much memory one parsing takes at its peak, in kB; None where the system does not tell."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    code = _CHILD.format(benchmarks=str(Path(__file__).resolve().parent), root=str(ROOT), run=run)
    done = subprocess.run(
        [sys.executable, "-c", code], input=resnet_of(5818), capture_output=True, text=True, check=False
    )
    return None if done.returncode else int(done.stdout)


def measure_memory() -> Optional[dict[str, Any]]:
    """Return peak memory on the longest text, None where the system does not tell."""
    theirs = peak("text_format.Parse(text, caffe_pb2.NetParameter())")
    ours = peak("parse(text, caffe_pb2.NetParameter)")
    if theirs is None or ours is None:
        return None
    return {"text": BIG, "text_format_kb": theirs, "netgen_kb": ours, "ratio": ours / max(theirs, 1)}


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    from google import protobuf
    from google.protobuf.internal import api_implementation

    return {
        "python": platform.python_version(),
        "protobuf": f"{protobuf.__version__} ({api_implementation.Type()})",
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def missed(
    rows: list[dict[str, Any]], corpus: Optional[dict[str, Any]], memory: Optional[dict[str, Any]]
) -> list[str]:
    """Return the goals that are missed."""
    found = []
    for row in rows:
        goal = FASTER if row["text"].startswith("ResNet") else SMALL
        if row["ratio"] < goal:
            found.append(f"{row['text']}: less than {goal:g} times faster")
        if not row["equal"]:
            found.append(f"{row['text']}: another message")
    if corpus is not None:
        if corpus["ratio"] < SMALL or corpus["slower"]:
            found.append(f"corpus: slower on {corpus['slower']} nets")
        if not corpus["equal"]:
            found.append("corpus: another message")
    if memory is not None and memory["ratio"] > MEMORY:
        found.append(f"memory: more than {MEMORY:g} times")
    return found


def table(figures: dict[str, Any]) -> str:
    """Return the figures as text."""
    facts = figures["machine"]
    lines = [
        f"Python {facts['python']}, protobuf {facts['protobuf']}",
        f"{facts['system']}, {facts['cores']} cores, load {facts['load']}",
    ]
    if facts["load"] is not None and facts["load"] > facts["cores"] / 2:
        lines.append("the machine is busy: measure again")
    lines += [
        "median milliseconds",
        "",
        f"{'text':<22}{'kB':>7}{'text_format':>13}{'netgen':>9}{'first':>9}"
        f"{'ratio':>8}{'of minima':>11}{'of first':>10}  equal",
    ]
    lines += [
        f"{row['text']:<22}{row['bytes'] / 1000:>7.1f}{row['text_format_ms']:>13.2f}{row['netgen_ms']:>9.2f}"
        f"{row['netgen_first_ms']:>9.2f}{row['ratio']:>8.1f}{row['ratio_of_minima']:>11.1f}"
        f"{row['ratio_first']:>10.1f}  {'yes' if row['equal'] else 'NO'}"
        for row in figures["rows"]
    ]
    corpus, memory = figures["corpus"], figures["memory"]
    if corpus is not None:
        lines.append(
            f"{corpus['text']:<29}{corpus['text_format_ms']:>13.2f}{corpus['netgen_ms']:>9.2f}{corpus['ratio']:>17.1f}"
            f"  (of one net: median {corpus['ratio_median']:.1f}, worst {corpus['ratio_worst']:.1f})"
            f"  {'equal' if corpus['equal'] else 'NOT EQUAL'}"
        )
    if memory is not None:
        lines.append(
            f"peak memory, {memory['text']}: text_format {memory['text_format_kb'] / 1000:.1f} MB,"
            f" netgen {memory['netgen_kb'] / 1000:.1f} MB, {memory['ratio']:.2f} times"
        )
    lines += ["", f"goals: ResNets {FASTER:g}, others {SMALL:g}, memory {MEMORY:g}, equal messages"]
    lines.append("missed: " + "; ".join(figures["missed"]) if figures["missed"] else "met")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="nets of all kinds to read too")
    parser.add_argument("--rounds", type=int, default=11, help="rounds for each text (%(default)s)")
    arguments = parser.parse_args()
    if arguments.corpus is not None and not arguments.corpus.is_dir():
        print(f"error: {arguments.corpus} is no folder\n  mend: name one with prototxts", file=sys.stderr)
        return 2
    rows = [measure(name, text, arguments.rounds) for name, text in texts().items()]
    corpus = measure_corpus(arguments.corpus) if arguments.corpus else None
    memory = measure_memory()
    figures = {
        "machine": machine(),
        "rows": rows,
        "corpus": corpus,
        "memory": memory,
        "missed": missed(rows, corpus, memory),
    }
    print(json.dumps(figures, indent=1) if arguments.format == "json" else table(figures))
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
