"""A run of the checker over many files, in one process or in several."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple, Optional

from netgen.check.api import findings_of
from netgen.check.checking import Checked, check_data, check_group
from netgen.check.discovery import STDIN, Target, families
from netgen.check.finding import Finding
from netgen.check.loading import find_rule
from netgen.check.settings import Settings, settings_for
from netgen.errors import NetgenError
from netgen.graph.phases import State

__all__ = ["Asked", "Culprit", "FileResult", "Ran", "run"]

_BVLC = "bvlc"
_PASSED_OVER = frozenset({"label-map", "json"})
_BATCHES = 8  # a process; so that none waits long for the last
_WORTH_A_PROCESS = 40  # files


class Asked(NamedTuple):
    """What the command line asks for, on top of what ``pyproject.toml`` does."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    schema: Optional[str] = None
    python_paths: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    run_from: Optional[str] = None
    kind: Optional[str] = None

    def over(self, settings: Settings) -> Settings:
        """Return settings with this put on top."""
        return settings._replace(
            select=self.select or settings.select,
            ignore=(*settings.ignore, *self.ignore),
            phases=self.states or settings.phases,
            schema=self.schema or settings.schema,
            python_paths=(*self.python_paths, *settings.python_paths),
            weights=self.weights,
            run_from=self.run_from if self.run_from is not None else settings.run_from,
        )


class Culprit(NamedTuple):
    """Where what a parser stumbled over stands: the parser says where it was when it noticed."""

    line: int
    """From 1."""
    start: int
    """In its line, in characters from 0."""
    end: int


class FileResult(NamedTuple):
    """What was found in a file, and the lines that it was found in."""

    path: str
    findings: tuple[Finding, ...]
    lines: dict[int, str]
    """The source lines of the findings and culprits, by number."""
    culprits: dict[tuple[Optional[int], Optional[int], str], Culprit] = {}  # noqa: RUF012 - not changed
    """Culprits by line, column and code of their findings."""
    passed_over: bool = False
    """Whether it is plainly no net and no solver, and was not named."""
    failure: Optional[str] = None
    """Why it could not be read."""
    fork: Optional[str] = None
    """The schema of the fork that it was taken for by its fields and types, where none was asked for."""


class Ran(NamedTuple):
    """What a run gave."""

    results: list[FileResult]

    @property
    def findings(self) -> list[Finding]:
        """All findings, file after file."""
        return [finding for result in self.results for finding in result.findings]

    @property
    def failures(self) -> list[FileResult]:
        """The files that could not be read."""
        return [result for result in self.results if result.failure]


def run(
    targets: Sequence[Target],
    asked: Asked = Asked(),  # noqa: B008 - a tuple
    *,
    jobs: int = 0,
    progress: Optional[Callable[[int, int], None]] = None,
) -> Ran:
    """Check files.

    Parameters
    ----------
    targets : sequence of Target
        The files.
    asked : Asked
        What is asked for.
    jobs : int
        The number of processes; 0 for as many as there are processors, where the files are many.
    progress : callable, optional
        Called with the number of files that are done and that of all.

    Returns
    -------
    Ran
        The results in the order of the files, whatever the number of processes. A net that only a solver
        names comes after them.
    """
    groups = families(targets)
    count = jobs or (os.cpu_count() or 1)
    if not jobs:
        count = min(count, max(1, len(targets) // _WORTH_A_PROCESS))
    if any(target.path == STDIN for target in targets):
        count = 1  # other processes have a standard input of their own
    results: dict[str, FileResult] = {}
    done = 0
    for group, found in _in_one(groups, asked) if count == 1 else _in_several(groups, asked, count):
        done += group
        for result in found:
            known = results.get(result.path)
            results[result.path] = result if known is None else _joined(known, result)
        if progress is not None:
            progress(done, len(targets))
    order = {target.path: place for place, target in enumerate(targets)}
    return Ran(sorted(results.values(), key=lambda result: order.get(result.path, len(order))))


def _joined(one: FileResult, other: FileResult) -> FileResult:
    known = {(f.line, f.column, f.code, f.message) for f in one.findings}
    more = [f for f in other.findings if (f.line, f.column, f.code, f.message) not in known]
    return one._replace(findings=(*one.findings, *more), lines={**other.lines, **one.lines})


def _in_one(groups: list[list[Target]], asked: Asked) -> Iterator[tuple[int, list[FileResult]]]:
    for group in groups:
        yield len(group), _checked(group, asked)


def _in_several(
    groups: list[list[Target]], asked: Asked, count: int
) -> Iterator[tuple[int, list[FileResult]]]:
    import multiprocessing

    # A fork has everything imported; where there is none, each process imports for itself.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context(
        "fork" if "fork" in methods and sys.platform != "darwin" else "spawn"
    )
    size = max(1, len(groups) // (count * _BATCHES))
    batches = [(groups[start : start + size], asked) for start in range(0, len(groups), size)]
    with context.Pool(min(count, len(batches))) as pool:
        for batch, found in zip(batches, pool.imap(_batch, batches)):
            yield sum(len(group) for group in batch[0]), found


def _batch(work: tuple[list[list[Target]], Asked]) -> list[FileResult]:
    groups, asked = work
    return [result for group in groups for result in _checked(group, asked)]


def _checked(group: Sequence[Target], asked: Asked) -> list[FileResult]:
    """Check the files of one group, and what they say together."""
    checked: list[Checked] = []
    results: list[FileResult] = []
    for target in group:
        try:
            data = sys.stdin.buffer.read() if target.path == STDIN else _read(target.path)
        except OSError as error:
            results.append(FileResult(target.path, (), {}, failure=error.strerror or str(error)))
            continue
        settings = asked.over(settings_for(target.path if target.path != STDIN else "x"))
        try:
            found = check_data(target.path, data, settings, kind=asked.kind)
        except NetgenError:
            raise
        except Exception as error:
            results.append(FileResult(target.path, (_failed(target.path, error),), {}))
            continue
        foreign = found[0].subject.foreign
        if not target.named and foreign in _PASSED_OVER:
            results.append(FileResult(target.path, (), {}, passed_over=True))
            continue
        checked += found
    check_group(checked)
    return [*results, *_results(checked)]


def _failed(path: str, error: Exception) -> Finding:
    """Return what is said where netgen itself fails on a file: the run goes on."""
    rule = find_rule("C102")
    report = next(iter(rule.check((None, error))))
    place = (None, None, None, None)
    return Finding(rule.code, rule.name, rule.severity, path, *place, None, None, report.message, report.mend)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _results(checked: Sequence[Checked]) -> list[FileResult]:
    by_path: dict[str, list[Checked]] = {}
    for one in checked:
        by_path.setdefault(one.subject.path, []).append(one)
    results = []
    for path, several in by_path.items():
        findings = tuple(findings_of(several))
        lines: dict[int, str] = {}
        culprits: dict[tuple[Optional[int], Optional[int], str], Culprit] = {}
        if findings:
            whole = several[0].subject.reading.text
            text = whole.split("\n")
            lines = {
                f.line: text[f.line - 1].rstrip("\r") for f in findings if f.line and f.line <= len(text)
            }
            for placed in several[0].placed:
                fault, finding = placed.report.fault, placed.finding
                if fault is None:
                    continue
                line = whole.count("\n", 0, fault.start) + 1
                start = fault.start - (whole.rfind("\n", 0, fault.start) + 1)
                end = start + len(whole[fault.start : fault.end].split("\n")[0])
                lines[line] = text[line - 1].rstrip("\r")
                culprits[finding.line, finding.column, finding.code] = Culprit(
                    line, start, max(end, start + 1)
                )
        results.append(FileResult(path, findings, lines, culprits, fork=_fork(several[0].subject)))
    return results


def _fork(subject: Any) -> Optional[str]:
    """Return the schema of a file that was read as a fork's without being told so."""
    if subject.options.schema is not None or subject.schema is None or subject.schema.name == _BVLC:
        return None
    return str(subject.schema.name)
