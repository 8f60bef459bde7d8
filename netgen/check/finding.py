"""What the checker says: one thing that is wrong, or will be regretted, at one place."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from netgen.errors import Site

__all__ = ["Finding"]


class Finding(NamedTuple):
    """One thing that the checker says.

    An *error* is what Caffe refuses, or dies of; a *warning* is what Caffe takes and the user will regret.
    """

    code: str
    """The rule's code, such as ``N101``; it never changes."""

    name: str
    """The rule's name, such as ``unknown-bottom``."""

    severity: str
    """``"error"`` or ``"warning"``."""

    path: str
    """The file, as the user named it; ``<message>`` where there is none."""

    line: Optional[int]
    """The line, from 1; None where there is no text."""

    column: Optional[int]
    """The column in characters, from 1."""

    end_line: Optional[int]
    """The line in which the place ends."""

    end_column: Optional[int]
    """The column just behind its end."""

    layer: Optional[str]
    """The layer's name."""

    phase: Optional[str]
    """The states in which it is so (``TRAIN``, ``TEST:val``), None where in all that were checked."""

    message: str
    """What came and what was expected, in Caffe's terms."""

    mend: Optional[str]
    """What to do about it."""

    @property
    def is_error(self) -> bool:
        """Whether Caffe would refuse the file."""
        return self.severity == "error"

    @property
    def site(self) -> Optional[Site]:
        """The place, None where there is no text."""
        return None if self.line is None else Site(self.path, self.line, self.column)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data, as ``--format json`` gives it."""
        return self._asdict()

    def __str__(self) -> str:
        place = self.path if self.line is None else str(self.site)
        where = f" (layer {self.layer!r})" if self.layer else ""
        text = f"{place}: {self.severity} {self.code} {self.name}{where}: {self.message}"
        return f"{text}\n  mend: {self.mend}" if self.mend else text
