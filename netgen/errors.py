"""The errors a user sees: where, which layer, which phase, what came, what was expected, the mend."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import NamedTuple, Optional

__all__ = [
    "BundleError",
    "CaffeError",
    "CaffeNotFoundError",
    "DataError",
    "EmissionError",
    "LayerError",
    "NetgenError",
    "NetworkError",
    "OptionError",
    "PrototxtError",
    "Site",
    "UnknownBlobError",
    "UnknownNameError",
    "calling_site",
    "listed",
    "nearest",
]

_PACKAGE = str(Path(__file__).resolve().parent) + os.sep
# The networks that come with netgen are written with the DSL, as users write: their lines are worth showing.
_WRITTEN_WITH_IT = _PACKAGE + "networks" + os.sep


class Site(NamedTuple):
    """A place in a user's file.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    line : int
        From 1.
    column : int, optional
        From 1; None where only the line is known.
    """

    path: str
    line: int
    column: Optional[int] = None

    def __str__(self) -> str:
        column = "" if self.column is None else f":{self.column}"
        return f"{_from_here(self.path)}:{self.line}{column}"


def _from_here(path: str) -> str:
    """Return a path as a user would write it: from the current folder, if it lies in it."""
    try:
        return str(Path(path).relative_to(Path.cwd())) if Path(path).is_absolute() else path
    except (ValueError, OSError):
        return path


class NetgenError(Exception):
    """A mistake or failure that the user can act on.

    Parameters
    ----------
    message : str
        What came and what was expected.
    site : Site, optional
        Where the mistake was made.
    layer, phase : str, optional
        The layer at fault and the phase in which it is.
    mend : str, optional
        What to do about it.

    Notes
    -----
    ``str(error)`` is the whole text that the command line prints:
    ``net.py:12: phase TRAIN: layer 'conv1': message`` and the mend on a line of its own.
    """

    def __init__(
        self,
        message: str,
        *,
        site: Optional[Site] = None,
        layer: Optional[str] = None,
        phase: Optional[str] = None,
        mend: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.site = site
        self.layer = layer
        self.phase = phase
        self.mend = mend

    def __str__(self) -> str:
        parts = []
        if self.site is not None:
            parts.append(str(self.site))
        if self.phase:
            parts.append(f"phase {self.phase}")
        if self.layer:
            parts.append(f"layer {self.layer!r}")
        parts.append(self.message)
        text = ": ".join(parts)
        return f"{text}\n  mend: {self.mend}" if self.mend else text


class LayerError(NetgenError, TypeError):
    """A layer was written in a way that Caffe's schema or its NetSpec does not allow."""


class UnknownBlobError(NetgenError, AttributeError, KeyError):
    """A blob that a net does not have was asked for, by attribute or by item."""

    __str__ = NetgenError.__str__  # KeyError's would show the repr


class UnknownNameError(LayerError, AttributeError):
    """An attribute of ``netgen.params`` that Caffe's schema does not have."""


class NetworkError(NetgenError):
    """A network as a whole cannot be made: phases that don't merge, blobs of another net."""


class OptionError(NetgenError, ValueError):
    """An option of a network or a command has a value that it cannot take."""


class PrototxtError(NetgenError, ValueError):
    """A text is not the prototxt that it should be."""


class EmissionError(NetgenError):
    """A rendered text is not the message that it was rendered from."""


class BundleError(NetgenError, OSError):
    """A bundle cannot be written where it should go, or is not a bundle."""


class DataError(NetgenError, ValueError):
    """Images, masks or data files are not what the job needs."""


class CaffeError(NetgenError, RuntimeError):
    """Real Caffe refused, aborted, crashed, ran out of time or memory, or was stopped."""


class CaffeNotFoundError(CaffeError):
    """No Python interpreter with a working Caffe was found."""


def nearest(name: str, candidates: Iterable[str]) -> Optional[str]:
    """Return the candidate that ``name`` was most likely meant to be, or None.

    Case and underscores count for little: ``kernelsize`` finds ``kernel_size``.
    """
    import difflib  # nothing may be wrong

    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(candidate.lower().replace("_", ""), candidate)
    matches = difflib.get_close_matches(name.lower().replace("_", ""), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def listed(names: Iterable[str], limit: int = 40) -> str:
    """Return names as one readable line, cut with a count after ``limit``."""
    every = list(names)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown}, … ({len(every) - limit} more)"


def calling_site() -> Optional[Site]:
    """Return the nearest place up the stack that is not netgen's own code, None where there is none."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith(_PACKAGE) or path.startswith(_WRITTEN_WITH_IT):
            return Site(path, frame.f_lineno)
        frame = frame.f_back
    return None
