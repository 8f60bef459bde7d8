"""Where the files that a solver names are, seen from the folder that Caffe is started in: no file says it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Optional

__all__ = ["base_of", "places"]


def places(folder: str, run_from: Optional[str] = None) -> Iterator[tuple[str, str]]:
    """Yield the folders that a solver is likely to be run in, nearest first, with words for each.

    Parameters
    ----------
    folder : str
        The solver's own.
    run_from : str, optional
        The folder that Caffe is started in, where that is told; nothing else counts then.

    Yields
    ------
    tuple of str and str
        The folder, empty for the current one, and what it is: the current folder, the solver's, and each
        folder above up to the top of its repository.
    """
    if run_from is not None:
        yield run_from, "the folder that Caffe is started in"
        return
    yield "", "the current folder"
    if os.path.abspath(folder or ".") != os.path.abspath("."):
        yield folder, "the solver's folder"
    above = os.path.abspath(folder or ".")
    while True:
        parent = os.path.dirname(above)
        if parent == above or os.path.exists(os.path.join(above, ".git")):
            return
        above = parent
        yield above, f"the folder {os.path.relpath(above)}"


def base_of(subject: Any) -> Optional[str]:
    """Return the folder that a solver is run in, seen from its nets.

    Parameters
    ----------
    subject : SolverSubject
        The solver.

    Returns
    -------
    str or None
        The folder from which the first net that was found is named, empty for the current one; None where no
        net was found, or only by a name that is the same from everywhere.
    """
    for net in subject.nets:
        if net.found is not None and not os.path.isabs(net.name):
            return str(net.found[: len(net.found) - len(net.name)])
    return None
