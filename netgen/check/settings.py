"""What a check is told: which rules, which states, whose Caffe; from options and from ``pyproject.toml``."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Optional

from netgen.check.loading import known_codes, matches
from netgen.errors import OptionError, listed, nearest
from netgen.graph.phases import State

__all__ = ["Settings", "settings_for", "settings_from"]


class Settings(NamedTuple):
    """What a check is told."""

    select: tuple[str, ...] = ()
    """The only rules to run, by code, beginning of a code, or name; all where empty."""

    ignore: tuple[str, ...] = ()
    """Rules not to run, in the same way."""

    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns of paths from ``root``, and the rules not to run on such files."""

    phases: tuple[State, ...] = ()
    """The states to check; those that a file speaks of where empty."""

    schema: Optional[str] = None
    """Whose Caffe: a name that ``netgen.schema.names()`` has, or the path of a ``caffe.proto``."""

    python_paths: tuple[str, ...] = ()
    """Folders in which modules of Python layers are looked for."""

    exclude: tuple[str, ...] = ()
    """Patterns of paths from ``root`` that a folder's walk leaves out."""

    weights: tuple[str, ...] = ()
    """The caffemodels that the nets are to load."""

    run_from: Optional[str] = None
    """The folder that Caffe is started in; where it is not known, files that nets name may be elsewhere."""

    root: str = ""
    """The folder of the ``pyproject.toml``; empty where there is none."""

    def runs(self, code: str, name: str, path: str) -> bool:
        """Tell whether a rule speaks about a file."""
        if self.select and not any(matches(asked, code, name) for asked in self.select):
            return False
        if any(matches(asked, code, name) for asked in self.ignore):
            return False
        return not any(
            any(matches(asked, code, name) for asked in codes) and _fits(self._from_root(path), pattern)
            for pattern, codes in self.per_file_ignores
        )

    def excludes(self, path: str) -> bool:
        """Tell whether a walk leaves a path out."""
        if not self.exclude:
            return False
        relative = self._from_root(path)
        return any(_fits(relative, pattern) for pattern in self.exclude)

    def _from_root(self, path: str) -> str:
        if not self.root:
            return path.replace(os.sep, "/")
        return os.path.relpath(path, self.root).replace(os.sep, "/")


def _fits(path: str, pattern: str) -> bool:
    """Whether a pattern fits a path, one of the folders above it, or its last name."""
    pattern = pattern.rstrip("/")
    if "/" not in pattern:
        return any(fnmatch.fnmatchcase(part, pattern) for part in path.split("/"))
    pattern = pattern.lstrip("/")
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern + "/*")


def settings_for(path: str) -> Settings:
    """Return the settings of the nearest ``pyproject.toml`` above a file that has a ``[tool.netgen]``.

    Raises
    ------
    OptionError
        Where that table holds what netgen does not know.
    """
    return _of_folder(os.path.dirname(os.path.abspath(path)))


@cache
def _of_folder(folder: str) -> Settings:
    file = os.path.join(folder, "pyproject.toml")
    try:
        content = Path(file).read_bytes()
    except OSError:
        content = b""
    if b"netgen" in content:
        table = _table(content, file)
        if table is not None:
            return settings_from(table, folder, file)
    above = os.path.dirname(folder)
    return Settings() if above == folder else _of_folder(above)


def _table(content: bytes, file: str) -> Optional[Mapping[str, Any]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        read = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{file} is not TOML: {error}") from None
    table = read.get("tool", {}).get("netgen")
    if table is not None and not isinstance(table, Mapping):
        raise OptionError(
            f"{file}: tool.netgen is not a table", mend="write [tool.netgen] on a line of its own"
        )
    return table


def settings_from(table: Mapping[str, Any], root: str, file: str) -> Settings:
    """Return the settings that a ``[tool.netgen]`` table gives.

    Raises
    ------
    OptionError
        For a key that netgen does not know, a value of another type, a rule or a phase that there is not.
    """
    where = f"{file}: [tool.netgen]"
    known = (
        "select",
        "ignore",
        "per-file-ignores",
        "phases",
        "schema",
        "python-paths",
        "exclude",
        "run-from",
    )
    given: dict[str, Any] = {"root": root}
    for key, value in table.items():
        if key not in known:
            guess = nearest(key, known)
            raise OptionError(
                f"{where} has a key {key!r} that netgen does not know; it knows {listed(known)}",
                mend=f"did you mean {guess}?" if guess else None,
            )
        if key == "per-file-ignores":
            if not isinstance(value, Mapping):
                raise OptionError(
                    f"{where}: {key} is not a table", mend=f'write {key} = {{ "old/*" = ["W403"] }}'
                )
            given["per_file_ignores"] = tuple(
                (pattern, rules_named(_strings(codes, f"{where}: {key}"), where))
                for pattern, codes in value.items()
            )
        elif key in ("schema", "run-from"):
            if not isinstance(value, str):
                raise OptionError(f"{where}: {key} is {value!r}, expected a string")
            is_path = key == "run-from" or value.endswith(".proto")
            given[key.replace("-", "_")] = os.path.normpath(os.path.join(root, value)) if is_path else value
        else:
            strings = _strings(value, f"{where}: {key}")
            if key in ("select", "ignore"):
                strings = rules_named(strings, where)
            elif key == "python-paths":
                strings = tuple(os.path.normpath(os.path.join(root, entry)) for entry in strings)
            given[key.replace("-", "_")] = _states(strings, where) if key == "phases" else strings
    return Settings(**given)


def _states(given: Iterable[str], where: str) -> tuple[State, ...]:
    try:
        return tuple(State.parse(text) for text in given)
    except OptionError as error:
        raise OptionError(f"{where}: {error.message}", mend=error.mend) from None


def _strings(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        mend = f'write it in brackets: ["{value}"]' if isinstance(value, str) else None
        raise OptionError(f"{what} is {value!r}, expected a list of strings", mend=mend)
    return tuple(value)


def rules_named(asked: Iterable[str], where: str) -> tuple[str, ...]:
    """Return codes, beginnings of codes and names as they are, each being one of some rule.

    Raises
    ------
    OptionError
        Where no rule has it.
    """
    codes = known_codes()
    result = tuple(asked)
    for one in result:
        if not any(matches(one, code, name) for code, name in codes):
            guess = nearest(one, [word for pair in codes for word in pair])
            raise OptionError(
                f"{where} names a rule {one!r} that there is not",
                mend=f"did you mean {guess}?" if guess else "netgen explain lists the rules",
            )
    return result
