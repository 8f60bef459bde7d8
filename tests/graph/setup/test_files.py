"""What data layers make of the files that they read, judged by real Caffe over the very same files."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Optional

import pytest
from forked_caffe import judge

from netgen import schema
from netgen.graph import State
from netgen.graph.net import NetGraph, load
from netgen.graph.setup.files import Files
from netgen.graph.setup.pictures import picture
from netgen.prototxt import parse
from netgen.schema import caffe_pb2

KENDRYTE = schema.select("kendryte")
SIDEWAYS = 6  # an EXIF orientation


def encoded(mode: str, kind: str, orientation: Optional[int] = None) -> bytes:
    """Return a picture of 9 x 7 (H x W) as a file."""
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    options: dict[str, Any] = {}
    if orientation:
        exif = image.Exif()
        exif[0x112] = orientation
        options["exif"] = exif.tobytes()
    image.new(mode, (7, 9)).save(buffer, kind, **options)
    return buffer.getvalue()


PICTURES = {
    "grey.png": ("L", "PNG", None),
    "colour.png": ("RGB", "PNG", None),
    "see_through.png": ("RGBA", "PNG", None),
    "palette.png": ("P", "PNG", None),
    "grey.jpg": ("L", "JPEG", None),
    "colour.jpg": ("RGB", "JPEG", None),
    "print.jpg": ("CMYK", "JPEG", None),
    "sideways.jpg": ("RGB", "JPEG", SIDEWAYS),
    "upside_down.jpg": ("RGB", "JPEG", 3),
    "other.bmp": ("RGB", "BMP", None),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of files of all kinds that data layers read."""
    lmdb, h5py = pytest.importorskip("lmdb"), pytest.importorskip("h5py")
    here = tmp_path_factory.mktemp("files")

    def database(name: str, *data: Any) -> None:
        environment = lmdb.open(str(here / name), map_size=2**20)
        with environment.begin(write=True) as transaction:
            for index, datum in enumerate(data):
                transaction.put(b"%08d" % index, datum.SerializeToString())
        environment.close()

    database("bytes.lmdb", caffe_pb2.Datum(channels=3, height=6, width=5, data=bytes(90)))
    database("empty.lmdb")
    database("flat.lmdb", caffe_pb2.Datum(height=6, width=5, data=bytes(30)))
    for name, (mode, kind, orientation) in PICTURES.items():
        data = encoded(mode, kind, orientation)
        (here / name).write_bytes(data)
        (here / f"{name}.txt").write_text(f"{name} 1\n")
        database(f"{name}.lmdb", caffe_pb2.Datum(encoded=True, data=data))
    (here / "empty.txt").write_text("")
    (here / "lost.txt").write_text("lost.png 0\n")
    with h5py.File(here / "a.h5", "w") as file:
        file["data"] = [[[0.5] * 2] * 3] * 4
        file["label"] = [1, 2, 3, 4]
        file["odd"] = [[1.0]] * 5
        file["words"] = [b"a", b"b", b"c", b"d"]
        file["number"] = 3.0
        file["group/inner"] = [[1.0]] * 4
    with h5py.File(here / "b.h5", "w") as file:
        file["data"] = [[[0.5] * 2] * 3] * 7
        file["label"] = [[1.0]] * 7
    for name, text in {
        "a": "a.h5\n",
        "ab": "a.h5 b.h5",
        "lost_h5": "lost.h5\n",
        "not_h5": "a.txt\n",
    }.items():
        (here / f"{name}.txt").write_text(text)
    for name, shape, numbers in (
        ("mean.bp", [1, 3, 6, 5], 90),
        ("matrix.bp", [2, 2], 4),
        ("short.bp", [2, 2], 3),
    ):
        blob = caffe_pb2.BlobProto(data=[0.0] * numbers)
        blob.shape.dim.extend(shape)
        (here / name).write_bytes(blob.SerializeToString())
    (here / "broken.bp").write_bytes(b"\xff\xff\xff broken")
    (here / "windows.txt").write_text(
        "# 0\ncolour.png\n3\n9\n7\n2\n1 0.8 0 0 3 3\n0 0.1 1 1 4 4\n"
        "# 1\ncolour.png\n3\n9\n7\n1\n2 0.9 0 0 3 3\n"
    )
    (here / "nothing.txt").write_text("# 0\ncolour.png\n3\n9\n7\n1\n0 0.8 0 0 3 3\n")
    return here


def data(source: str, rest: str = "") -> str:
    return f'type: "Data" data_param {{ source: "{source}" batch_size: 2 backend: LMDB }} {rest}'


def images(source: str, rest: str = "", transform: str = "") -> str:
    return f'type: "ImageData" image_data_param {{ source: "{source}" batch_size: 2 {rest} }} {transform}'


def hdf5(source: str, rest: str = "") -> str:
    return f'type: "HDF5Data" hdf5_data_param {{ source: "{source}" batch_size: 2 {rest} }}'


def windows(source: str) -> str:
    return (
        f'type: "WindowData" window_data_param {{ source: "{source}" batch_size: 2 }} '
        "transform_param { crop_size: 5 }"
    )


def infogain(source: str) -> str:
    return f'type: "InfogainLoss" infogain_loss_param {{ source: "{source}" }}'


INPUTS = (
    'layer { name: "in" type: "Input" top: "score" top: "label" input_param { '
    "shape { dim: 3 dim: 2 } shape { dim: 3 } } }\n"
)

# Each with its tops, and their shapes: None where netgen does not look that far, and a word of what is said where
# Caffe refuses it.
CASES: list[tuple[str, str, Any]] = [
    (data("bytes.lmdb"), "data label", [(2, 3, 6, 5), (2,)]),
    (data("bytes.lmdb"), "data", [(2, 3, 6, 5)]),
    (data("bytes.lmdb", "transform_param { crop_size: 4 mean_file: 'mean.bp' }"), "data", [(2, 3, 4, 4)]),
    (data("bytes.lmdb", "transform_param { crop_size: 6 }"), "data", "crop_size 6 is more than"),
    (data("bytes.lmdb", "transform_param { mean_file: 'lost.bp' }"), "data", "is not there"),
    (data("bytes.lmdb", "transform_param { mean_file: 'broken.bp' }"), "data", "not a binary BlobProto"),
    (data("bytes.lmdb", "transform_param { mean_file: 'short.bp' }"), "data", "takes 4 numbers, came 3"),
    (data("flat.lmdb"), "data", "has no channels"),
    (
        data("bytes.lmdb", "transform_param { mean_value: [1, 2] }"),
        "data",
        "2 of mean_value for pictures of 3",
    ),
    (data("bytes.lmdb", "transform_param { mean_file: 'matrix.bp' }"), "data", "matrix.bp' is 2 x 2"),
    (data("empty.lmdb"), "data", "is empty"),
    (data("lost.lmdb"), "data", "there is no LMDB"),
    ('type: "Data" data_param { source: "bytes.lmdb" batch_size: 2 }', "data", "there is no LevelDB"),
    (data("grey.png.lmdb"), "data", [(2, 1, 9, 7)]),
    (data("colour.png.lmdb"), "data", [(2, 3, 9, 7)]),
    (data("see_through.png.lmdb"), "data", [(2, 4, 9, 7)]),
    (data("palette.png.lmdb"), "data", [None]),
    (data("grey.jpg.lmdb"), "data", [(2, 1, 9, 7)]),
    (data("print.jpg.lmdb"), "data", [(2, 3, 9, 7)]),
    (data("sideways.jpg.lmdb"), "data", [(2, 3, 9, 7)]),
    (data("sideways.jpg.lmdb", "transform_param { force_color: true }"), "data", [(2, 3, 7, 9)]),
    (data("colour.png.lmdb", "transform_param { force_gray: true }"), "data", [(2, 1, 9, 7)]),
    (
        data("other.bmp.lmdb", "transform_param { force_gray: true force_color: true }"),
        "data",
        "are both given",
    ),
    (data("palette.png.lmdb", "transform_param { crop_size: 8 }"), "data", "crop_size 8 is more than"),
    (images("colour.png.txt"), "data label", [(2, 3, 9, 7), (2,)]),
    (images("grey.png.txt"), "data label", [(2, 3, 9, 7), (2,)]),
    (images("palette.png.txt", "is_color: false"), "data label", [(2, 1, 9, 7), (2,)]),
    (images("sideways.jpg.txt"), "data label", [(2, 3, 7, 9), (2,)]),
    (images("upside_down.jpg.txt"), "data label", [(2, 3, 9, 7), (2,)]),
    (images("other.bmp.txt"), "data label", [(2, 3, 9, 7), (2,)]),
    (
        images("colour.jpg.txt", "new_height: 4 new_width: 6", "transform_param { crop_size: 3 }"),
        "data label",
        [(2, 3, 3, 3), (2,)],
    ),
    (images("colour.jpg.txt", "new_height: 4 new_width: 6"), "data label", [(2, 3, 4, 6), (2,)]),
    (images("lost.txt"), "data label", "is not there"),
    (images("empty.txt"), "data label", "is empty"),
    (images("no.txt"), "data label", "is not there"),
    (images("colour.png.txt", "", "transform_param { crop_size: 8 }"), "data label", "crop_size 8 is more"),
    (hdf5("a.txt"), "data label", [(2, 3, 2), (2,)]),
    (hdf5("ab.txt"), "label", [(2,)]),
    (hdf5("ab.txt", "shuffle: true"), "data", [(2, 3, 2)]),
    (hdf5("ab.txt", "shuffle: true"), "label", [None]),
    (images("colour.png.txt", "rand_skip: 1"), "data label", [(2, 3, 9, 7), (2,)]),
    (hdf5("a.txt"), "data odd", "have 4 and 5 rows"),
    (hdf5("a.txt"), "lost", "has no data set 'lost'"),
    (hdf5("a.txt"), "group/inner", "has no data set"),
    (hdf5("a.txt"), "words", "is not of numbers"),
    (hdf5("a.txt"), "number", "has a data set of a scalar"),
    (hdf5("ab.txt", "shuffle: true"), "lost", "has no data set 'lost'"),
    (hdf5("empty.txt"), "data", "is empty"),
    (hdf5("lost_h5.txt"), "data", "is not there"),
    (hdf5("not_h5.txt"), "data", "is no HDF5 file"),
    (windows("windows.txt"), "data label", [(2, 3, 5, 5), (2,)]),
    (windows("nothing.txt"), "data label", "is of a class above 0"),
    (windows("empty.txt"), "data label", "is empty"),
    (windows("lost.txt"), "data label", "begins with '# INDEX'"),
    (infogain("matrix.bp"), "loss", [()]),
    (infogain("mean.bp"), "loss", "take a matrix of 2 x 2"),
    (infogain("lost.bp"), "loss", "is not there"),
    ('type: "HDF5Output" hdf5_output_param { file_name: "out.h5" }', "", []),
    ('type: "HDF5Output" hdf5_output_param { file_name: "no/out.h5" }', "", "is not there"),
]
cases = pytest.mark.parametrize(
    ("body", "tops", "wanted"), CASES, ids=[f"{tops}: {body[6:70]}" for body, tops, _ in CASES]
)


def net_of(body: str, tops: str) -> str:
    feeds = 'bottom: "score" bottom: "label" ' if "Infogain" in body or "HDF5Output" in body else ""
    named = "".join(f'top: "{top}" ' for top in tops.split())
    return f'{INPUTS if feeds else ""}layer {{ name: "it" {feeds}{named}{body} }}\n'


def built(text: str, files: Optional[Files]) -> NetGraph:
    return load(parse(text, KENDRYTE.messages.NetParameter), State("TEST"), KENDRYTE, files=files)


@cases
def test_files_give_shapes(folder: Path, body: str, tops: str, wanted: Any) -> None:
    net = built(net_of(body, tops), Files(str(folder)))
    if isinstance(wanted, str):
        (problem,) = net.problems
        assert wanted in problem.message
        assert problem.kind == "file" or not problem.message.startswith("the ")
        return
    assert not net.problems
    assert [net.blob(top).shape for top in tops.split()] == wanted  # type: ignore[union-attr]


@cases
def test_without_files_nothing_is_held_against_a_net(body: str, tops: str, wanted: Any) -> None:
    net = built(net_of(body, tops), None)
    assert not net.problems
    if not isinstance(wanted, str):
        known = [net.blob(top).shape for top in tops.split()]  # type: ignore[union-attr]
        assert all(shape in (None, right) for shape, right in zip(known, wanted))


@pytest.mark.caffe
@cases
def test_caffe_finds_the_same_in_the_files(folder: Path, body: str, tops: str, wanted: Any) -> None:
    # A mean that does not fit is found by the thread that begins to read, at the latest in the first step.
    run = ["forward"] if "mean" in str(wanted) or "matrix.bp' is" in str(wanted) else []
    verdict = judge(net_of(body, tops), "TEST", folder=folder, run=run)
    assert bool(verdict) == (not isinstance(wanted, str)), verdict.refused or "Caffe takes it"
    if verdict:
        for top, shape in zip(tops.split(), wanted):
            assert shape in (None, verdict.blobs[top])


def test_a_list_with_pictures_in_any_order_says_nothing_of_the_first(folder: Path) -> None:
    (folder / "many.txt").write_text("colour.png 0\nsideways.jpg 1\n")
    for rest in ("shuffle: true", "rand_skip: 2"):
        net = built(net_of(images("many.txt", rest), "data label"), Files(str(folder)))
        assert not net.problems
        assert [blob.shape for blob in net.blobs] == [None, (2,)]


def test_shuffled_files_are_told_apart_up_to_a_number(folder: Path) -> None:
    for count, shape in ((16, (2, 3, 2)), (17, None)):
        (folder / "long.txt").write_text("a.h5\n" * count)
        net = built(net_of(hdf5("long.txt", "shuffle: true"), "data"), Files(str(folder)))
        assert net.blobs[0].shape == shape


@pytest.mark.parametrize("library", ["lmdb", "h5py", "PIL"])
def test_without_a_library_its_files_say_nothing(
    folder: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for body, tops, wanted in CASES:
        net = built(net_of(body, tops), Files(str(folder)))
        if not isinstance(wanted, str):
            assert not net.problems
            shapes = [net.blob(top).shape for top in tops.split()]  # type: ignore[union-attr]
            assert all(shape in (None, right) for shape, right in zip(shapes, wanted))


def test_what_is_known_without_a_file_is_known_where_it_is_missing(tmp_path: Path) -> None:
    text = net_of(images("lost.txt", "new_height: 4 new_width: 6"), "data label")
    net = built(text, Files(str(tmp_path)))
    assert [problem.kind for problem in net.problems] == ["file"]
    assert [blob.shape for blob in net.blobs] == [(2, 3, 4, 6), (2,)]


def test_two_means_are_said_where_the_database_is_missing(tmp_path: Path) -> None:
    both = 'transform_param { mean_file: "mean.binaryproto" mean_value: 104 }'
    text = net_of(f'type: "Data" data_param {{ source: "lost" backend: LMDB batch_size: 2 }} {both}', "data")
    for files in (None, Files(str(tmp_path))):
        assert [problem.kind for problem in built(text, files).problems] == ["contradiction"]


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8", None),
        (b"\xff\xd8" + b"\xff\xe0\x00\x00" * 9, None),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x09\x00\x07\x01", (9, 7, 1)),
        (b"\xff\xd8\xff\xff\xff\xc2\x00\x0b\x08\x00\x09\x00\x07\x03", (9, 7, 3)),
        (
            b"\xff\xd8\xff\xe1\x00\x10Exif\0\0II*\0\x08\0\0\0\xff\xc0\x00\x0b\x08\x00\x09\x00\x07\x03",
            (9, 7, 3),
        ),
        (b"\xff\xd8\xff\xe1\x00\x08Exif\0\0\xff\xc0\x00\x0b\x08\x00\x09\x00\x07\x03", (9, 7, 3)),
    ],
)
def test_broken_and_odd_pictures_do_no_harm(head: bytes, size: Optional[tuple[int, int, int]]) -> None:
    found = picture(head)
    assert (None if found is None else found[:3]) == size
