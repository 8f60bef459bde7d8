"""Weights that layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from netgen.errors import LayerError, calling_site

__all__ = ["shared_params"]


def shared_params(
    *names: str,
    lr_mult: Optional[Sequence[float]] = None,
    decay_mult: Optional[Sequence[float]] = None,
    share_mode: Optional[str] = None,
) -> list[dict[str, Any]]:
    """Return ``param`` entries by which layers share weights: layers that name the same ones have the same.

    Parameters
    ----------
    *names : str
        One for each of the layer's blobs: weights, then bias.
    lr_mult, decay_mult : sequence of float, optional
        One for each name. Caffe wants them equal wherever a name is used.
    share_mode : str, optional
        ``"STRICT"`` (the default: equal shapes) or ``"PERMISSIVE"`` (equal counts).

    Returns
    -------
    list of dict
        For ``param=``.

    Raises
    ------
    LayerError
        For no names, an empty name, or multipliers that are not as many as the names.

    Examples
    --------
    >>> shared_params("embed_w", "embed_b", lr_mult=(1, 2))
    [{'name': 'embed_w', 'lr_mult': 1}, {'name': 'embed_b', 'lr_mult': 2}]
    """
    if not names or not all(isinstance(name, str) and name for name in names):
        raise LayerError(
            f"shared_params: a name for each blob, came {names!r}",
            site=calling_site(),
            mend="shared_params('conv_w', 'conv_b')",
        )
    entries: list[dict[str, Any]] = [{"name": name} for name in names]
    for key, values in (("lr_mult", lr_mult), ("decay_mult", decay_mult)):
        if values is None:
            continue
        if not isinstance(values, Sequence) or len(values) != len(names):
            raise LayerError(
                f"shared_params: {key} has one value for each of the {len(names)} names, came {values!r}",
                site=calling_site(),
            )
        for entry, value in zip(entries, values):
            entry[key] = value
    if share_mode is not None:
        for entry in entries:
            entry["share_mode"] = share_mode
    return entries
