"""``netgen``: the group of commands, and how errors reach the terminal."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Optional

import click

from netgen.cli.pipes import let_go_of_stdout
from netgen.errors import NetgenError, listed, nearest
from netgen.version import __version__

__all__ = ["ended_by", "main", "netgen", "run"]

# Commands are imported when they are used: some of their libraries take long to load.
_COMMANDS: dict[str, tuple[str, str]] = {
    "emit": ("netgen.cli.emit", "Emit the bundle of a network in a Python file."),
    "unet": ("netgen.cli.unet", "Emit the bundle of a U-Net."),
    "check": ("netgen.cli.check", "Say what Caffe would refuse, and what you would regret."),
    "upgrade": ("netgen.cli.upgrade", "Bring old nets and solvers into the form that Caffe has today."),
    "explain": ("netgen.cli.explain", "Tell what a rule of the checker is about."),
    "prepare": ("netgen.cli.prepare", "Make data files from images and masks."),
    "train": ("netgen.cli.train", "Train a bundle in real Caffe."),
    "predict": ("netgen.cli.predict", "Predict masks with a bundle's deploy net."),
    "demo": ("netgen.cli.demo", "From a Python function to a trained U-Net, on a real image."),
}


class _ReaderGoneError(Exception):
    """Nobody reads standard output any more: nothing is wrong, and nothing more can be said."""


class _Commands(click.Group):
    """A group that imports a command when it is called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would end with 1, which means something else here.
            raise _ReaderGoneError from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[Optional[str], Optional[click.Command], list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            guess = nearest(args[0], _COMMANDS)
            raise NetgenError(
                f"netgen has no command {args[0]!r}; it has {listed(_COMMANDS)}",
                mend=f"did you mean {guess}?" if guess else None,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 good; 1 what was checked differs; 2 could not run.",
)
@click.version_option(__version__, prog_name="netgen")
def netgen() -> None:
    """Write Caffe nets in Python, emit their prototxt files, train and use them in real Caffe."""


def main(arguments: Optional[list[str]] = None) -> None:
    """Run a command and end the process with its exit code."""
    sys.exit(run(arguments))


def _tell(message: str, rest: str = "") -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
    if rest:
        click.echo(rest, err=True)


def _usage(error: click.ClickException) -> tuple[str, str]:
    """Return a mistake on the command line in the words of netgen's other errors, with the mend."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "netgen"
    if isinstance(error, click.NoSuchOption):
        names = [name for parameter in context.command.params for name in parameter.opts] if context else []
        guess = nearest(error.option_name, names)
        return (
            f"{path} has no option {error.option_name}",
            f"  mend: did you mean {guess}?" if guess else f"  mend: {path} --help lists them",
        )
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:], f"  mend: see {path} --help"


def run(arguments: Optional[list[str]] = None) -> int:
    """Run a command and return its exit code."""
    try:
        result: Any = netgen.main(args=arguments, prog_name="netgen", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        return ended_by(error)
    return result if isinstance(result, int) else 0


def ended_by(error: BaseException) -> int:
    """Say what ended a command, and return its exit code; what nobody foresaw is raised again."""
    if isinstance(error, NetgenError):
        _tell(*str(error).partition("\n")[::2])
        return 2
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        _tell(*_usage(error))
        return 2
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("stopped", err=True)
        return 130
    if isinstance(error, (BrokenPipeError, _ReaderGoneError)):
        let_go_of_stdout()
        return 0
    if isinstance(error, OSError):
        # Where a command has nothing better to say: a folder that is read-only, a disk that is full.
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"{where}{error.strerror or error}")
        return 2
    raise error


if __name__ == "__main__":
    main()
