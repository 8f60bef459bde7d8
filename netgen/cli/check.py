"""``netgen check``: what Caffe would refuse, and what you would regret."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

import click

from netgen.cli.check_job import check_paths
from netgen.cli.check_options import OPTIONS, Choice

__all__ = ["check"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _option(option: Choice) -> Callable[[_Command], _Command]:
    """Return click's form of an option."""
    if option.metavar is None:
        return click.option(*option.flags, option.name, is_flag=True, help=option.help)
    kind: Any = click.Choice(option.choices) if option.choices else None
    if isinstance(option.default, int):
        kind = click.IntRange(0)
    return click.option(
        *option.flags,
        option.name,
        type=kind,
        default=option.default or None if option.default != 0 else 0,
        multiple=option.default == (),
        metavar=None if option.choices else option.metavar,
        show_default=bool(option.choices and option.default),
        help=option.help,
    )


def _options(command: _Command) -> _Command:
    for option in reversed(OPTIONS):
        command = _option(option)(command)
    return command


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@_options
def check(paths: tuple[str, ...], **told: Any) -> int:
    """Say what Caffe would refuse in nets and solvers, and what you would regret, without Caffe.

    PATH is a file, a folder (its *.prototxt and *.pt files), a pattern, or - for standard input. Whether a
    file holds a net or a solver is seen from its content. Nothing that a file names is imported or run.

    Settings come from [tool.netgen] in the nearest pyproject.toml above each file; `netgen explain` lists the
    rules. `# netgen: ignore[CODE]` leaves a rule out in a line or a layer.

    Exit codes: 0 nothing found; 1 something found; 2 could not run.
    """
    return check_paths(paths, **told)
