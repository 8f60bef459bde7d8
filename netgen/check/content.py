"""What a file is, seen from its content: a net, a solver, or something else altogether."""

from __future__ import annotations

import re
from typing import Optional

__all__ = ["NET", "SOLVER", "is_blank", "net_or_solver", "something_else"]

NET = "net"
SOLVER = "solver"

# The first field of one of the two messages decides; what both have (debug_info) is in neither list.
_FIRST_FIELD = (
    rb"(?:^|[\s;,}>])(?:"
    rb"(?P<net>name|layers?|input|input_dim|input_shape|force_backward|state)|"
    rb"(?P<solver>net|net_param|(?:train|test)_net(?:_param)?|(?:train|test)_state|test_(?:iter|interval|compute_loss"
    rb"|initialization)|base_lr|display|average_loss|max_iter|iter_size|lr_policy|gamma|power|momentum2?|weight_decay"
    rb"|regularization_type|stepsize|stepvalue|clip_gradients|snapshot(?:_\w+)?|solver_(?:mode|type)|device_id"
    rb"|random_seed|rms_decay|delta|layer_wise_reduce|weights|eval_type)"
    rb")[ \t]*[:{<]"
)
_COMMENT = rb"#[^\n]*"
_LABEL_MAP = rb"\s*item\s*\{[^{}]*\b(?:label|id|display_name)\s*:"
_HTML = rb"(?i)<(?:!doctype html|html|head|body|\?xml)\b"
# Most nets begin so; compiling an expression takes longer than reading a small one.
_NETS = (b"name:", b"layer {", b"layers {", b"input:")
_MAGIC = (
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_HEAD = 4096  # bytes; what a file is shows at its start


def net_or_solver(data: bytes) -> Optional[str]:
    """Return ``"net"`` or ``"solver"`` by the first field that tells, None where there is none."""
    if data.startswith(_NETS):
        return NET
    head = re.sub(_COMMENT, b"", data[:_HEAD])
    found = re.search(_FIRST_FIELD, head) or re.search(_FIRST_FIELD, data)
    return None if found is None else NET if found["net"] else SOLVER


def is_blank(data: bytes) -> bool:
    """Tell whether a text holds nothing but comments."""
    if data.lstrip()[:1] not in (b"", b"#"):
        return False
    return not re.sub(_COMMENT, b"", data).strip()


def something_else(data: bytes) -> Optional[tuple[str, str]]:
    """Return what a file is that cannot be parsed, as a slug and in words; None for a prototxt gone wrong."""
    head = data[:_HEAD]
    start = head.lstrip()
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        return "lfs-pointer", "a pointer of Git LFS, not the file that it stands for"
    if re.match(_HTML, start):
        return "html", "a web page"
    if start.startswith((b"404: Not Found", b"400: Invalid request")):
        return "html", "the answer of a web server that had no such file"
    for magic, words in _MAGIC:
        if head.startswith(magic):
            return "binary", words
    if b"\0" in head or sum(byte < 9 or 13 < byte < 32 for byte in head) * 20 > len(head):
        return "binary", _binary(head)
    if data.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in data:
        return "merge-conflict", "a file with merge conflicts in it"
    if re.match(_LABEL_MAP, re.sub(_COMMENT, b"", head)):
        return "label-map", "a map of labels, not a net"
    if start.startswith(b"{") and start[1:].lstrip()[:1] in (b'"', b"}"):
        return "json", "JSON"
    return None


def _binary(head: bytes) -> str:
    # A NetParameter starts with its name (field 1, a string); a BlobProto with its first dimension or its
    # data.
    if head[:1] == b"\n":
        return "a binary net (a caffemodel), not a prototxt"
    return "a binary file"
