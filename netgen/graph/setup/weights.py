"""Weights that the file itself gives to a layer: ``blobs { ... }``."""

from __future__ import annotations

from typing import Any

from netgen.graph.setup.blobs import FieldPath, check_memory, check_size, count, int32
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["written_shape"]

_FORMER = ("num", "channels", "height", "width")


def written_shape(blob: Any, field: FieldPath, what: str = "a blob of weights") -> Shape:
    """Return the shape of a BlobProto, checked as ``Blob::FromProto`` does.

    Parameters
    ----------
    blob : BlobProto
        In its present or its former form.
    field : tuple of str and int
        Where it stands, from the LayerParameter down.
    what : str
        What it is, with an article.

    Raises
    ------
    Refusal
        Where Caffe would not take it: it is empty, or has not as many numbers as its shape says.
    """
    if any(blob.HasField(name) for name in _FORMER):
        shape: Shape = (blob.num, blob.channels, blob.height, blob.width)
    else:
        shape = tuple([int32(dim) for dim in blob.shape.dim])
    check_size(shape, what, field)
    check_memory(shape, what, field)
    wanted = count(shape)
    for name, other, needed in (("double_data", "data", True), ("double_diff", "diff", False)):
        given = len(getattr(blob, name))
        if not given:
            name, given = other, len(getattr(blob, other))
        if given != wanted and (given or needed):
            raise Refusal(
                f"{what} of {shown(shape)} takes {wanted} numbers, came {given} of {name}",
                "params",
                (*field, name) if given else field,
                mend="take the blobs out: weights come from the caffemodel",
            )
    return shape
