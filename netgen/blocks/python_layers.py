"""Layers of type Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Union

import numpy as np

from netgen import layers as L  # noqa: N812 (the name that Caffe's scripts use)
from netgen.errors import LayerError, calling_site

__all__ = [
    "python_layer",
]


def _plain(value: Any) -> Any:
    """Return what JSON can hold in place of NumPy's numbers and arrays, and of paths."""
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} ({type(value).__name__}) has no form in it")


def python_layer(
    module: str,
    layer: str,
    *bottoms: Any,
    param_str: Union[str, Mapping[str, Any], None] = None,
    **parameters: Any,
) -> Any:
    """Make a layer of type Python.

    Parameters
    ----------
    module, layer : str
        The Python module, found on PYTHONPATH when Caffe runs, and the class in it.
    *bottoms : Top
        The layer's bottoms.
    param_str : str or mapping, optional
        What the layer reads; a mapping is written as JSON with sorted keys.
    **parameters
        ``name``, ``loss_weight``, ``ntop``, ``propagate_down``, ``share_in_parallel``, ...

    Returns
    -------
    Top or tuple of Top
        Its tops.

    Raises
    ------
    LayerError
        Where the names are no Python names, or ``param_str`` cannot be written as JSON.
    """
    for what, value in (("module", module), ("layer", layer)):
        parts = value.split(".") if isinstance(value, str) else [""]
        ends = isinstance(value, str) and value.endswith(".py")
        if ends or not all(part.isidentifier() for part in parts) or (what == "layer" and len(parts) > 1):
            mend = f"a module is named without its ending: {value[:-3]!r}" if ends else None
            raise LayerError(
                f"python_layer: {value!r} is not the name of a {what}", site=calling_site(), mend=mend
            )
    if param_str is not None and not isinstance(param_str, str):
        try:
            param_str = json.dumps(param_str, sort_keys=True, allow_nan=False, default=_plain)
        except (TypeError, ValueError) as error:
            raise LayerError(
                f"python_layer: param_str cannot be written as JSON: {error}",
                site=calling_site(),
                mend="use numbers, strings, lists and dicts, or give a str of your own",
            ) from None
    extra = {} if param_str is None else {"param_str": param_str}
    return L.Python(*bottoms, module=module, layer=layer, **extra, **parameters)
