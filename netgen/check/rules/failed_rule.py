"""A rule that failed itself.

A mistake in netgen, not in the file: a rule raised an exception. The other rules were run, and what they
found is said; what this rule would have found is not known.

Fails
-----
No file should.

Passes
------
Any file.

Source
------
netgen's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report

CODE = "C102"
NAME = "failed-rule"
SEVERITY = "error"
SCOPE = "failure"
AFTER_FAULTS = "always"


def check(subject: tuple[Any, Exception]) -> Iterator[Report]:
    rule, error = subject
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
    what = "the check" if rule is None else f"rule {rule.code} {rule.name}"
    yield Report(
        f"{what} failed with {type(error).__name__}{where}: {error}",
        mend="report it, with this file",
    )
