"""What Caffe's own ``ReadProtoFromTextFile``, and so C++ protobuf 3.17, makes of texts, thousands of them a second.

The function is called inside of Caffe's library, in a process of its own: the text alone is judged, and not the net
that it describes. ``judged`` is what tests call; as a program, this file is that process.
"""

from __future__ import annotations

import base64
import ctypes
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

_ERROR = re.compile(r"\[libprotobuf ERROR [^\n\]]*\] Error parsing text-format [\w.]+: (?:(\d+):(\d+): )?")


@dataclass
class CppVerdict:
    """What C++ said of a text."""

    accepted: bool
    errors: list[tuple[Optional[int], Optional[int], str]] = field(default_factory=list)
    """Line, column and words; the first two are None where C++ names no place."""
    wire: bytes = b""
    """The message in binary, if there is one."""

    @property
    def place(self) -> Optional[tuple[Optional[int], Optional[int]]]:
        """Line and column of the first error; None for a text that was taken."""
        return self.errors[0][:2] if self.errors else None


def judged(texts: Iterable[bytes], message: str = "NetParameter") -> list[CppVerdict]:
    """Have C++ read each text as a NetParameter or SolverParameter."""
    order = json.dumps({"message": message, "texts": [base64.b64encode(text).decode() for text in texts]})
    done = subprocess.run(
        [sys.executable, __file__], input=order, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the judge ended with {done.returncode}: {done.stderr[-2000:]}")
    return [
        CppVerdict(accepted, [tuple(error) for error in errors], base64.b64decode(wire))
        for accepted, errors, wire in json.loads(done.stdout)
    ]


# ---- the process ----


class _Library:
    def __init__(self, message: str) -> None:
        found = importlib.util.find_spec("caffe")
        assert found is not None
        assert found.submodule_search_locations
        (path,) = Path(found.submodule_search_locations[0]).glob("_caffe*.so")
        library = ctypes.CDLL(str(path))
        length = len(message)
        prefix = f"_ZN5caffe{length}{message}"
        self._make = library[f"{prefix}C1EPN6google8protobuf5ArenaE"]
        self._end = library[f"{prefix}D1Ev"]
        self._size = library[f"_ZNK5caffe{length}{message}12ByteSizeLongEv"]
        self._size.restype = ctypes.c_size_t
        self._write = library["_ZNK6google8protobuf11MessageLite23SerializePartialToArrayEPvi"]
        self._read = library["_ZN5caffe21ReadProtoFromTextFileEPKcPN6google8protobuf7MessageE"]
        self._read.restype = ctypes.c_bool

    def read(self, path: str) -> tuple[bool, bytes]:
        message = ctypes.create_string_buffer(1 << 14)  # far more than the object takes
        self._make(message, None)
        try:
            accepted = self._read(path.encode(), message)
            size = self._size(message) if accepted else 0
            wire = ctypes.create_string_buffer(size)
            if size:
                self._write(message, wire, size)
            return accepted, wire.raw
        finally:
            self._end(message)


def _main() -> None:
    order = json.load(sys.stdin)
    answers: list[Any] = []
    with tempfile.NamedTemporaryFile() as text, tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        library = _Library(order["message"])
        for encoded in order["texts"]:
            Path(text.name).write_bytes(base64.b64decode(encoded))
            os.ftruncate(2, 0)
            os.lseek(2, 0, os.SEEK_SET)
            accepted, wire = library.read(text.name)
            os.lseek(2, 0, os.SEEK_SET)
            errors = _errors(os.read(2, 1 << 20).decode("utf-8", "replace"))
            answers.append((accepted, errors, base64.b64encode(wire).decode()))
    json.dump(answers, sys.stdout)


def _errors(said: str) -> list[tuple[Optional[int], Optional[int], str]]:
    starts = list(_ERROR.finditer(said))
    ends = [match.start() for match in starts[1:]] + [len(said)]
    return [
        (
            int(match[1]) if match[1] else None,
            int(match[2]) if match[2] else None,
            said[match.end() : end].strip(),
        )
        for match, end in zip(starts, ends)
    ]


if __name__ == "__main__":
    _main()
