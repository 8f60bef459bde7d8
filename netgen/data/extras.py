"""Packages that only data sets need: imported when they are used, with the way to get them."""

from __future__ import annotations

import importlib
from typing import Any

from netgen.errors import DataError

__all__ = ["library"]


def library(module: str, purpose: str) -> Any:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        What to import, such as ``"PIL.Image"``.
    purpose : str
        What it is needed for, as the subject of the error's sentence.

    Raises
    ------
    DataError
        Where the package is missing or broken, naming the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = {"PIL": "pillow", "skimage": "scikit-image"}.get(module.split(".")[0], module.split(".")[0])
        raise DataError(
            f"{purpose} needs the package {package}, which cannot be imported here ({error})",
            mend="pip install 'caffe-netgen[data]'",
        ) from error
