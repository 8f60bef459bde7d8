"""A file's text in today's form: what need not change stays as it stands, with layout and comments."""

from __future__ import annotations

from typing import Any

from netgen.graph.upgrade.edits import edit_net, edit_solver
from netgen.graph.upgrade.fresh import Notes, message_lines
from netgen.graph.upgrade.source import Source
from netgen.graph.upgrade.upgraded import Upgraded

__all__ = ["rewritten"]


def rewritten(reading: Any, upgraded: Upgraded) -> str:
    """Return a file's text with everything in it upgraded.

    Parameters
    ----------
    reading : netgen.prototxt.Reading
        The file, without faults.
    upgraded : Upgraded
        What was made of ``reading.message``: a net or a solver without problems.

    Returns
    -------
    str
        The text; the file's own where nothing had to be upgraded. Read again it gives ``upgraded.message``.
        Comments stay with the fields that they belong to; those inside a padding layer of a V0 net, and of
        fields that Caffe takes no notice of, go with them.
    """
    if not upgraded.changed:
        return str(reading.text)
    source = Source(reading.document)
    is_net = "layer" in upgraded.message.DESCRIPTOR.fields_by_name
    (edit_net if is_net else edit_solver)(source, upgraded)
    text = source.edited()
    if _same(_read_again(reading, text), upgraded.message):
        return text
    # A layout that the edits do not know: the header stays, and the rest is written anew.
    fields = reading.document.children
    lines = [one.text for one in source.comments_in(0, fields[0].span.start if fields else 0)]
    lines += message_lines(upgraded.message, 0, lambda _: Notes())
    return "\n".join([*lines, ""])


def _read_again(reading: Any, text: str) -> Any:
    again = type(reading)(text, type(reading.message), reading.path)
    return None if again.errors else again.message


def _same(message: Any, wanted: Any) -> bool:
    return message is not None and _bytes(message) == _bytes(wanted)


def _bytes(message: Any) -> bytes:
    """Return a message as bytes, without what Caffe makes in passing and what says nothing."""
    copy = type(message)()
    copy.CopyFrom(message)
    for layer in getattr(copy, "layer", ()):
        for name in ("transform_param", "data_param", "image_data_param", "window_data_param"):
            if layer.HasField(name) and not getattr(layer, name).ListFields():
                layer.ClearField(name)
    data: bytes = copy.SerializeToString(deterministic=True)
    return data
