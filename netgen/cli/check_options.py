"""The options of ``netgen check``: said once, for click, which shows them, and for a start without click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

__all__ = ["FORMATS", "OPTIONS", "Choice", "plainly_given"]

FORMATS = ("text", "json", "github", "sarif", "junit", "gitlab")


class Choice:
    """An option.

    Parameters
    ----------
    flags : tuple of str
        Such as ``("-o", "--output")``.
    name : str
        The keyword of ``netgen.cli.check_job.check_paths``.
    help : str
        What it does, in a line.
    metavar : str, optional
        What its value is called; None for one that is on or off.
    default : optional
        ``()`` for one that may be given more than once.
    choices : tuple of str
        What it may be.
    """

    # No NamedTuple: making one takes longer than reading a command line.
    __slots__ = ("choices", "default", "flags", "help", "metavar", "name")

    def __init__(
        self,
        flags: tuple[str, ...],
        name: str,
        help: str,  # noqa: A002 - as click has it
        metavar: Optional[str] = None,
        default: Any = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.flags = flags
        self.name = name
        self.help = help
        self.metavar = metavar
        self.default = default
        self.choices = choices


OPTIONS = (
    Choice(
        ("--schema",), "schema", "Whose Caffe: bvlc, kendryte, a fork, or the path of a caffe.proto.", "NAME"
    ),
    Choice(
        ("--phase",),
        "phases",
        "TRAIN or TEST, more than once for both; all that a file speaks of by default.",
        "PHASE",
        (),
    ),
    Choice(("--stage",), "stages", "A stage that is on.", "STAGE", ()),
    Choice(("--level",), "level", "The level.", "N", 0),
    Choice(("--as",), "kind", "What the files are; by content otherwise.", "KIND", None, ("net", "solver")),
    Choice(
        ("--select",),
        "select",
        "Run these rules alone: codes, the beginning of codes (W2), names.",
        "RULES",
        (),
    ),
    Choice(("--ignore",), "ignore", "Leave these rules out.", "RULES", ()),
    Choice(("--weights",), "weights", "A caffemodel that the nets are to load.", "FILE", ()),
    Choice(("--python-path",), "python_paths", "Where modules of Python layers are.", "DIR", ()),
    Choice(
        ("--run-from",),
        "run_from",
        "The folder that Caffe is started in: files that nets name and that are not there are errors then.",
        "DIR",
    ),
    Choice(("--format",), "layout", "How to say it.", "FORMAT", "text", FORMATS),
    Choice(("-o", "--output"), "output", "Write it to a file, whole or not at all.", "FILE"),
    Choice(("--fix",), "fix", "Mend what can be mended for certain."),
    Choice(("--diff",), "diff", "Show what --fix would do, and do nothing."),
    Choice(("--baseline",), "baseline", "Say nothing of what this file lists.", "FILE"),
    Choice(("--write-baseline",), "write_baseline", "List all that is found now in a file.", "FILE"),
    Choice(("--statistics",), "statistics", "Count by rule instead."),
    Choice(("-j", "--jobs"), "jobs", "Processes; as many as are worth it by default.", "N", 0),
    Choice(("--fail-on",), "fail_on", "What makes exit code 1.", "SEVERITY", "warning", ("warning", "error")),
    Choice(("--caffe",), "caffe", "Load each net in real Caffe too, and say where it and netgen disagree."),
    Choice(("--caffe-python",), "caffe_python", "The Python that has Caffe.", "PYTHON"),
)


def plainly_given(words: Sequence[str]) -> Optional[dict[str, Any]]:
    """Return what a plain command line gives: paths, and options that are written out.

    Parameters
    ----------
    words : sequence of str
        What stands behind ``netgen check``.

    Returns
    -------
    dict or None
        The keywords of ``check_paths``; None where anything is unusual or wrong, which click explains.
    """
    by_flag = {flag: option for option in OPTIONS for flag in option.flags}
    given: dict[str, Any] = {
        option.name: False if option.metavar is None else option.default for option in OPTIONS
    }
    paths: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if not word.startswith("-") or word == "-":
            paths.append(word)
            continue
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag)
        if option is None or (equals and (option.metavar is None or not flag.startswith("--"))):
            return None
        if option.metavar is None:
            given[option.name] = True
            continue
        if not equals:
            if position == len(words) or words[position].startswith("-"):
                return None
            value = words[position]
            position += 1
        if option.choices and value not in option.choices:
            return None
        if isinstance(option.default, int):
            if not value.isdecimal():
                return None
            given[option.name] = int(value)
        elif option.default == ():
            given[option.name] += (value,)
        else:
            given[option.name] = value
    if not paths:
        return None
    return {"paths": tuple(paths), **given}
