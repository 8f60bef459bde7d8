"""Layers written half in the old form and half in today's: what to write where the two meet."""

from __future__ import annotations

from typing import Any, Optional

from netgen.graph.upgrade.v1 import TYPES

__all__ = ["mend_of_field", "mend_of_type"]

_LAYER = "caffe.LayerParameter"
_OLD_LAYER = "caffe.V1LayerParameter"
_FIELDS = {"blobs_lr": "lr_mult", "weight_decay": "decay_mult", "blob_share_mode": "share_mode"}


def mend_of_field(fault: Any) -> Optional[str]:
    """Return what to write for a field that only layers of the old form have, None for any other."""
    today = _FIELDS.get(str(fault.field)) if fault.message_type == _LAYER else None
    if today is None:
        return None
    return (
        f"it is of the old form, layers {{ }}; write param {{ {today}: VALUE }}, once for each of its values"
    )


def mend_of_type(fault: Any, text: str) -> Optional[str]:
    """Return what to write for a layer's type that is written as the other form has it.

    Parameters
    ----------
    fault : SyntaxFault
        A wrong value.
    text : str
        What stands in the place of the value.
    """
    if fault.field != "type":
        return None
    if fault.message_type == _LAYER and text in TYPES:
        return f'write type: "{TYPES[text]}"; the capitals are of the old form, layers {{ }}'
    if fault.message_type == _OLD_LAYER:
        for old, today in TYPES.items():
            if text.strip("\"'") in (old, today):
                return f"write type: {old}, as the old form has it; or layer in place of layers"
    return None
