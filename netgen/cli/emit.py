"""``netgen emit``: the bundle of a network in a Python file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import click

from netgen.cli.emitting import check_flags, finish, option_lines, output_options

__all__ = ["emit"]


class _EmitCommand(click.Command):
    """Shows a network's own options in its help, where a file is named before ``--help``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        helps = ctx.help_option_names
        target = self._target(ctx, [arg for arg in args if arg not in helps])
        if target and any(arg in helps for arg in args):
            from netgen.emit.source import load_source

            source = load_source(target)
            formatter = ctx.make_formatter()
            self.format_help(ctx, formatter)
            formatter.write_paragraph()
            with formatter.section(f"Options of {source.title}, set with --set NAME=VALUE"):
                formatter.write_dl(option_lines(source.options) or [("none", "")])
            click.echo(formatter.getvalue().rstrip("\n"))
            ctx.exit(0)
        return super().parse_args(ctx, args)

    def _target(self, ctx: click.Context, args: list[str]) -> Optional[str]:
        """Return the file that a command line names, wherever in it."""
        try:
            given, _, _ = self.make_parser(ctx).parse_args(list(args))
        except click.UsageError:
            return None
        target: Optional[str] = given.get("target")
        return target if isinstance(target, str) else None


@click.command(cls=_EmitCommand)
@click.argument("target", metavar="FILE.py[:NETWORK]")
@click.option(
    "--deploy-net", metavar="FILE.py:NAME", help="Where the deploy net comes from, if the network has none."
)
@output_options
def emit(
    target: str,
    deploy_net: Optional[str],
    output: Optional[Path],
    assignments: tuple[str, ...],
    solver: tuple[str, ...],
    templates: Optional[Path],
    **told: Any,
) -> int:
    """Emit the bundle of a network in a Python file.

    FILE.py holds a function marked with @netgen.network, a caffe.NetSpec, or a function that returns one;
    NETWORK names it where there are several. The file is run. With --help after FILE.py the network's own
    options are listed.

    The bundle is train.prototxt, deploy.prototxt, solver.prototxt, the Python layers that they name and a
    README.md. Every file is parsed back before any is written; all are written, or none.

    Exit codes: 0 written or the same; 1 --check found a difference; 2 could not run.
    """
    from netgen.dsl.options import parse_assignments
    from netgen.emit.api import bundle_of
    from netgen.emit.solver import parse_fields
    from netgen.emit.source import load_source

    check_flags(output, told["check"], told["stdout"], told["layout"])
    source = load_source(target)
    deploy = load_source(deploy_net) if deploy_net else None
    bundle, notes = bundle_of(
        source,
        parse_assignments(assignments),
        from_text=True,
        folder=output,
        solver=parse_fields(solver),
        deploy=deploy,
        templates=templates,
    )
    return finish(bundle, notes, output=output, **told)
