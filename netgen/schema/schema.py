"""One Caffe's messages and layer types, and the compiled schemas that come with netgen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Optional

from netgen.schema.pools import Messages
from netgen.schema.registry import spec_fields

__all__ = ["Schema", "bundled", "bvlc_file"]

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


def bvlc_file() -> bytes:
    """Return BVLC's file, a serialized FileDescriptorProto."""
    return bundled("bvlc.binpb")


def bundled(path: str) -> bytes:
    """Return a compiled schema, by its path below this folder."""
    with open(f"{_FOLDER}/{path}", "rb") as file:  # noqa: PTH123 - as above
        return file.read()
