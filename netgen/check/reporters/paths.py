"""Paths as reports for other programs have them."""

from __future__ import annotations

import hashlib
import os
from urllib.parse import quote

from netgen.check.finding import Finding

__all__ = ["fingerprint", "posix", "uri"]


def posix(path: str) -> str:
    """Return a path from the current folder, with slashes; as it is where it lies outside."""
    relative = os.path.relpath(path)
    return (path if relative.startswith("..") else relative).replace(os.sep, "/")


def uri(path: str) -> str:
    """Return a path as a relative URI."""
    return quote(posix(path))


def fingerprint(finding: Finding, count: int) -> str:
    """Return what tells a finding from others, and stays where lines move.

    Parameters
    ----------
    finding : Finding
        The finding.
    count : int
        How many like it there were before.
    """
    parts = (posix(finding.path), finding.code, finding.layer or "", finding.message, str(count))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
