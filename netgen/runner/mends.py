"""What to do about the lines that Caffe aborts with, where that is known."""

from __future__ import annotations

import re
from re import Match, Pattern
from typing import Callable, Optional, Union

from netgen.errors import nearest

__all__ = ["mend_for"]

_POLICIES = ("fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid")


def _layer_type(match: Match[str]) -> str:
    asked = match["name"]
    if asked == "Python":
        return "this Caffe was built without Python layers; build it with WITH_PYTHON_LAYER"
    known = [name.strip() for name in match["known"].split(",")]
    begun = [name for name in known if name.lower().startswith(asked.lower())]
    near = begun[0] if len(begun) == 1 else nearest(asked, known)
    return f"did you mean {near!r}?" if near else "this build of Caffe has no such layer"


def _solver_type(match: Match[str]) -> str:
    near = nearest(match["name"], [name.strip() for name in match["known"].split(",")])
    return f"did you mean {near!r}?" if near else f"give the solver one of the types {match['known']}"


def _policy(match: Match[str]) -> str:
    near = nearest(match["name"], _POLICIES)
    return f"did you mean {near!r}?" if near else f"give lr_policy one of {', '.join(_POLICIES)}"


def _shape_mismatch(match: Match[str]) -> str:
    return (
        "the weights were made by another net; to learn this layer from scratch instead, give it another name"
        f" (source {match['source']}, net {match['target']})"
    )


_Mend = Union[str, Callable[[Match[str]], str]]

_KNOWN: list[tuple[Pattern[str], _Mend]] = [
    (re.compile(r"Unknown layer type: (?P<name>\S+) \(known types: (?P<known>.*?)\)"), _layer_type),
    (
        re.compile(
            r"Source param shape is (?P<source>[\d ()]+); target param shape is (?P<target>[\d ]+\(\d+\))"
        ),
        _shape_mismatch,
    ),
    (
        re.compile(r"Unknown solver type: (?P<name>\S*) \(known types: (?P<known>.*?)\)"),
        _solver_type,
    ),
    (
        re.compile(r"Unknown learning rate policy: (?P<name>\S*)"),
        _policy,
    ),
    (
        re.compile(r"Momentum cannot be used with (?P<type>\w+)"),
        "take momentum out of the solver",
    ),
    (
        re.compile(r"Incompatible number of blobs"),
        "the weights were made by another net, or with bias_term set otherwise",
    ),
    (
        re.compile(r"Unknown bottom blob '(?P<blob>[^']+)'"),
        "a layer before this one, in the same phase, must make that blob",
    ),
    (
        re.compile(r"Top blob '(?P<blob>[^']+)' produced by multiple sources"),
        "give one of the two tops another name",
    ),
    (
        re.compile(r"Cannot use GPU in CPU-only Caffe"),
        "this Caffe computes on the CPU alone; leave the GPU option out",
    ),
    (
        re.compile(r"Failed to open HDF5 file"),
        "list files hold one path a line, relative to the folder Caffe runs in",
    ),
    (
        re.compile(r"Failed to open source file"),
        "netgen prepare makes data; paths are relative to the folder Caffe runs in, the bundle's",
    ),
    (
        re.compile(r"Could not open file"),
        "paths are relative to the folder Caffe runs in, the bundle's",
    ),
    (
        re.compile(r"mdb_status == 0"),
        "netgen prepare makes data; source is an LMDB folder, relative to the folder Caffe runs in",
    ),
    (
        re.compile(r"MemoryDataLayer needs to be initialized"),
        "a MemoryData layer is fed from Python before each pass",
    ),
    (
        re.compile(r"blob size exceeds INT_MAX"),
        "no blob of Caffe's holds 2**31 numbers; make the batch or the image smaller",
    ),
    (re.compile(r"Snapshot|snapshot_prefix"), "the folder of snapshot_prefix must exist and be writable"),
    (
        re.compile(r"ReadProtoFromBinaryFile"),
        "the file is not a whole caffemodel: cut short, or of another kind",
    ),
]


def mend_for(message: str) -> Optional[str]:
    """Return the mend for one of Caffe's messages, or None if none is known."""
    for pattern, mend in _KNOWN:
        match = pattern.search(message)
        if match:
            return mend if isinstance(mend, str) else mend(match)
    return None
