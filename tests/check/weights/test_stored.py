"""What is read from files of weights, without their numbers."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netgen.check.weights import StoredBlob, fits, read
from netgen.check.weights.wire import WireError, fields
from netgen.errors import DataError
from netgen.schema import caffe_pb2


def written(path: Path, message: Any) -> Path:
    path.write_bytes(message.SerializeToString())
    return path


def blob_of(*shape: int, legacy: bool = False, values: int = -1) -> Any:
    blob = caffe_pb2.BlobProto()
    count = 1
    for dim in shape:
        count *= dim
    if legacy:
        blob.num, blob.channels, blob.height, blob.width = shape
    else:
        blob.shape.dim.extend(shape)
    blob.data.extend([0.5] * (count if values < 0 else values))
    return blob


def test_layers_of_today(tmp_path: Path) -> None:
    net = caffe_pb2.NetParameter(name="net")
    net.layer.add(name="data", type="Input")
    conv = net.layer.add(name="conv", type="Convolution")
    conv.blobs.extend([blob_of(2, 3, 1, 1), blob_of(2)])
    conv.convolution_param.num_output = 2
    file = read(written(tmp_path / "a.caffemodel", net))
    assert [(layer.name, layer.type) for layer in file.layers] == [("data", "Input"), ("conv", "Convolution")]
    assert file.layers[1].blobs == (StoredBlob((2, 3, 1, 1), False, 6), StoredBlob((2,), False, 2))
    assert not file.hdf5


def test_layers_of_the_two_ages_before(tmp_path: Path) -> None:
    net = caffe_pb2.NetParameter()
    first = net.layers.add(name="v1", type=caffe_pb2.V1LayerParameter.CONVOLUTION)
    first.blobs.append(blob_of(2, 3, 1, 1, legacy=True))
    second = net.layers.add().layer
    second.name, second.type = "v0", "conv"
    second.blobs.append(blob_of(1, 1, 1, 4, legacy=True))
    file = read(written(tmp_path / "a.caffemodel", net))
    assert [(layer.name, layer.type) for layer in file.layers] == [("v1", "4"), ("v0", "conv")]
    assert [layer.blobs[0] for layer in file.layers] == [
        StoredBlob((2, 3, 1, 1), True, 6),
        StoredBlob((1, 1, 1, 4), True, 4),
    ]


def test_numbers_that_are_not_packed_and_doubles(tmp_path: Path) -> None:
    shape = b"\x3a\x04\x0a\x02\x05\x02"
    floats = b"".join(b"\x2d" + struct.pack("<f", number) for number in range(10))
    layer = b"\x0a\x01a" + b"\x12\x01b" + b"\x3a" + bytes([len(floats) + len(shape)]) + floats + shape
    (tmp_path / "a").write_bytes(b"\xa2\x06" + bytes([len(layer)]) + layer)
    assert read(tmp_path / "a").layers[0].blobs == (StoredBlob((5, 2), False, 10),)
    net = caffe_pb2.NetParameter()
    blob = net.layer.add(name="a").blobs.add()
    blob.double_data.extend([1, 2, 3])
    assert read(written(tmp_path / "b", net)).layers[0].blobs == (StoredBlob((), False, 3),)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b'name: "net"\nlayer { }', "it is a prototxt"),
        (b"<!DOCTYPE html><html>", "it is an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "it is a Git LFS pointer"),
        (b"\xa2\x06\x7f\x0a\x01a", "it may be cut short"),
        (b"\x08\x01\x10\x02", "holds no layers"),
        (b"\xa2\x06\x03\x0a\x01\xff", "no readable names"),
    ],
)
def test_what_is_no_file_of_weights(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.caffemodel").write_bytes(data)
    with pytest.raises(DataError, match=said) as caught:
        read(tmp_path / "a.caffemodel")
    assert caught.value.mend


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "missing.caffemodel")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)


def test_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.caffemodel.h5", "w") as file:
        file["data/conv/0"], file["data/conv/1"] = [[1.0, 2.0]], [1.0]
        file.create_group("data/relu")
    read_back = read(tmp_path / "a.caffemodel.h5")
    assert read_back.hdf5
    assert {layer.name: [blob.shape for blob in layer.blobs] for layer in read_back.layers} == {
        "conv": [(1, 2), (1,)],
        "relu": [],
    }
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["label"] = [1.0]
    with pytest.raises(DataError, match="no group 'data'"):
        read(tmp_path / "b.h5")


def test_what_fits_a_legacy_blob() -> None:
    assert fits((4,), StoredBlob((1, 1, 1, 4), True))
    assert fits((4, 3), StoredBlob((1, 1, 4, 3), True))
    assert not fits((4,), StoredBlob((4, 1, 1, 1), True))
    assert not fits((1, 1, 1, 1, 4), StoredBlob((1, 1, 1, 4), True))
    assert not fits((4,), StoredBlob((1, 1, 1, 4)))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_are_refused(data: bytes) -> None:
    end = offset = 0
    try:
        for _, _, start, stop in fields(data, 0, len(data)):
            assert end <= start <= stop <= len(data)
            end = stop
    except WireError as error:
        offset = error.offset
    assert 0 <= offset <= len(data)
