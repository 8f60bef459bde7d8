"""``netgen check``: what Caffe would refuse, and what you would regret."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Optional

import click

__all__ = ["check"]

FORMATS = ("text", "json", "github", "sarif", "junit", "gitlab")


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--schema", metavar="NAME", help="Whose Caffe: bvlc, kendryte, a fork, or the path of a caffe.proto."
)
@click.option(
    "--phase",
    "phases",
    multiple=True,
    metavar="PHASE",
    help="TRAIN or TEST, more than once for both; all that a file speaks of by default.",
)
@click.option("--stage", "stages", multiple=True, metavar="STAGE", help="A stage that is on.")
@click.option("--level", type=int, default=0, metavar="N", help="The level.")
@click.option(
    "--as", "kind", type=click.Choice(["net", "solver"]), help="What the files are; by content otherwise."
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    help="Run these rules alone: codes, W2 for all of a kind, names.",
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these rules out.")
@click.option("--weights", multiple=True, metavar="FILE", help="A caffemodel that the nets are to load.")
@click.option(
    "--python-path", "python_paths", multiple=True, metavar="DIR", help="Where modules of Python layers are."
)
@click.option(
    "--format", "layout", type=click.Choice(FORMATS), default="text", show_default=True, help="How to say it."
)
@click.option("-o", "--output", metavar="FILE", help="Write it to a file, whole or not at all.")
@click.option("--fix", is_flag=True, help="Mend what can be mended for certain.")
@click.option("--diff", is_flag=True, help="Show what --fix would do, and do nothing.")
@click.option("--baseline", metavar="FILE", help="Say nothing of what this file lists.")
@click.option("--write-baseline", metavar="FILE", help="List all that is found now in a file.")
@click.option("--statistics", is_flag=True, help="Count by rule instead.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Processes; as many as are worth it by default.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="warning",
    show_default=True,
    help="What makes exit code 1.",
)
@click.option(
    "--caffe", is_flag=True, help="Load each net in real Caffe too, and say where it and netgen disagree."
)
def check(
    paths: tuple[str, ...],
    schema: Optional[str],
    phases: tuple[str, ...],
    stages: tuple[str, ...],
    level: int,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    kind: Optional[str],
    weights: tuple[str, ...],
    python_paths: tuple[str, ...],
    jobs: int,
    **told: Any,
) -> int:
    """Say what Caffe would refuse in nets and solvers, and what you would regret, without Caffe.

    PATH is a file, a folder (its *.prototxt and *.pt files), a pattern, or - for standard input. Whether a
    file holds a net or a solver is seen from its content. Nothing that a file names is imported or run.

    Settings come from [tool.netgen] in the nearest pyproject.toml above each file; `netgen explain` lists the
    rules. `# netgen: ignore[CODE]` leaves a rule out in a line or a layer.

    Exit codes: 0 nothing found; 1 something found; 2 could not run.
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
        kind,
    )
    ran = run(find_targets(paths), asked, jobs=jobs, progress=_progress())
    return _finish(ran, asked, **told)


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
    ran: Any,
    asked: Any,
    *,
    layout: str,
    output: Optional[str],
    fix: bool,
    diff: bool,
    baseline: Optional[str],
    write_baseline: Optional[str],
    statistics: bool,
    fail_on: str,
    caffe: bool,
) -> int:
    """Say what was found, and return the exit code."""
    results = ran.results
    _say(_rendered(layout, results, output), output)
    for failed in ran.failures:
        click.echo(f"{click.style('error: ', fg='red', bold=True)}{failed.path}: {failed.failure}", err=True)
    if ran.failures:
        return 2
    counting = [finding for result in results for finding in result.findings]
    return 1 if any(finding.is_error or fail_on == "warning" for finding in counting) else 0


def _rendered(layout: str, results: Any, output: Optional[str]) -> str:
    if layout == "text":
        from netgen.check.reporters.text import render

        if output is None and sys.stdout.isatty():
            return render(results, _colour)
        return render(results)
    from importlib import import_module

    reporter = import_module(f"netgen.check.reporters.{layout}")
    return str(reporter.render(results))


def _colour(text: str, colour: str) -> str:
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)


def _say(text: str, output: Optional[str]) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    beside = f"{output}.part-{os.getpid()}"
    try:
        with open(beside, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(beside, output)
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
