"""``netgen check``: what Caffe would refuse, and what you would regret."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Optional

import click

if TYPE_CHECKING:
    from netgen.check.discovery import Target
    from netgen.check.run import Asked, FileResult, Ran

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
    "--run-from",
    metavar="DIR",
    help="The folder that Caffe is started in: files that nets name and that are not there are errors then.",
)
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
@click.option("--caffe-python", metavar="PYTHON", help="The interpreter that has Caffe; found by itself.")
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
    run_from: Optional[str],
    jobs: int,
    layout: str,
    output: Optional[str],
    caffe: bool,
    caffe_python: Optional[str],
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
        click.echo(f"{len(ran.findings):,} findings are listed in {write_baseline}", err=True)
        results = ()
    elif baseline is not None:
        from netgen.check.baseline import read_baseline, without

        results = without(results, read_baseline(baseline), baseline)
    if write_baseline is None:
        _say(_rendered("statistics" if statistics else layout, results, output), output)
    for failed in ran.failures:
        click.echo(f"{click.style('error: ', fg='red', bold=True)}{failed.path}: {failed.failure}", err=True)
    if ran.failures:
        return 2
    counting = [finding for result in results for finding in result.findings]
    return 1 if any(finding.is_error or fail_on == "warning" for finding in counting) else 0


def _mend(targets: Sequence[Target], asked: Asked, *, write: bool) -> None:
    """Mend files, or show what would be done to them."""
    from netgen.check.discovery import STDIN
    from netgen.check.fixing import diff, mend
    from netgen.check.settings import settings_for

    count = 0
    for target in targets:
        if target.path == STDIN:
            continue
        with open(target.path, "rb") as file:
            data = file.read()
        mended = mend(target.path, data, asked.over(settings_for(target.path)), kind=asked.kind)
        if mended is None:
            continue
        count += len(mended.fixed)
        if write:
            _write(target.path, mended.text)
        else:
            click.echo(diff(target.path, data.decode("utf-8"), mended.text), nl=False)
    click.echo(f"{count:,} finding{'' if count == 1 else 's'} {'mended' if write else 'to mend'}", err=True)


def _ask_caffe(targets: Sequence[Target], asked: Asked, python: Optional[str]) -> int:
    """Say where real Caffe disagrees; return 1 where it does."""
    from netgen.cli.caffe_opinion import opinions

    disagreements = 0
    count = 0
    for opinion in opinions(targets, asked, python):
        count += 1
        if opinion.agrees is None:
            click.echo(f"{opinion.path}: {opinion.state}: {opinion.message}", err=True)
        elif not opinion.agrees:
            disagreements += 1
            click.echo(
                f"{opinion.path}: {opinion.state}: {opinion.message}\n"
                "  mend: that is a mistake in netgen; please report it, with this file",
                err=True,
            )
    click.echo(f"real Caffe was asked {count:,} times and disagrees {disagreements:,} times", err=True)
    return 1 if disagreements else 0


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
    else:
        _write(output, text)


def _write(path: str, text: str) -> None:
    """Write a file whole or not at all, its line ends as they are in the text."""
    beside = f"{path}.part-{os.getpid()}"
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if os.path.exists(path):
            shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
