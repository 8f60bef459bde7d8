"""The rules' cases: data files that fail and that pass, and the examples in the rules' own texts.

``data/<CODE>/fail_*`` and ``data/<CODE>/pass_*`` are prototxts, or folders of files that belong together (a net and
its Python modules, a solver and its nets, a train net and a deploy net). What a failing case must give stands
beside it, in ``fail_*.txt``; ``NETGEN_UPDATE=1`` writes those files, for a person to read. Files in
``data/<CODE>/beside`` are put next to the examples of the rule's text. An example is a ``net.prototxt``; lines such
as ``# deploy.prototxt`` in it begin a file of that name. A first line ``# netgen check OPTIONS``
of a net gives options of the command line.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

import click

from netgen.check.discovery import find_targets
from netgen.check.finding import Finding
from netgen.check.loading import Rule, every_rule
from netgen.check.run import Asked, run
from netgen.graph.phases import State

DATA = Path(__file__).parent / "data"
UPDATE = bool(os.environ.get("NETGEN_UPDATE"))
# Those that speak of netgen's own failures, or of what has no rule: no file is meant to give them.
WITHOUT_CASES = {"C102", "L199", "S199"}
_OPTIONS = "# netgen check "


class Case(NamedTuple):
    rule: Rule
    name: str
    fails: bool
    source: Optional[Path]
    """A prototxt or a folder; None for an example of the rule's text."""

    @property
    def title(self) -> str:
        return f"{self.rule.code}-{self.name}"

    @property
    def expected(self) -> Path:
        assert self.source is not None
        return self.source.parent / f"{self.source.name.split('.')[0]}.txt"

    def findings(self, folder: Path) -> list[Finding]:
        """Check the case in a folder of its own; return what its rule says, and the other errors."""
        with working_in(folder):
            self._put(folder)
            targets = find_targets(sorted(str(path) for path in Path().rglob("*.prototxt")))
            found = run(targets, self._asked(folder), jobs=1).findings
        return [one for one in found if one.code == self.rule.code or one.is_error]

    def _put(self, folder: Path) -> None:
        if self.source is None:
            section = "Fails" if self.fails else "Passes"
            for name, text in files_of(example(self.rule, section)):
                (folder / name).write_text(text, encoding="utf-8")
            beside = DATA / self.rule.code / "beside"
            if beside.is_dir():
                shutil.copytree(beside, folder, dirs_exist_ok=True)
        elif self.source.is_dir():
            shutil.copytree(self.source, folder, dirs_exist_ok=True)
        else:
            shutil.copy(self.source, folder / self.source.name)

    def _asked(self, folder: Path) -> Asked:
        for path in sorted(folder.rglob("*.prototxt")):
            first = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
            if first.startswith(_OPTIONS):
                return options(first[len(_OPTIONS) :])
        return Asked()


def options(words: str) -> Asked:
    """Return what a command line asks for, as ``netgen check`` itself reads it."""
    from netgen.cli.check import check

    context = check.make_context("check", [*shlex.split(words), "."])
    given = context.params
    phases = given["phases"] or (("TRAIN", "TEST") if given["stages"] or given["level"] else ())
    return Asked(
        given["select"],
        given["ignore"],
        tuple(State(phase, given["stages"], given["level"]) for phase in phases),
        given["schema"],
        given["python_paths"],
        given["weights"],
        given["run_from"],
        given["kind"],
    )


def example(rule: Rule, section: str) -> str:
    """Return the code of a section of a rule's text."""
    lines = rule.documentation.split("\n")
    for position, line in enumerate(lines):
        if line == section and lines[position + 1].startswith("---"):
            block = []
            for one in lines[position + 2 :]:
                if one.strip() and not one.startswith("    "):
                    break
                block.append(one)
            return textwrap.dedent("\n".join(block)).strip("\n") + "\n"
    raise AssertionError(f"{rule.code} has no section {section}")


def files_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the files that an example shows: ``net.prototxt``, or those whose names stand in lines of their own."""
    parts = re.split(r"(?m)^# ([\w-]+\.prototxt)\n", text)
    if parts[0].strip():
        yield "net.prototxt", parts[0]
    yield from zip(parts[1::2], parts[2::2])


def every_case() -> list[Case]:
    return list(_cases())


def _cases() -> Iterator[Case]:
    for rule in every_rule():
        if rule.code in WITHOUT_CASES:
            continue
        for fails in (True, False):
            yield Case(rule, "example-that-fails" if fails else "example-that-passes", fails, None)
        folder = DATA / rule.code
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.name.startswith(("fail_", "pass_")) and path.suffix != ".txt":
                    yield Case(rule, path.stem, path.name.startswith("fail_"), path)


class working_in:
    """Makes a folder the current one for a while (contextlib.chdir came with Python 3.11)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        self.before = Path.cwd()
        os.chdir(self.folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self.before)


def shown(findings: list[Finding]) -> str:
    """Return findings as the files beside the cases have them."""
    return "".join(f"{click.unstyle(str(one))}\n" for one in findings)
