"""Fuzzes netgen's checker against real Caffe: random nets over all layer types, each judged by both.

Run it with a Python that has Caffe: ``python benchmarks/fuzz.py --nets 20000 --seed 1``. Net number N of a
seed is always the same net; its subject is a layer of the type that is Nth in turn. Compared is what
``benchmarks/agreement.py`` compares: verdict, place, order of layers, shapes, memory, loss weights, who
needs backward. Printed is for each type how many nets Caffe took with it as subject, and how many it
refused at a layer of that type, and ``--each 100`` goes on until there are 100 of both; then every
disagreement, grouped by what it is about and the subject's type. With ``--output DIR`` the first of each
group is made as small as can be and written there: a case for ``tests/fuzz/data``.

The exit status is 0 where nothing disagrees, 1 where something does, and 2 where Caffe is not there.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from fuzzing.files import write_files  # noqa: E402
from fuzzing.minimise import minimise  # noqa: E402
from fuzzing.mutants import bend, misspell  # noqa: E402
from fuzzing.nets import NEED_FILES, OLD, random_net  # noqa: E402
from judging.compare import DATA_DEPENDENT, Comparison, compare  # noqa: E402
from judging.judge import Judge  # noqa: E402
from judging.opinion import Opinion, Place, Reader  # noqa: E402

from netgen.schema import select  # noqa: E402

# Types of which Caffe took or refused too few come again, in nets that are numbered from here on.
EXTRA = 1_000_000
MOST_EXTRA = 2_000
_SCHEMA = "kendryte"
_UNKNOWABLE = DATA_DEPENDENT | set(NEED_FILES)
_NUMBERS = re.compile(r"-?\d+(\.\d+)?")


class Found(NamedTuple):
    """What came of one net."""

    number: int
    subject: str
    taken: bool
    refused_type: Optional[str]
    """The type of the layer that Caffe died of, None where it died of something else."""
    left_out: str
    differences: tuple[tuple[str, str], ...]
    """For each the group that it belongs to, and what differs."""
    text: bytes = b""


class Bench:
    """Caffe and netgen side by side, in a folder with files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schema = select(_SCHEMA)
        self.types = sorted(self.schema.layer_types)
        self.judge = Judge(python_path=[folder], folder=folder)
        self.files = set(folder.iterdir())

    def asked(self, text: bytes, phase: str, stages: tuple[str, ...] = (), level: int = 0) -> Comparison:
        """Ask both about a net."""
        return self.compared(text, phase, stages, level)[0]

    def compared(
        self, text: bytes, phase: str, stages: tuple[str, ...], level: int
    ) -> tuple[Comparison, dict[str, Any]]:
        """Ask both about a net; return Caffe's verdict too."""
        verdict = self.judge.verdict(text, phase, stages, level)
        if b"HDF5Output" in text:
            # What it wrote is not there for the next net.
            for path in set(self.folder.iterdir()) - self.files:
                if path.is_file():
                    path.unlink()
        try:
            opinion = Reader(text, _SCHEMA).opinion(phase, stages, level)
        except Exception as error:
            opinion = Opinion(Place("crash", type(error).__name__, str(error)))
            # Whatever Caffe says, this is wrong.
            return compare({**verdict, "ok": True}, opinion), verdict
        if opinion.graph is not None and _nobody_can_know(verdict, opinion.graph):
            return Comparison("files or Python"), verdict
        if opinion.first is not None and opinion.first.kind == "undefined":
            return Comparison("undefined in C++"), verdict
        return compare(verdict, opinion, _UNKNOWABLE), verdict

    def found(self, seed: int, number: int, types: Sequence[str]) -> Found:
        """Make the net of a number, and tell what came of it."""
        subject = types[number % len(types)]
        draft = random_net(random.Random(f"{seed}:{number}"), self.schema, subject, self.types)
        comparison, verdict = self.compared(_written(draft.message), draft.phase, draft.stages, draft.level)
        groups = tuple((f"{d.kind}: {d.group}", d.detail) for d in comparison.differences)
        refused = None if verdict["ok"] else _type_at_fault(draft.message, verdict)
        return Found(number, subject, bool(verdict["ok"]), refused, comparison.left_out, groups)

    def mutant(self, seed: int, number: int, files: Sequence[str]) -> Found:
        """Make the mutant of a number, and tell what came of it."""
        draw = random.Random(f"{seed}:{number}")
        path = Path(files[number % len(files)])
        text = path.read_text(encoding="utf-8", errors="replace")
        made = bend(draw, text, self.schema) if draw.random() < 0.5 else None
        mutant = misspell(draw, text) if made is None else made
        comparison, verdict = self.compared(mutant, draw.choice(("TRAIN", "TEST")), (), 0)
        groups = tuple((f"{d.kind}: {d.group}", d.detail) for d in comparison.differences)
        return Found(
            number,
            path.name,
            bool(verdict["ok"]),
            None,
            comparison.left_out,
            groups,
            mutant if groups else b"",
        )

    def smallest(self, seed: int, number: int, types: Sequence[str], group: str) -> str:
        """Return the smallest net that differs as the net of a number does."""
        draft = random_net(
            random.Random(f"{seed}:{number}"), self.schema, types[number % len(types)], self.types
        )

        def still(message: Any) -> bool:
            comparison = self.asked(_written(message), draft.phase, draft.stages, draft.level)
            return any(f"{d.kind}: {d.group}" == group for d in comparison.differences)

        state = " ".join([draft.phase, *draft.stages])
        level = f" level {draft.level}" if draft.level else ""
        message = minimise(draft.message, still)
        comparison = self.asked(_written(message), draft.phase, draft.stages, draft.level)
        details = "".join(f"# {d.kind}: {d.detail[:300]}\n" for d in comparison.differences)
        return f"# {state}{level}\n{details}{_written(message).decode()}"


def _written(message: Any) -> bytes:
    from google.protobuf import text_format

    return str(text_format.MessageToString(message)).encode()


def _nobody_can_know(verdict: dict[str, Any], graph: Any) -> bool:
    """Tell whether Caffe died of what is in a file or of a Python layer's own code."""
    if verdict["ok"] or _UNKNOWABLE.isdisjoint(layer.type for layer in graph.layers):
        return False
    name = verdict.get("creating", verdict.get("last_layer"))
    found = [layer for layer in graph.layers if layer.name == name]
    where = (verdict.get("fatal") or {}).get("where", "")
    if (
        verdict["status"] != "fatal"
        or where.startswith("data_")
        or any(one.type == "Python" for one in found)
    ):
        return True
    if graph.problems and any((graph.problems[0].source or 0) <= one.source for one in found):
        return False  # netgen would have it die before
    return any(
        None in layer.bottom_shapes or (layer.type in NEED_FILES and None in layer.top_shapes)
        for layer in found
    )


def _type_at_fault(message: Any, verdict: dict[str, Any]) -> Optional[str]:
    name = verdict.get("creating", verdict.get("last_layer"))
    types = {layer.type for layer in message.layer if layer.name == name}
    if name is None or len(types) != 1:
        return None
    return str(types.pop())


# ---- what worker processes do ----

_bench: Optional[Bench] = None
_folder: Any = None


def _start() -> None:
    global _bench, _folder
    _folder = tempfile.TemporaryDirectory()
    folder = Path(_folder.name)
    write_files(folder, select(_SCHEMA))
    os.chdir(folder)
    _bench = Bench(folder)


def _work(order: tuple[int, int, Sequence[str]]) -> Found:
    assert _bench is not None
    return _bench.found(*order)


def _mutate(order: tuple[int, int, Sequence[str]]) -> Found:
    assert _bench is not None
    return _bench.mutant(*order)


def _shrink(order: tuple[int, int, Sequence[str], str]) -> str:
    assert _bench is not None
    return _bench.smallest(*order)


# ---- all nets ----


def fuzz(nets: int, seed: int, types: Sequence[str], pool: Any, first: int = 0) -> Iterator[Found]:
    """Yield what came of the nets of a seed, in their order."""
    orders = ((seed, number, types) for number in range(first, first + nets))
    yield from pool.imap(_work, orders, chunksize=16)


class Tally:
    """What came of all nets."""

    def __init__(self) -> None:
        self.nets: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.groups: dict[str, list[Found]] = defaultdict(list)
        self.differing = 0

    def add(self, found: Found) -> None:
        self.nets[found.subject] += 1
        self.taken[found.subject] += found.taken
        if found.refused_type is not None:
            self.refused[found.refused_type] += 1
        if found.left_out:
            self.left_out[found.left_out] += 1
        self.differing += bool(found.differences)
        for group in {group for group, _ in found.differences}:
            self.groups[group].append(found)

    def few(self, name: str, wanted: int) -> bool:
        return name != OLD and min(self.taken[name], self.refused[name]) < wanted

    def print(self, types: Sequence[str], wanted: int, most: int) -> None:
        print(f"{'subject':26}{'nets':>7}{'taken':>7}{'refused for it':>16}")
        for name in types:
            few = "  few" if self.few(name, wanted) else ""
            print(f"{name:26}{self.nets[name]:7}{self.taken[name]:7}{self.refused[name]:16}{few}")
        for group, found in sorted(self.groups.items(), key=lambda item: -len(item[1])):
            print(f"\n{group}: {len(found)}")
            for one in found[:most]:
                detail = next(text for name, text in one.differences if name == group)
                print(f"  net {one.number}, {one.subject}: {detail[:300]}")
        total = sum(self.nets.values())
        taken = sum(self.taken.values())
        left = ", ".join(f"{count} left out ({reason})" for reason, count in self.left_out.items())
        print(
            f"\nfuzz: nets {total}, taken {taken}, refused {total - taken}{', ' if left else ''}{left}, "
            f"disagreeing {self.differing}, in groups {len(self.groups)}"
        )


def mutants(options: argparse.Namespace, pool: Any) -> int:
    """Fuzz with mutants of files."""
    tally = Tally()
    files = [str(path.resolve()) for path in options.mutants]
    orders = ((options.seed, number, files) for number in range(options.first, options.first + options.nets))
    for found in pool.imap(_mutate, orders, chunksize=16):
        tally.add(found)
        if found.differences and options.output:
            options.output.mkdir(parents=True, exist_ok=True)
            (options.output / f"{found.number}.prototxt").write_bytes(found.text)
    tally.print([], options.each, options.most)
    return 1 if tally.groups else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--nets", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first net")
    parser.add_argument(
        "--each", type=int, default=0, help="go on until Caffe took and refused so many of each type"
    )
    parser.add_argument("--types", help="subjects, with commas between (all)")
    parser.add_argument("--mutants", type=Path, nargs="+", metavar="FILE", help="fuzz with mutants of these")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--most", type=int, default=3, help="print so many nets of a group")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write a small net for each group here")
    options = parser.parse_args()
    if importlib.util.find_spec("caffe") is None:
        print("error: this Python has no Caffe", file=sys.stderr)
        return 2
    types = options.types.split(",") if options.types else [*sorted(select(_SCHEMA).layer_types), OLD]
    started = time.perf_counter()
    tally = Tally()
    with multiprocessing.Pool(options.jobs, _start) as pool:
        if options.mutants:
            return mutants(options, pool)
        for found in fuzz(options.nets, options.seed, types, pool, options.first):
            tally.add(found)
        for name in types if options.each else ():
            first = EXTRA
            while tally.few(name, options.each) and first < EXTRA + MOST_EXTRA:
                for found in fuzz(100, options.seed, [name], pool, first):
                    tally.add(found)
                first += 100
        tally.print(types, options.each, options.most)
        if options.output:
            options.output.mkdir(parents=True, exist_ok=True)
            orders = [
                (options.seed, found[0].number, types, group) for group, found in sorted(tally.groups.items())
            ]
            for order, text in zip(orders, pool.imap(_shrink, orders)):
                name = re.sub(r"\W+", "-", _NUMBERS.sub("", order[3])).strip("-").lower()
                (options.output / f"{name}-{order[1]}.prototxt").write_text(text)
    print(f"seed {options.seed}, {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 1 if tally.groups else 0


if __name__ == "__main__":
    sys.exit(main())
