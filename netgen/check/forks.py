"""Whose a field or a layer type is that the chosen Caffe does not know."""

from __future__ import annotations

from typing import Any, Optional

__all__ = ["known_to"]


def known_to(
    schema: Any, *, field: Optional[tuple[str, str]] = None, layer_type: Optional[str] = None
) -> Optional[tuple[str, str]]:
    """Say whose a field or a layer type is.

    Parameters
    ----------
    schema : Schema
        The one that does not know it.
    field : tuple of str, optional
        The full name of a message type and a field's name.
    layer_type : str, optional
        A layer type.

    Returns
    -------
    tuple of str or None
        What to add to the message, and what to do; None where nobody has it.
    """
    from netgen.schema.owners import owners_of_field, owners_of_type, titles

    if layer_type is not None:
        owners = owners_of_type(layer_type)
        what = "a layer"
    elif field is not None and None not in field:
        owners = owners_of_field(*field)
        what = "a field"
    else:
        return None
    names = [name for name in owners if name != schema.name]
    if not names:
        return None
    others = len(names) - 1
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"it is {what} of {titles(names[:1])[0]}{more}", f"check it as that Caffe's: --schema {names[0]}"
