"""Where ``netgen`` starts: plain ``netgen check`` at once, everything else by click.

Importing click takes longer than checking a small net, and hooks run ``netgen check`` often.
"""

from __future__ import annotations

import gc
import sys
from typing import Optional

__all__ = ["main"]


def main(arguments: Optional[list[str]] = None) -> None:
    """Run a command and end the process with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["check"]:
        # Nearly all that is made lives on till the end: looking through it often finds nothing.
        gc.set_threshold(100_000, 50, 100)
        from netgen.cli.check_options import plainly_given

        given = plainly_given(words[1:])
        if given is not None:
            sys.exit(_checked(given))
    from netgen.cli.main import run

    sys.exit(run(arguments))


def _checked(given: dict[str, object]) -> int:
    from netgen.cli.check_job import check_paths

    try:
        code: int = check_paths(**given)  # type: ignore[arg-type]
        sys.stdout.flush()
    except BaseException as error:
        from netgen.cli.main import ended_by

        return ended_by(error)
    return code
