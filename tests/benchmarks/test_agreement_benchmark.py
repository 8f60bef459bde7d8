"""What ``benchmarks/agreement.py`` counts, and as what."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import agreement
import pytest
from judging.compare import compare
from judging.opinion import Opinion, Place

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "agreement.py"
LAST_LINE = re.compile(
    r"agreement: nets \d+/\d+, passed-but-refused \d+, refused-but-accepted \d+, mutants \d+/\d+, "
    r"shapes \d+/\d+, unknown \d+, place \d+/\d+"
)

# Data, a Python layer, and what follows from it.
TAKEN: dict[str, Any] = {
    "ok": True,
    "status": "ok",
    "phase": "TRAIN",
    "layers": [
        {"name": "data", "type": "Input", "bottom": [], "top": ["data"]},
        {"name": "ip", "type": "InnerProduct", "bottom": ["data"], "top": ["ip"], "params": [[4, 3], [4]]},
        {"name": "mine", "type": "Python", "bottom": ["ip"], "top": ["mine"]},
        {"name": "relu", "type": "ReLU", "bottom": ["mine"], "top": ["relu"]},
    ],
    "blobs": {"data": [2, 3], "ip": [2, 4], "mine": [2, 1], "relu": [2, 1]},
    "params": {"ip": [[4, 3], [4]]},
    "memory": 72,
    "need_backward": ["ip", "mine", "relu"],
}


def fatal(msg: str, where: str = "net.cpp:1", **more: Any) -> dict[str, Any]:
    verdict = {"ok": False, "status": "fatal", "phase": "TEST", "fatal": {"msg": msg, "where": where}}
    return {**verdict, **more}


def graph(shapes: dict[str, Any], params: Any = ((4, 3), (4,)), memory: Optional[int] = 72) -> Any:
    """netgen's graph of ``TAKEN``, with some shapes."""
    blobs = {n: SimpleNamespace(name=n, shape=s, loss_weight=0.0) for n, s in shapes.items()}
    layers = [
        SimpleNamespace(
            name=entry["name"],
            type=entry["type"],
            bottoms=[blobs[name] for name in entry["bottom"]],
            tops=[blobs[name] for name in entry["top"]],
            params=list(params) if entry["name"] == "ip" else [],
            need_backward=entry["name"] != "data",
        )
        for entry in TAKEN["layers"]
    ]
    message = SimpleNamespace(force_backward=False)
    return SimpleNamespace(layers=layers, blobs=list(blobs.values()), memory=memory, message=message)


def opinion(**shapes: Any) -> Opinion:
    every = {"data": (2, 3), "ip": (2, 4), "mine": (2, 1), "relu": (2, 1), **shapes}
    return Opinion(None, graph(every))


def refused(kind: str = "shape", **more: Any) -> Opinion:
    return Opinion(Place("net", kind, "no", **more))


def test_equal_is_equal() -> None:
    found = compare(TAKEN, opinion())
    assert (found.shapes, found.equal_shapes, found.unknown, found.exempt) == (6, 6, 0, 0)
    assert found.caffe_ok
    assert found.netgen_ok
    assert found.differences == ()


def test_an_unknown_shape_is_a_miss_and_a_python_layers_is_not() -> None:
    found = compare(TAKEN, opinion(ip=None, mine=None, relu=None))
    assert (found.shapes, found.equal_shapes, found.unknown, found.exempt) == (4, 3, 1, 2)
    assert [d.group for d in found.differences] == ["InnerProduct"]


def test_a_wrong_shape_below_a_python_layer_counts_unless_it_was_stubbed() -> None:
    assert [d.kind for d in compare(TAKEN, opinion(relu=(9, 9))).differences] == ["blob"]
    found = compare({**TAKEN, "python_stubbed": True}, opinion(relu=(9, 9)))
    assert found.differences == ()
    assert found.exempt == 2


def test_figures_are_compared() -> None:
    shapes = {"data": (2, 3), "ip": (2, 4), "mine": (2, 1), "relu": (2, 1)}
    assert [d.kind for d in compare(TAKEN, Opinion(None, graph(shapes, memory=80))).differences] == ["memory"]
    found = compare(TAKEN, Opinion(None, graph(shapes, params=[(4, 3)])))
    assert found.differences[0][:2] == ("params", "number, InnerProduct")
    assert [d.kind for d in compare({**TAKEN, "loss_weights": {"ip": 2.0}}, opinion()).differences] == [
        "loss weight"
    ]
    assert [d.kind for d in compare({**TAKEN, "need_backward": ["ip"]}, opinion()).differences] == [
        "backward"
    ]


def test_fields_may_be_missing() -> None:
    bare = {name: TAKEN[name] for name in ("ok", "phase", "blobs", "params", "memory")}
    found = compare(bare, opinion())
    assert (found.shapes, found.equal_shapes) == (6, 6)
    assert found.differences == ()
    empty = SimpleNamespace(layers=[], blobs=[], memory=0, message=SimpleNamespace(force_backward=False))
    assert compare({"ok": True, "phase": "TEST"}, Opinion(None, empty)).differences == ()


@pytest.mark.parametrize("mark", ["environment", "ub"])
def test_what_proves_nothing_is_left_out(mark: str) -> None:
    assert compare(fatal("File not found", **{mark: True}), opinion()).left_out == mark


def test_there_is_no_third_verdict() -> None:
    unsure = compare(fatal("Check failed: no"), opinion(data=None, ip=None, mine=None, relu=None))
    assert (unsure.caffe_ok, unsure.netgen_ok) == (False, True)
    assert compare(TAKEN, refused()).differences[0].group == "refused but accepted: net shape"


PARSER = ["ERROR: Error parsing text-format caffe.NetParameter: 7:9: Expected string, got: x"]
PLACES = [
    (fatal("no", protobuf=PARSER), Opinion(Place("parse", "k", "m", 7, 9)), True),
    (fatal("no", protobuf=PARSER), Opinion(Place("parse", "k", "m", 7, 8)), False),
    (fatal("no", protobuf=PARSER), refused(layer="x"), False),
    (fatal("Check failed: x", last_layer="a"), refused(layer="a"), True),
    (fatal("Check failed: x", last_layer="a"), refused(layer="b"), False),
    (
        fatal("Unknown bottom blob 'x' (layer 'a', bottom index 0)"),
        refused("bottom", layer="a", blob="x"),
        True,
    ),
    (
        fatal("Unknown bottom blob 'x' (layer 'a', bottom index 0)"),
        refused("bottom", layer="a", blob="y"),
        False,
    ),
    (fatal("Unknown bottom blob 'x' (layer 'a', bottom index 0)"), refused(layer="a", blob="x"), False),
    (
        fatal("Top blob 'x' produced by multiple sources.", last_layer="a"),
        refused("top", layer="a", blob="x"),
        True,
    ),
    (
        fatal("Top blob 'x' produced by multiple sources.", last_layer="a"),
        refused("top", layer="b", blob="x"),
        False,
    ),
    (fatal("Specify either include rules or exclude rules; not both."), refused("rules"), True),
    (
        fatal("Unknown layer type: X", "layer_factory.hpp:81", last_layer="a"),
        refused(layer="b", before="a"),
        True,
    ),
    (
        fatal("Unknown layer type: X", "layer_factory.hpp:81", last_layer="a"),
        refused(layer="a", before=None),
        False,
    ),
    (fatal("whatever", creating="b", last_layer="a"), refused(layer="b"), True),
    (fatal("no blob", "upgrade_proto.cpp:165"), Opinion(Place("upgrade", "upgrade", "m")), True),
    (fatal("no blob", "upgrade_proto.cpp:165"), refused(), False),
    (fatal("whatever"), refused(layer="a"), None),
]


@pytest.mark.parametrize(("verdict", "mine", "same"), PLACES)
def test_places(verdict: dict[str, Any], mine: Opinion, same: Optional[bool]) -> None:
    found = compare(verdict, mine)
    assert found.place is same
    assert [d.kind for d in found.differences] == (["place"] if same is False else [])


def test_the_parts_are_divided_as_was_written_down() -> None:
    sources = {"1": ["Zed/net", "BVLC/caffe"], "2": ["forresti/SqueezeNet"], "3": []}
    assert [agreement.part_of(key, sources) for key in ("1", "2", "3", "seed:losses")] == [
        "develop",
        "develop",
        "develop",
        "develop",
    ]
    counts = [agreement.part_of(f"owner/{number}", {}) for number in range(2000)]
    assert 0.55 < counts.count("develop") / 2000 < 0.65


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as ``agreement.py`` reads them, with no more than it needs."""
    (tmp_path / "a.prototxt").write_text(
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }'
    )
    (tmp_path / "b.prototxt").write_text('layer { name: "data" type: Input top: "data" }')
    layers = [{"name": "data", "type": "Input", "bottom": [], "top": ["data"]}]
    taken = {"ok": True, "blobs": {"data": [2, 3]}, "layers": layers, "memory": 24}
    errors = ["ERROR: Error parsing text-format caffe.NetParameter: 1:28: Expected string, got: Input"]
    nets = [{"file": "a.prototxt", "phase": phase, **taken} for phase in ("TRAIN", "TEST")]
    mutants = [{"file": "b.prototxt", "phase": "TEST", "ok": False, "base": "a", "protobuf": errors}]
    for name, lines in (("nets", nets), ("mutants", mutants)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program(folder: Path) -> None:
    done = run(folder, "--jobs", 1)
    assert done.stdout.splitlines()[-1] == (
        "agreement: nets 2/2, passed-but-refused 0, refused-but-accepted 0, mutants 1/1, shapes 2/2, "
        "unknown 0, place 1/1"
    )
    assert done.returncode == 0, done.stderr


def test_the_program_tells_of_differences(folder: Path) -> None:
    wrong = (folder / "nets.jsonl").read_text().replace("[2, 3]", "[2, 4]")
    (folder / "nets.jsonl").write_text(wrong)
    done = run(folder, "--jobs", 2)
    assert done.returncode == 1
    assert LAST_LINE.fullmatch(done.stdout.splitlines()[-1])
    assert "  a.prototxt TEST: data: Caffe [2, 4], netgen [2, 3]" in done.stdout
    told = json.loads(run(folder, "--format", "json", "--only", "TRAIN").stdout)
    assert told["shapes"] == {"equal": 0, "of": 1, "unknown": 0, "left out": 0}
    assert told["differences"][0]["count"] == 1


def test_the_program_makes_do_with_little(folder: Path) -> None:
    lines = [
        {"file": "a.prototxt", "status": "ok"},
        {"file": "nowhere.prototxt", "status": "ok"},
        {"file": "b.prototxt", "status": "fatal"},
    ]
    (folder / "nets.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    (folder / "mutants.jsonl").unlink()
    done = run(folder, "--jobs", 1)
    assert "left out: no such file" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("agreement: nets 2/2, "), done.stdout + done.stderr
    assert done.returncode == 0


def test_the_program_asks_for_what_it_needs(folder: Path, tmp_path: Path) -> None:
    done = run(folder, "--part", "develop")
    assert done.returncode == 2
    assert "index.json" in done.stderr
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty").returncode == 2


@pytest.mark.caffe
def test_the_program_asks_caffe_itself(folder: Path) -> None:
    lying = (folder / "nets.jsonl").read_text().replace("[2, 3]", "[2, 4]")
    (folder / "nets.jsonl").write_text(lying)
    done = run(folder, "--live", "--jobs", 1)
    assert "nets 2/2" in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert "shapes 2/2" in done.stdout.splitlines()[-1]
