"""What a file is, seen from its content: a net, a solver, or neither."""

from __future__ import annotations

import re
from typing import Optional

__all__ = ["FOREIGN", "NET", "SOLVER", "is_blank", "net_or_solver"]

NET = "net"
SOLVER = "solver"
FOREIGN = frozenset(
    {"binary", "html", "json", "label-map", "lfs-pointer", "merge-conflict", "other-message", "utf-16"}
)
"""The kinds of faults that say what a file is instead of a prototxt of the expected kind."""

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
# Most nets begin so; compiling an expression takes longer than reading a small one.
_NETS = (b"name:", b"layer {", b"layers {", b"input:")
_HEAD = 4096  # bytes; what a file is nearly always shows at its start


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
