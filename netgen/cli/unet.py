"""``netgen unet``: the bundle of a U-Net, every option of it a flag."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

import click

from netgen.cli.emitting import check_flags, finish, output_options
from netgen.dsl.options import Option, show
from netgen.errors import OptionError
from netgen.networks import unet as network

__all__ = ["unet"]


def _flag(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    name = option.name.replace("_", "-")
    text = option.help if option.default is None else f"{option.help}  [default: {show(option.default)}]"
    if option.annotation is bool:
        return click.option(f"--{name}/--no-{name}", option.name, default=None, help=text)
    if option.choices:
        choices = [show(choice) for choice in option.choices]
        return click.option(f"--{name}", option.name, type=click.Choice(choices), help=text)
    return click.option(
        f"--{name}", option.name, metavar=option.type_text.upper().replace(" OR NONE", ""), help=text
    )


def _flags(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(list(network.options.values())):
        command = _flag(option)(command)
    return command


@click.command()
@_flags
@output_options
def unet(
    output: Optional[Path],
    assignments: tuple[str, ...],
    solver: tuple[str, ...],
    templates: Optional[Path],
    check: bool,
    stdout: bool,
    file: str,
    force: bool,
    layout: str,
    **flags: Any,
) -> int:
    """Emit the bundle of a U-Net with the custom sigmoid cross-entropy loss.

    The defaults are the published network for one class: 572 x 572 in, 388 x 388 out, 31,030,593 parameters.
    Any option can also be written as --set NAME=VALUE.

    Exit codes: 0 written or the same; 1 --check found a difference; 2 could not run.
    """
    from netgen.dsl.options import parse_assignments
    from netgen.emit.api import bundle_of
    from netgen.emit.solver import parse_fields
    from netgen.emit.source import source_of

    check_flags(output, check, stdout, layout)
    given: dict[str, str] = parse_assignments(assignments)
    for name, value in flags.items():
        if value is None:
            continue
        if name in given:
            raise OptionError(
                f"option {name} is given twice, as --{name.replace('_', '-')} {show(value)} and as "
                f"--set {name}={given[name]}",
                mend="leave one of them out",
            )
        given[name] = show(value)
    bundle, notes = bundle_of(
        source_of(network, title="netgen.networks.unet"),
        given,
        from_text=True,
        folder=output,
        solver=parse_fields(solver),
        templates=templates,
        command="netgen unet",
    )
    return finish(
        bundle, notes, output=output, check=check, stdout=stdout, file=file, force=force, layout=layout
    )
