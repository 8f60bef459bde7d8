"""The work of ``netgen check``, with no click: starting is half of the time that a small file takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from netgen.check.discovery import Target
    from netgen.check.run import Asked, FileResult, Ran

__all__ = ["check_paths"]

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "bold": 1}


def check_paths(
    paths: tuple[str, ...],
    *,
    schema: Optional[str],
    phases: tuple[str, ...],
    stages: tuple[str, ...],
    level: int,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    kind: Optional[str],
    weights: tuple[str, ...],
    python_paths: tuple[str, ...],
    run_from: Optional[str],
    jobs: int,
    layout: str,
    output: Optional[str],
    caffe: bool,
    caffe_python: Optional[str],
    **told: Any,
) -> int:
    """Check files as the command line asks; return the exit code.

    The parameters are the options of ``netgen.cli.check_options``.

    Raises
    ------
    NetgenError
        Where it could not run.
    """
    from netgen.check.discovery import find_targets
    from netgen.check.run import Asked, run
    from netgen.check.settings import rules_named
    from netgen.graph.phases import PHASES, State

    asked = Asked(
        rules_named(_split(select), "--select"),
        rules_named(_split(ignore), "--ignore"),
        tuple(State(phase, stages, level) for phase in phases or (PHASES if stages or level else ())),
        schema,
        python_paths,
        tuple(_existing(path) for path in weights),
        run_from,
        kind,
    )
    targets = find_targets(paths)
    if told["fix"] or told["diff"]:
        _mend(targets, asked, write=not told["diff"])
        if told["diff"]:
            return 0
    ran = run(targets, asked, jobs=jobs, progress=_progress())
    code = _finish(ran, layout, output, **told)
    if caffe:
        code = max(code, _ask_caffe(targets, asked, caffe_python))
    return code


def _split(rules: tuple[str, ...]) -> list[str]:
    return [rule.strip() for given in rules for rule in given.split(",") if rule.strip()]


def _existing(path: str) -> str:
    if not os.path.isfile(path):
        from netgen.errors import OptionError

        raise OptionError(f"there is no file {path}")
    return path


def _progress() -> Optional[Callable[[int, int], None]]:
    """Return what shows how far a long run is, on a terminal."""
    if not sys.stderr.isatty():
        return None
    import time

    begun = time.monotonic()

    def show(done: int, every: int) -> None:
        if done == every:
            sys.stderr.write("\r\033[K")
        elif time.monotonic() - begun > 1:
            bar = "#" * (30 * done // every)
            sys.stderr.write(f"\r[{bar:<30}] {done:,} of {every:,} files")
        sys.stderr.flush()

    return show


def _finish(
    ran: Ran,
    layout: str,
    output: Optional[str],
    *,
    fail_on: str,
    baseline: Optional[str],
    write_baseline: Optional[str],
    statistics: bool,
    **_: Any,
) -> int:
    """Say what was found, and return the exit code."""
    results: Sequence[FileResult] = ran.results
    if write_baseline is not None:
        from netgen.check.baseline import baseline_of

        _say(baseline_of(ran.findings, write_baseline), write_baseline)
        _note(f"{len(ran.findings):,} findings are listed in {write_baseline}")
        results = ()
    elif baseline is not None:
        from netgen.check.baseline import read_baseline, without

        results = without(results, read_baseline(baseline), baseline)
    if write_baseline is None:
        _say(_rendered("statistics" if statistics else layout, results, output), output)
    for failed in ran.failures:
        _note(f"error: {failed.path}: {failed.failure}")
    if ran.failures:
        return 2
    counting = [finding for result in results for finding in result.findings]
    return 1 if any(finding.is_error or fail_on == "warning" for finding in counting) else 0


def _mend(targets: Sequence[Target], asked: Asked, *, write: bool) -> None:
    """Mend files, or show what would be done to them."""
    from netgen.check.discovery import STDIN
    from netgen.check.fixing import diff, mend
    from netgen.check.settings import settings_for

    if any(target.path == STDIN for target in targets):
        from netgen.errors import OptionError

        raise OptionError("what comes on standard input is no file to mend", mend="give the file's path")
    count = 0
    for target in targets:
        with open(target.path, "rb") as file:
            data = file.read()
        mended = mend(target.path, data, asked.over(settings_for(target.path)), kind=asked.kind)
        if mended is None:
            continue
        count += len(mended.fixed)
        if write:
            _write(target.path, mended.text)
        else:
            # A patch is the bytes of the file, whatever the terminal shows.
            sys.stdout.buffer.write(diff(target.path, data.decode("utf-8"), mended.text).encode("utf-8"))
    _note(f"{count:,} finding{'' if count == 1 else 's'} {'mended' if write else 'to mend'}")


def _ask_caffe(targets: Sequence[Target], asked: Asked, python: Optional[str]) -> int:
    """Say where real Caffe disagrees; return 1 where it does."""
    from netgen.cli.caffe_opinion import opinions

    disagreements = 0
    count = 0
    for opinion in opinions(targets, asked, python):
        count += 1
        if opinion.agrees is None:
            _note(f"{opinion.path}: {opinion.state}: {opinion.message}")
        elif not opinion.agrees:
            disagreements += 1
            _note(
                f"{opinion.path}: {opinion.state}: {opinion.message}\n"
                "  mend: that is a mistake in netgen; please report it, with this file",
            )
    _note(f"real Caffe was asked {count:,} times and disagrees {disagreements:,} times")
    return 1 if disagreements else 0


def _rendered(layout: str, results: Any, output: Optional[str]) -> str:
    if layout == "text":
        from netgen.check.reporters.text import render

        if output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            return render(results, _colour)
        return render(results)
    from importlib import import_module

    reporter = import_module(f"netgen.check.reporters.{layout}")
    return str(reporter.render(results))


def _colour(text: str, colour: str) -> str:
    return f"\033[{_COLOURS[colour]}m{text}\033[0m"


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _say(text: str, output: Optional[str]) -> None:
    # What was no UTF-8 in a file came as lone surrogates, which no encoding takes.
    text = text.encode("utf-8", "replace").decode("utf-8")
    if output is not None:
        _write(output, text)
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _write(path: str, text: str) -> None:
    from netgen.cli.whole import write_whole

    write_whole(path, text.encode("utf-8", "surrogateescape"))
