"""A user's own caffe.proto as a schema."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Union

from google.protobuf import descriptor_pb2

from netgen.errors import OptionError
from netgen.prototxt.limits import HIDDEN
from netgen.schema.fragments import complete
from netgen.schema.pools import Messages, pool_of
from netgen.schema.registry import BVLC, spec_fields
from netgen.schema.schema import Schema, bvlc_file

__all__ = ["from_proto"]

_NEEDED = ("NetParameter", "LayerParameter", "SolverParameter")


def from_proto(path: Union[str, os.PathLike[str]]) -> Schema:
    """Return the schema that a caffe.proto gives.

    protoc compiles it: that of the package ``grpcio-tools`` if it is installed, else the one on the PATH.

    Parameters
    ----------
    path : str or path
        A Caffe's ``src/caffe/proto/caffe.proto``.

    Returns
    -------
    Schema
        Its ``name`` is the path. The file does not say which layer types there are, so that ``layer_types``
        are BVLC's and those of its fields' names, and ``open_types`` is true: another type is no mistake.

    Raises
    ------
    OptionError
        Where the file cannot be read, protoc does not take it or is not there, or it is no Caffe's.
    """
    source = Path(path)
    file = _whole(_compiled(source), source)
    lacking = [name for name in _NEEDED if name not in {message.name for message in file.message_type}]
    if lacking:
        raise OptionError(
            f"{source} is not a Caffe's schema: it has no message {' or '.join(lacking)}",
            mend="give the file src/caffe/proto/caffe.proto of the Caffe that is meant",
        )
    read = {field for fields in BVLC.values() for field in fields}
    complete(file, descriptor_pb2.FileDescriptorProto.FromString(bvlc_file()), read)
    pool = pool_of(file.SerializeToString())
    messages = Messages(pool, pool.FindFileByName(file.name), str(path))
    return Schema(str(path), str(path), messages, _layers(messages), open_types=True)


def _layers(messages: Messages) -> dict[str, tuple[str, ...]]:
    """Return the layer types that BVLC registers, and those that a field of LayerParameter is named for."""
    layer = messages.LayerParameter.DESCRIPTOR
    fields = {field.name for field in layer.fields if field.number < HIDDEN}
    found = {kind: tuple(name for name in used if name in fields) for kind, used in BVLC.items()}
    for kind, field in spec_fields(layer).items():
        found.setdefault(kind, (field,))
    return found


def _whole(files: Any, source: Path) -> Any:
    """Return the file and what it imports as one file of package caffe."""
    whole = descriptor_pb2.FileDescriptorProto()
    whole.CopyFrom(files[-1])
    if any(file.package != whole.package for file in files):
        raise OptionError(
            f"{source} imports a file of another package: {', '.join(whole.dependency)}",
            mend="put all that it needs into one file of one package",
        )
    del whole.dependency[:], whole.public_dependency[:], whole.weak_dependency[:]
    for file in files[:-1]:
        whole.message_type.extend(file.message_type)
        whole.enum_type.extend(file.enum_type)
    whole.name = "caffe.proto"
    prefix = f".{whole.package}." if whole.package else "."
    whole.package = "caffe"
    messages = list(whole.message_type)
    while messages:
        message = messages.pop()
        messages.extend(message.nested_type)
        for field in message.field:
            if field.type_name.startswith(prefix):
                field.type_name = f".caffe.{field.type_name[len(prefix) :]}"
    return whole


def _compiled(source: Path) -> Any:
    if not source.is_file():
        raise OptionError(f"there is no file {source}", mend="give the path of a caffe.proto")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "set"
        done = subprocess.run(
            [
                *_protoc(),
                f"--proto_path={source.resolve().parent}",
                "--include_imports",
                f"--descriptor_set_out={result}",
                source.name,
            ],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=source.resolve().parent,
        )
        if done.returncode != 0:
            # A fault is told as caffe.proto:12:3: ...; other lines are protoc's log.
            faults = [
                line for line in done.stderr.splitlines() if re.search(r"\.proto:\d+:\d+: (?!warning)", line)
            ]
            said = faults[0] if faults else done.stderr.strip()
            raise OptionError(f"protoc does not take {source}: {said}", mend="mend the file there")
        return descriptor_pb2.FileDescriptorSet.FromString(result.read_bytes()).file


def _protoc() -> list[str]:
    if importlib.util.find_spec("grpc_tools") is not None:
        return [sys.executable, "-m", "grpc_tools.protoc"]
    found = shutil.which("protoc")
    if found is None:
        raise OptionError(
            "a caffe.proto is compiled by protoc, and there is none here",
            mend="pip install grpcio-tools, or install protobuf's compiler so that protoc is on the PATH",
        )
    return [found]
