"""What Python layers make, as they declare it beside themselves: never imported, and right in real Caffe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Optional

import pytest
from forked_caffe import judge

from netgen import resources
from netgen.graph import State
from netgen.graph.net import NetGraph, load
from netgen.graph.setup.declared import declaration, declared_shapes
from netgen.graph.setup.files import Files
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

INPUT = (
    'layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 2 dim: 3 dim: 4 } } }\n'
)


def layer(module: str, name: str, tops: str = "t0", bottoms: str = "a b", options: Any = None) -> str:
    blobs = "".join(f'bottom: "{bottom}" ' for bottom in bottoms.split())
    blobs += "".join(f'top: "{top}" ' for top in tops.split())
    said = f"param_str: {json.dumps(json.dumps(options))}" if options is not None else ""
    return (
        f'layer {{ name: "it" type: "Python" {blobs}'
        f'python_param {{ module: "{module}" layer: "{name}" {said} }} }}\n'
    )


def built(text: str, files: Optional[Files]) -> NetGraph:
    return load(parse(text, caffe_pb2.NetParameter), State("TRAIN"), files=files)


LOSSES = [("CustomSigmoidCrossEntropyLossLayer", {"normalization": "FULL"}), ("BinaryIoULayer", None)]


@pytest.mark.parametrize(("name", "options"), LOSSES)
def test_netgens_own_losses_make_scalars(name: str, options: Any) -> None:
    net = built(INPUT + layer("loss_layers", name, options=options), Files())
    assert net.blobs[-1].shape == ()
    assert net.memory == 4 * (24 + 24 + 1)


@pytest.mark.caffe
@pytest.mark.parametrize(("name", "options"), LOSSES)
def test_netgens_own_losses_make_scalars_in_caffe(name: str, options: Any) -> None:
    text = INPUT + layer("loss_layers", name, options=options)
    assert judge(text, python_path=[resources.layers_folder()]).blobs["t0"] == ()


DATA_OPTIONS: list[dict[str, Any]] = [
    {"input_size": 16},
    {"input_size": [16, 12], "batch_size": 3, "channels": 3},
    {"input_size": 16, "output_size": [8, 4]},
    {"input_size": 16, "classes": 4, "one_hot": True},
    {"input_size": 16, "classes": 4, "one_hot": False, "output_size": None},
]
DATA_SHAPES = [
    [(1, 1, 16, 16), (1, 1, 16, 16)],
    [(3, 3, 16, 12), (3, 1, 16, 12)],
    [(1, 1, 16, 16), (1, 1, 8, 4)],
    [(1, 1, 16, 16), (1, 4, 16, 16)],
    [(1, 1, 16, 16), (1, 1, 16, 16)],
]


def pairs(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    image = pytest.importorskip("PIL.Image")
    image.new("L", (40, 40)).save(folder / "picture.png")
    (folder / "list.txt").write_text("picture.png picture.png\n")
    return {"source": str(folder / "list.txt"), **options}


@pytest.mark.parametrize(("options", "shapes"), list(zip(DATA_OPTIONS, DATA_SHAPES)))
def test_netgens_own_data_layer_makes_what_it_is_told(
    tmp_path: Path, options: dict[str, Any], shapes: Any
) -> None:
    text = layer("data_layers", "SegmentationDataLayer", "data label", "", {"source": "lost", **options})
    assert [blob.shape for blob in built(text, Files(str(tmp_path))).blobs] == shapes


@pytest.mark.caffe
@pytest.mark.parametrize(("options", "shapes"), list(zip(DATA_OPTIONS, DATA_SHAPES)))
def test_netgens_own_data_layer_makes_the_same_in_caffe(
    tmp_path: Path, options: dict[str, Any], shapes: Any
) -> None:
    told = pairs(tmp_path, options)
    text = layer("data_layers", "SegmentationDataLayer", "data label", "", told)
    verdict = judge(text, folder=tmp_path, python_path=[resources.layers_folder()])
    assert verdict, verdict.refused
    assert list(verdict.blobs.values()) == shapes


def test_without_files_a_python_layers_tops_are_unknown() -> None:
    net = built(INPUT + layer("loss_layers", "BinaryIoULayer"), None)
    assert net.blobs[-1].shape is None
    assert not net.problems
    assert net.layers[-1].params is None


def test_a_users_own_module_goes_before_netgens(tmp_path: Path) -> None:
    (tmp_path / "loss_layers.py").write_text("LAYERS = {'BinaryIoULayer': {'shapes': [[7]]}}\n")
    net = built(INPUT + layer("loss_layers", "BinaryIoULayer"), Files("", [str(tmp_path)]))
    assert net.blobs[-1].shape == (7,)


def test_a_module_may_be_a_package(tmp_path: Path) -> None:
    (tmp_path / "own" / "layers").mkdir(parents=True)
    (tmp_path / "own" / "layers" / "__init__.py").write_text("LAYERS = {'A': {'shapes': ['scalar']}}\n")
    net = built(INPUT + layer("own.layers", "A"), Files(str(tmp_path)))
    assert net.blobs[-1].shape == ()


@pytest.mark.parametrize("module", ["none_such", "../layers/loss_layers", "a b", "/etc/passwd", "."])
def test_a_module_that_is_not_there_is_no_reason_to_refuse(tmp_path: Path, module: str) -> None:
    net = built(INPUT + layer(module, "A"), Files(str(tmp_path)))
    assert net.blobs[-1].shape is None
    assert not net.problems


@pytest.mark.parametrize(
    "source",
    [
        "def broken(",
        "raise SystemExit\nLAYERS = make()\n",
        "LAYERS = {'A': 3}\n",
        "LAYERS = {'A': {}}\n",
        "LAYERS = {'A': {'shapes': 'scalar'}}\n",
        "LAYERS = {'A': {'shapes': [print('imported')]}}\n",
        "LAYERS = {**{'A': {'shapes': ['scalar']}}}\n",
        "x = (" * 300,
        "\0",
    ],
)
def test_a_module_that_declares_nothing_makes_unknown_shapes(
    tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(source)
    assert declaration(tmp_path / "mine.py", "A") is None
    assert capsys.readouterr().out == ""


PARAMETERS = {
    "size": {"kind": "size", "default": None},
    "batch": {"kind": "integer", "default": 2},
    "flag": {"kind": "flag", "default": False},
    "name": {"kind": "text", "default": "x"},
    "dims": {"kind": "sizes", "default": [5, 6]},
}


@pytest.mark.parametrize(
    ("told", "options", "shape"),
    [
        ("scalar", None, ()),
        ("bottom 0", None, (2, 3, 4)),
        ("bottom 1", None, None),
        ("bottom 2", None, None),
        ("bottom x", None, None),
        ("something", None, None),
        (3, None, None),
        ([], None, ()),
        ([1, 2], None, (1, 2)),
        ([-1], None, None),
        ([True], None, None),
        ([1.5], None, None),
        (["7"], None, (7,)),
        (["batch"], None, (2,)),
        (["batch"], {"batch": 5}, (5,)),
        (["batch"], {"batch": "5"}, None),
        (["batch"], {"batch": -5}, None),
        (["batch"], {"batch": True}, None),
        (["batch"], {"unknown": 1}, None),
        (["name"], None, None),
        (["nothing"], None, None),
        (["size"], None, None),
        (["size"], {"size": 4}, (4, 4)),
        (["size"], {"size": [4, 5]}, (4, 5)),
        (["size"], {"size": [4, "5"]}, None),
        (["size or dims", 1], None, (5, 6, 1)),
        (["size or dims", 1], {"size": 4}, (4, 4, 1)),
        (["size or 9"], None, (9,)),
        (["size or size or 9"], None, (9,)),
        (["batch if flag else 1"], None, (1,)),
        (["batch if flag else 1"], {"flag": True}, (2,)),
        (["batch if flag else 1"], {"flag": 1}, None),
        (["batch if name"], None, None),
        (["bottom 0 axis 1", "bottom 0 axis -1"], None, (3, 4)),
        (["bottom 0 axis 3"], None, None),
        (["bottom 0"], None, (2, 3, 4)),
        (["bottom 1 axis 0"], None, None),
        (["bottom 0 at 1"], None, None),
    ],
)
def test_a_declared_shape(told: Any, options: Any, shape: Any) -> None:
    said = "" if options is None else json.dumps(options)
    made = declared_shapes({"shapes": [told], "parameters": PARAMETERS}, said, [(2, 3, 4), None], 1)
    assert made == (shape,)


@pytest.mark.parametrize("param_str", ["{", "[1]", "3", "{batch: 2}", "[" * 100_000])
def test_a_param_str_that_is_no_object_makes_unknown_shapes(param_str: str) -> None:
    told = {"shapes": [["batch"]], "parameters": PARAMETERS}
    assert declared_shapes(told, param_str, [], 1) == (None,)


def test_a_param_str_may_be_a_python_dict() -> None:
    told = {"shapes": [["sizes"], ["sizes 1"], ["sizes 7"]], "parameters": {"sizes": {}}}
    assert declared_shapes(told, "{'sizes': (2, 3)}", [], 3) == ((2, 3), (3,), None)


def test_as_many_shapes_as_tops() -> None:
    assert declared_shapes({"shapes": ["scalar"], "parameters": {}}, "", [], 2) == (None, None)


DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "python_layers.md"
# The class that the document's declaration is of.
DOCUMENTED = """
import json

import caffe


class TopScoresLayer(caffe.Layer):
    def setup(self, bottom, top):
        told = json.loads(self.param_str or "{}")
        self.shape = (told.get("count", 5), 2 if told.get("ranked", False) else 1)

    def reshape(self, bottom, top):
        top[0].reshape()
        top[1].reshape(bottom[0].shape[0], *self.shape)

    def forward(self, bottom, top):
        pass

    def backward(self, top, propagate_down, bottom):
        pass
"""


@pytest.mark.parametrize(
    ("options", "shape"), [(None, (2, 5, 1)), ({"count": 3}, (2, 3, 1)), ({"ranked": True}, (2, 5, 2))]
)
class TestTheDocumentsExample:
    def text(self, folder: Path, options: Any) -> str:
        told = DOCUMENT.read_text(encoding="utf-8").split("```python")[1].split("```")[0]
        (folder / "documented.py").write_text(told + DOCUMENTED)
        return INPUT + layer("documented", "TopScoresLayer", "best classes", "a", options)

    def test_it_makes_what_it_declares(self, tmp_path: Path, options: Any, shape: Any) -> None:
        net = built(self.text(tmp_path, options), Files(str(tmp_path)))
        assert [blob.shape for blob in net.blobs[-2:]] == [(), shape]

    @pytest.mark.caffe
    def test_it_makes_it_in_caffe(self, tmp_path: Path, options: Any, shape: Any) -> None:
        verdict = judge(self.text(tmp_path, options), python_path=[tmp_path])
        assert [verdict.blobs["best"], verdict.blobs["classes"]] == [(), shape], verdict.refused
