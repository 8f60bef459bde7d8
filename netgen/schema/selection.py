"""Which Caffe is meant: the schemas that can be selected by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Optional

from netgen.errors import OptionError, nearest
from netgen.schema.pools import Messages, pool_of
from netgen.schema.registry import BVLC, fork, spec_fields

__all__ = ["FORKS", "GATHERERS", "Schema", "bvlc_file", "names", "select"]

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

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - every run comes by here; pathlib takes its time


class Schema:
    """One Caffe's messages and layer types.

    Parameters
    ----------
    name : str
        What ``select`` finds it by; the path of a user's own caffe.proto.
    title : str
        How a message calls it.
    messages : Messages
        ``messages.NetParameter``, ``messages.SolverParameter`` and so on.
    layers : mapping of str to tuple of str
        The layer types that it registers, each with the fields of LayerParameter that it reads.
    open_types : bool
        Other layer types than these may exist in it.
    """

    def __init__(
        self,
        name: str,
        title: str,
        messages: Messages,
        layers: Mapping[str, tuple[str, ...]],
        *,
        open_types: bool = False,
    ) -> None:
        self.name = name
        self.title = title
        self.messages = messages
        self.open_types = open_types
        self._layers = layers
        self.layer_types = frozenset(layers)

    def __repr__(self) -> str:
        return f"<schema {self.name}: {self.title}, {len(self.layer_types)} layer types>"

    def used_fields(self, type_name: str) -> tuple[str, ...]:
        """Return the fields of LayerParameter that a type of layer reads for itself, its main one first.

        Empty for a layer without parameters and for a type of which nothing is known.
        """
        return self._layers.get(type_name, ())

    def spec_field(self, type_name: str) -> Optional[str]:
        """Return the field to which NetSpec assigns a layer's bare keywords; see ``registry.spec_field``."""
        return spec_fields(self.messages.LayerParameter.DESCRIPTOR).get(type_name)


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


def bvlc_file() -> bytes:
    """Return BVLC's file, a serialized FileDescriptorProto."""
    return _read("bvlc.binpb")


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
        merge(file, descriptor_pb2.FileDescriptorProto.FromString(_read(f"forks/{one}.binpb")))
    # kendryte-caffe is the judge of netgen's rules: its messages are exactly what they are there.
    known = layers if name == "kendryte" else BVLC
    complete(file, bvlc, {field for fields in known.values() for field in fields})
    whole: bytes = file.SerializeToString()
    return whole


def _messages(name: str, file: bytes) -> Messages:
    pool = pool_of(file)
    return Messages(pool, pool.FindFileByName("caffe.proto"), name)


def _read(path: str) -> bytes:
    with open(f"{_FOLDER}/{path}", "rb") as file:  # noqa: PTH123 - as above
        return file.read()
