"""Which Caffe is meant: the schemas that can be selected by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from netgen.errors import OptionError, nearest
from netgen.schema.pools import Messages, pool_of
from netgen.schema.registry import BVLC, fork
from netgen.schema.schema import Schema, bundled, bvlc_file

__all__ = ["FORKS", "GATHERERS", "names", "select"]

# These gathered other forks' layers.
GATHERERS = ("nvidia", "intel", "caffe-windows", "cambricon", "synopsys")

# A layer type that several of these have comes from the one that stands first, as far as that is known.
FORKS = (
    "faster-rcnn",
    "ssd",
    "refinedet",
    "mobilenet-ssd",
    "segnet",
    "enet",
    "deeplab",
    "pspnet",
    "crfasrnn",
    "senet",
    "depthwise",
    "shufflenet",
    "rfcn-priv",
    "rfcn",
    "kendryte",
    "caffe-yolo",
    "yolo9000",
    "mobilenet-yolo",
    "openpose",
    "openpose-train",
    "caffe-face",
    "lstm",
    "spatial-transformer",
    "flownet2",
    "c3d",
    "mscnn",
    "hed",
    "ristretto",
    "greentea",
    "nvidia",
    "intel",
    "tsn",
    "denseblock",
    "caffe-windows",
    "cambricon",
    "synopsys",
)


def names() -> tuple[str, ...]:
    """Return the names that ``select`` takes: BVLC's, then the forks'."""
    return ("bvlc", *FORKS)


@cache
def select(name: str = "bvlc") -> Schema:
    """Return the schema of that name; the same object each time.

    Parameters
    ----------
    name : str
        One of ``names()``: ``bvlc`` is BVLC Caffe at 9b89154, ``kendryte`` the kendryte-caffe of PyPI, the
        others are public forks; or the path of a ``caffe.proto``, as ``from_proto`` takes it. In each, a text
        means what it means to that Caffe: the messages lie in a descriptor pool of their own.

    Raises
    ------
    OptionError
        Where there is no such schema; the mend names the nearest. Where a ``caffe.proto`` cannot be taken.

    Examples
    --------
    >>> from netgen import schema
    >>> "clip_param" in schema.select("bvlc").messages.LayerParameter.DESCRIPTOR.fields_by_name
    True
    >>> "clip_param" in schema.select("kendryte").messages.LayerParameter.DESCRIPTOR.fields_by_name
    False
    """
    if name == "bvlc":
        return Schema(name, "BVLC Caffe", _messages(name, bvlc_file()), BVLC)
    if name.endswith(".proto"):
        from netgen.schema.own import from_proto

        return from_proto(name)
    if name not in names():
        near = nearest(name, names())
        raise OptionError(
            f"there is no schema {name!r}; there are {', '.join(names())}",
            mend=f"did you mean {near}?"
            if near
            else "give one of them, or the path of a Caffe's own caffe.proto",
        )
    told, layers = _fork_layers(name)
    return Schema(name, told["title"], _messages(name, _merged(name, layers)), layers)


def _fork_layers(name: str) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    told = fork(name)
    lacking = set(told.get("lacks", ()))
    base = _fork_layers(told["base"])[1] if "base" in told else BVLC
    layers = {kind: fields for kind, fields in base.items() if kind not in lacking}
    layers.update((kind, tuple(fields)) for kind, fields in told["layers"].items())
    return told, layers


def _merged(name: str, layers: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return a fork's whole file: BVLC's with its fragment and those of the forks that it comes from."""
    from google.protobuf import descriptor_pb2  # only forks need it

    from netgen.schema.fragments import complete, merge

    line = [name]
    while "base" in fork(line[0]):
        line.insert(0, fork(line[0])["base"])
    bvlc = descriptor_pb2.FileDescriptorProto.FromString(bvlc_file())
    file = descriptor_pb2.FileDescriptorProto()
    file.CopyFrom(bvlc)
    for one in line:
        merge(file, descriptor_pb2.FileDescriptorProto.FromString(bundled(f"forks/{one}.binpb")))
    # kendryte-caffe is the judge of netgen's rules: its messages are exactly what they are there.
    known = layers if name == "kendryte" else BVLC
    complete(file, bvlc, {field for fields in known.values() for field in fields})
    whole: bytes = file.SerializeToString()
    return whole


def _messages(name: str, file: bytes) -> Messages:
    pool = pool_of(file)
    return Messages(pool, pool.FindFileByName("caffe.proto"), name)
