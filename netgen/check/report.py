"""What a rule gives: what is wrong, at a path in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

if TYPE_CHECKING:
    from netgen.check.edits import Fix

__all__ = ["Path", "Report"]

Path = tuple[Union[str, int], ...]
"""Field names from the top message down, each followed by an index where the field is repeated."""


class Report(NamedTuple):
    """What a rule says; the framework finds the line and the column."""

    message: str
    """What came and what was expected, in Caffe's terms: lower case at the start, no full stop at the end."""

    path: Path = ()
    """Where, in the upgraded NetParameter or the SolverParameter: ``("layer", 3, "type")``."""

    mend: Optional[str] = None
    """What to do about it."""

    layer: Optional[str] = None
    """The layer's name; found from the path where it is not said."""

    phase: Optional[str] = None
    """The phase, where it is not that of the subject."""

    fix: Optional[Fix] = None
    """The edits, where the mend is certain."""

    blob: Optional[str] = None
    """The blob that it is about."""

    file: Optional[str] = None
    """The path of the file that it is about, for rules that see several."""

    fault: Any = None
    """The ``netgen.prototxt.SyntaxFault`` that it is about: it knows its place by itself."""
