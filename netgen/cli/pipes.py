"""What to do when the reader of standard output has gone away, as in ``netgen … | head``."""

from __future__ import annotations

import os
import sys

__all__ = ["let_go_of_stdout"]


def let_go_of_stdout() -> None:
    """Send what is still to be written nowhere, so that the end of the process does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
