"""``netgen upgrade``: nets and solvers of any age in the form that Caffe has today."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple, Optional

import click

from netgen.errors import NetgenError, OptionError, PrototxtError, Site

__all__ = ["upgrade"]

_STDIN = "-"


class _Done(NamedTuple):
    """A file that was read and upgraded."""

    path: str
    before: bytes
    after: bytes
    what: str
    """What was old in it, in words."""

    @property
    def changed(self) -> bool:
        return self.before != self.after


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="Write to this file instead of standard output.")
@click.option("-i", "--in-place", is_flag=True, help="Write each file where it was read.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file is not in today's form.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, as a patch.")
@click.option(
    "--as", "kind", type=click.Choice(["net", "solver"]), help="What the files are; by content otherwise."
)
@click.option("--schema", metavar="NAME", help="Whose Caffe: bvlc, kendryte, a fork, or a caffe.proto.")
def upgrade(
    paths: tuple[str, ...],
    output: Optional[str],
    in_place: bool,
    check: bool,
    diff: bool,
    kind: Optional[str],
    schema: Optional[str],
) -> int:
    """Bring nets and solvers into the form that Caffe has today, as Caffe does when it reads them.

    layers { type: CONVOLUTION } and the layers of Caffe's first days become layer { type: "Convolution" },
    input and input_dim an Input layer, old fields of data layers transform_param, solver_type type. Layout
    and comments stay with the fields. What Caffe leaves out on the way is said on standard error.

    The upgraded text goes to standard output; FILE may be - for standard input. A file is written whole or
    not at all; none is written where one of them cannot be upgraded.

    Exit codes: 0 done; 1 --check found a file in an old form; 2 could not run.
    """
    writing = sum((output is not None, in_place, check or diff))
    if writing > 1:
        raise OptionError("of --output, --in-place, and --check with --diff one can be given")
    if len(paths) > 1 and (not writing or output is not None):
        raise OptionError(
            f"there are {len(paths)} files, and one output", mend="give --in-place to write each where it is"
        )
    if in_place and _STDIN in paths:
        raise OptionError("standard input cannot be written in place", mend="leave --in-place out")
    every = [_upgraded(path, kind, schema) for path in paths]
    if check or diff:
        return _tell(every, check=check, diff=diff)
    for done in every:
        if in_place or output is not None:
            _write(done, output)
        else:
            sys.stdout.buffer.write(done.after)
    return 0


def _tell(every: list[_Done], *, check: bool, diff: bool) -> int:
    old = [done for done in every if done.changed]
    for done in old:
        if diff:
            from netgen.check.fixing import diff as patch

            before, after = (text.decode("utf-8", "surrogateescape") for text in (done.before, done.after))
            shown = patch(done.path, before, after)
            sys.stdout.buffer.write(shown.encode("utf-8", "surrogateescape"))
        if check:
            click.echo(f"{done.path} is not in today's form: {done.what}", err=True)
    return 1 if check and old else 0


def _write(done: _Done, output: Optional[str]) -> None:
    from netgen.cli.whole import write_whole

    if output is not None:
        write_whole(output, done.after)
    elif done.changed:
        write_whole(done.path, done.after)
        click.echo(f"upgraded {done.path}: {done.what}", err=True)


def _upgraded(path: str, kind: Optional[str], schema: Optional[str]) -> _Done:
    """Read a file and upgrade it; say what Caffe leaves out.

    Raises
    ------
    NetgenError
        Where it is no net or solver that Caffe could read, or Caffe would die of upgrading it.
    """
    from netgen.check.content import NET, net_or_solver
    from netgen.graph.upgrade.rewrite import rewritten

    name = "<stdin>" if path == _STDIN else path
    data = sys.stdin.buffer.read() if path == _STDIN else _bytes(path)
    is_net = (kind or net_or_solver(data) or NET) == NET
    reading, done = (_net if is_net else _solver)(name, data, schema)
    for warning in done.warnings:
        if warning.kind != "deprecated":
            site = _site(reading, done, warning)
            mend = f"\n  mend: {warning.mend}" if warning.mend else ""
            click.echo(f"{site}: warning: {warning.text}{mend}", err=True)
    if done.problems:
        problem = done.problems[0]
        raise NetgenError(
            problem.message,
            site=_site(reading, done, problem),
            layer=problem.layer_name or None,
            mend=problem.mend,
        )
    text = rewritten(reading, done)
    return _Done(name, data, text.encode("utf-8", "surrogateescape"), _what(done))


def _bytes(path: str) -> bytes:
    return Path(path).read_bytes()


def _site(reading: Any, done: Any, said: Any) -> Site:
    span = reading.document.span(done.origin(said.path))
    return Site(reading.path, span.line, span.column)


def _net(path: str, data: bytes, schema: Optional[str]) -> tuple[Any, Any]:
    from netgen.check.opening import open_net
    from netgen.check.settings import Settings

    subject = open_net(path, data, Settings(schema=schema))
    _refuse_faults(subject)
    return subject.reading, subject.upgraded


def _solver(path: str, data: bytes, schema: Optional[str]) -> tuple[Any, Any]:
    from netgen.check.opening import open_solver
    from netgen.check.settings import Settings
    from netgen.graph.upgrade import upgrade_solver

    subject = open_solver(path, data, Settings(schema=schema))
    _refuse_faults(subject)
    return subject.reading, upgrade_solver(subject.message)


def _refuse_faults(subject: Any) -> None:
    if subject.reading.errors:
        first = subject.reading.errors[0]
        raise PrototxtError(first.message, site=Site(subject.path, first.line, first.column), mend=first.mend)


def _what(done: Any) -> str:
    """Return in words what of a file is old."""
    if "layer" not in done.message.DESCRIPTOR.fields_by_name:
        return "solver_type"
    old = []
    if done.version < 2:
        old.append("layers { layer { ... } }" if done.version == 0 else "layers")
    if done.original.input:
        old.append("input")
    if not old or any(warning.kind == "deprecated" for warning in done.warnings):
        old.append("BatchNorm's param")
    return ", ".join(old)
