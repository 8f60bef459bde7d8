"""What ``netgen emit`` and ``netgen unet`` share: their options, and what becomes of a bundle."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional

import click

from netgen.cli.pipes import let_go_of_stdout
from netgen.dsl.options import Option, show
from netgen.emit.bundle import Bundle
from netgen.emit.commit import write_bundle
from netgen.emit.drift import Drift, compare
from netgen.errors import OptionError, listed, nearest

__all__ = ["check_flags", "finish", "option_lines", "output_options"]

_TEXTS = ("train.prototxt", "deploy.prototxt", "solver.prototxt", "README.md")


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a bundle goes and how."""
    for decorate in reversed(
        [
            click.option(
                "-o",
                "--output",
                type=click.Path(path_type=Path),
                metavar="DIR",
                help="The bundle's folder.",
            ),
            click.option(
                "--set",
                "assignments",
                multiple=True,
                metavar="NAME=VALUE",
                help="Set an option of the network.",
            ),
            click.option(
                "--solver",
                "solver",
                multiple=True,
                metavar="FIELD=VALUE",
                help="Set a field of the solver: base_lr=0.01, max_iter=5000, … Any of SolverParameter's.",
            ),
            click.option(
                "--templates",
                type=click.Path(path_type=Path, exists=True, file_okay=False),
                metavar="DIR",
                help="Templates that take the place of netgen's own.",
            ),
            click.option(
                "--check", is_flag=True, help="Write nothing; exit 1 with a diff where files differ."
            ),
            click.option("--stdout", is_flag=True, help="Print a file, and write none."),
            click.option(
                "--file",
                "file",
                metavar="NAME",
                default="train.prototxt",
                show_default=True,
                help="The file that --stdout prints.",
            ),
            click.option("--force", is_flag=True, help="Replace files that netgen did not write."),
            click.option(
                "--format",
                "layout",
                type=click.Choice(["text", "json"]),
                default="text",
                show_default=True,
                help="How to tell what was done.",
            ),
        ]
    ):
        command = decorate(command)
    return command


def option_lines(options: Mapping[str, Option]) -> list[tuple[str, str]]:
    """Return the network's options as rows of a help text."""
    rows = []
    for option in options.values():
        default = "required" if option.required else f"default {show(option.default)}"
        rows.append((f"{option.name}={option.type_text}", f"{option.help} [{default}]".strip()))
    return rows


def check_flags(output: Optional[Path], check: bool, stdout: bool, layout: str) -> None:
    """Refuse flags that say nothing together, before the user's file is run and its nets are rendered."""
    if output is None and not stdout:
        raise OptionError("no folder was given for the bundle", mend="-o DIR, or --stdout to print a file")
    if stdout and (output is not None or check or layout == "json"):
        other = "-o" if output is not None else "--check" if check else "--format json"
        raise OptionError(f"--stdout and {other} exclude each other", mend="leave one of them out")


def finish(
    bundle: Bundle,
    notes: Sequence[str],
    *,
    output: Optional[Path],
    check: bool,
    stdout: bool,
    file: str,
    force: bool,
    layout: str,
) -> int:
    """Print, check or write a bundle, and return the exit code."""
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if stdout or output is None:
        if file not in bundle.files:
            guess = nearest(file, bundle.files)
            raise OptionError(
                f"the bundle has no file {file!r}; it has {listed(bundle.files)}",
                mend=f"did you mean {guess}?" if guess else None,
            )
        sys.stdout.buffer.write(bundle.files[file])
        return 0
    if check:
        drifts = compare(bundle, output)
        try:
            _tell_drifts(drifts, output, layout)
        except BrokenPipeError:
            let_go_of_stdout()  # what differs, differs, read or not
        return 1 if drifts else 0
    report = write_bundle(bundle, output, force=force)
    if layout == "json":
        told: dict[str, Any] = {
            "folder": str(output),
            "written": list(report.written),
            "unchanged": list(report.unchanged),
            "removed": list(report.removed),
            "kept": list(report.kept),
            "notes": list(notes),
        }
        click.echo(json.dumps(told, indent=2))
        return 0
    for name in bundle.files:
        state = "wrote" if name in report.written else "unchanged"
        click.echo(f"{state:>9}  {(output / name).as_posix()}")
    for name in report.removed:
        click.echo(f"{'removed':>9}  {(output / name).as_posix()}")
    for name in report.kept:
        click.echo(f"{'kept':>9}  {(output / name).as_posix()} (edited since netgen wrote it)")
    return 0


def _tell_drifts(drifts: Sequence[Drift], output: Path, layout: str) -> None:
    if layout == "json":
        told = [{"file": d.name, "kind": d.kind, "diff": d.diff} for d in drifts]
        click.echo(json.dumps({"folder": str(output), "differs": told}, indent=2))
        return
    for drift in drifts:
        click.echo(f"{(output / drift.name).as_posix()}: {drift.kind}")
        for line in drift.diff.splitlines():
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.echo(click.style(line, fg=colour) if colour else line)
    if drifts:
        click.echo(
            f"{len(drifts)} file{'s' if len(drifts) > 1 else ''} in {output} not as the source gives",
            err=True,
        )
    elif sys.stderr.isatty():
        click.echo(f"{output} is what its source gives", err=True)
