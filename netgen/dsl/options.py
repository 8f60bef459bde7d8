"""The options of a network: its function's parameters, read from text and checked against annotations."""

from __future__ import annotations

import ast
import collections.abc
import enum
import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional, Union

from netgen.errors import OptionError, Site, listed, nearest

__all__ = ["Option", "options_of", "parse_assignments", "resolve"]

_REQUIRED = inspect.Parameter.empty
_UNIONS = tuple(t for t in (Union, getattr(types, "UnionType", None)) if t is not None)
_SEQUENCES = (tuple, list, collections.abc.Sequence)
_BARE: dict[Any, Any] = {tuple: tuple[Any, ...], list: list[Any]}
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class _UnreadableError(Exception):
    """A text or value is not of the type asked for; the argument says what was wanted."""


@dataclass(frozen=True)
class Option:
    """One option of a network.

    Parameters
    ----------
    name : str
        The function's parameter.
    annotation : type
        What it takes; ``Any`` where the function does not say.
    default : object
        Its default; ``inspect.Parameter.empty`` where it has to be given.
    help : str
        From the function's docstring.
    """

    name: str
    annotation: Any
    default: Any = _REQUIRED
    help: str = ""

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is _REQUIRED

    @property
    def type_text(self) -> str:
        """What it takes, for help texts."""
        return _type_text(self.annotation)

    @property
    def choices(self) -> Optional[tuple[Any, ...]]:
        """The values that it is limited to, None where it is not."""
        return _choices(self.annotation)

    def parse(self, text: str) -> Any:
        """Read a value from text.

        Raises
        ------
        OptionError
            Where the text is no value of the option's type.
        """
        try:
            return _from_text(self.annotation, text)
        except _UnreadableError as wanted:
            raise self._refused(text, wanted) from None

    def check(self, value: Any) -> Any:
        """Return a Python value as the option's type, or raise OptionError."""
        try:
            return _from_value(self.annotation, value)
        except _UnreadableError as wanted:
            raise self._refused(value, wanted) from None

    def _refused(self, value: Any, wanted: _UnreadableError) -> OptionError:
        choices = self.choices
        guess = nearest(str(value), map(str, choices)) if choices else None
        return OptionError(
            f"option {self.name} wants {wanted}, came {value!r}",
            mend=f"did you mean {guess}?" if guess else None,
        )


def show(value: Any) -> str:
    """Return an option's value as text that ``Option.parse`` reads back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, enum.Enum):
        return str(value.name)
    if isinstance(value, (tuple, list)):
        return ",".join(show(item) for item in value)
    if isinstance(value, Path):
        return value.as_posix()
    return repr(value) if isinstance(value, float) else str(value)


def _is_enum(annotation: Any) -> bool:
    # To Python 3.9, dict[str, int] is a type too.
    return typing.get_origin(annotation) is None and isinstance(annotation, enum.EnumMeta)


def _type_text(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any:
        return "value"
    if origin in _UNIONS:
        members = [_type_text(a) for a in arguments]
        return f"{', '.join(members[:-1])} or {members[-1]}"
    if origin is typing.Literal:
        return "|".join(show(a) for a in arguments)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return f"{_type_text(arguments[0])},..."
        return " x ".join(_type_text(a) for a in arguments)
    if origin in _SEQUENCES:
        return f"{_type_text(arguments[0]) if arguments else 'value'},..."
    if annotation is type(None):
        return "none"
    if _is_enum(annotation):
        return "|".join(annotation.__members__)
    names = {str: "text", int: "integer", float: "number", bool: "true|false", Path: "path"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _choices(annotation: Any) -> Optional[tuple[Any, ...]]:
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    if _is_enum(annotation):
        return tuple(annotation.__members__)
    if typing.get_origin(annotation) in _UNIONS:
        found = [_choices(a) for a in typing.get_args(annotation) if a is not type(None)]
        if found and all(found):
            return tuple(c for choices in found if choices for c in choices)
    return None


def _from_text(annotation: Any, text: str) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    stripped = text.strip()
    if annotation is Any:
        return _literal(text)
    if annotation is str:
        return text
    if origin in _UNIONS:
        for member in sorted(arguments, key=_precedence):
            try:
                return _from_text(member, text)
            except _UnreadableError:
                continue
        raise _UnreadableError(_type_text(annotation))
    if annotation is type(None):
        if stripped.lower() in ("none", "null"):
            return None
        raise _UnreadableError("none")
    if annotation is bool:
        if stripped.lower() in (*_TRUE, *_FALSE):
            return stripped.lower() in _TRUE
        raise _UnreadableError("true or false")
    if annotation in (int, float):
        try:
            return annotation(stripped)
        except ValueError:
            raise _UnreadableError("a whole number" if annotation is int else "a number") from None
    if annotation is Path:
        return Path(text)
    if origin is typing.Literal:
        for choice in arguments:
            if show(choice) == stripped:
                return choice
        raise _UnreadableError(f"one of {listed(map(show, arguments))}")
    if _is_enum(annotation):
        if stripped in annotation.__members__:
            return annotation[stripped]
        raise _UnreadableError(f"one of {listed(annotation.__members__)}")
    if origin in _SEQUENCES:
        return _sequence(annotation, _pieces(stripped.strip("()[]"), arguments), _from_text)
    raise _UnreadableError(f"a {_type_text(annotation)}, which cannot be read from text; set it in Python")


def _literal(text: str) -> Any:
    """Read what nothing is known of: a literal of Python's where it is one, else the text itself."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _precedence(member: Any) -> int:
    """Return in which order the members of a union try to read a text: a choice named "none" before None."""
    if _choices(member) is not None:
        return 0
    if member is type(None):
        return 1
    return 3 if member is str or member is Any else 2


def _pieces(text: str, members: tuple[Any, ...]) -> list[str]:
    """Cut the text of a sequence at commas, and where it has numbers alone at blanks and ``x`` too."""
    numbers = all(member in (int, float, Any, Ellipsis) for member in members)
    if numbers and re.fullmatch(r"[-+.\dex×,\s]*", text, re.IGNORECASE):
        return [piece for piece in re.split(r"[x×,\s]+", text, flags=re.IGNORECASE) if piece]
    return [piece.strip() for piece in text.split(",") if piece.strip()]


def _from_value(annotation: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any:
        return value
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if origin in _UNIONS:
        for member in arguments:
            try:
                return _from_value(member, value)
            except _UnreadableError:
                continue
        raise _UnreadableError(_type_text(annotation))
    if annotation is type(None):
        if value is None:
            return None
        raise _UnreadableError("none")
    if annotation is bool or annotation is str:
        if isinstance(value, annotation):
            return value
        raise _UnreadableError("True or False" if annotation is bool else "a string")
    if annotation in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int,) if annotation is int else (int, float)):
            raise _UnreadableError("a whole number" if annotation is int else "a number")
        return annotation(value)
    if annotation is Path:
        if isinstance(value, (str, Path)):
            return Path(value)
        raise _UnreadableError("a path")
    if origin is typing.Literal:
        for choice in arguments:
            if choice == value and type(choice) is type(value):
                return choice
        raise _UnreadableError(f"one of {listed(map(show, arguments))}")
    if origin in _SEQUENCES:
        if isinstance(value, (str, bytes)) or not isinstance(value, collections.abc.Iterable):
            raise _UnreadableError(_type_text(annotation))
        return _sequence(annotation, list(value), _from_value)
    kind = origin or annotation
    if isinstance(kind, type) and not isinstance(value, kind):
        raise _UnreadableError(f"a {_type_text(annotation)}")
    return value


def _sequence(annotation: Any, items: list[Any], read: Callable[[Any, Any], Any]) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        if len(items) != len(arguments):
            raise _UnreadableError(f"{len(arguments)} values ({_type_text(annotation)})")
        return tuple(read(a, item) for a, item in zip(arguments, items))
    member = arguments[0] if arguments else Any
    return (tuple if origin is tuple else list)(read(member, item) for item in items)


def _documented(function: Callable[..., Any]) -> dict[str, str]:
    """Return the texts of a numpy-style docstring's Parameters section."""
    doc = inspect.getdoc(function) or ""
    match = re.search(r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", doc, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (match.group(1) if match else "").splitlines():
        if line and not line[0].isspace():
            names = [name.strip() for name in line.partition(":")[0].split(",")]
            for name in names:
                found[name] = ""
        elif line.strip():
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _annotation(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return a parameter's annotation, None where it has none or one that this Python cannot evaluate.

    Such are names that are imported for type checkers alone.
    """
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return None
    holder = types.FunctionType(
        (lambda: None).__code__, {"_Union": Union, **getattr(function, "__globals__", {})}
    )
    for spelling in (annotation, _as_unions(annotation) if isinstance(annotation, str) else annotation):
        holder.__annotations__ = {"it": spelling}
        try:
            return _BARE.get(hint := typing.get_type_hints(holder)["it"], hint)
        except Exception:
            continue
    return None


class _Unions(ast.NodeTransformer):
    """Spells ``int | None`` as Python 3.9 can evaluate it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        pair = ast.Tuple([node.left, node.right], ast.Load())
        return ast.Subscript(ast.Name("_Union", ast.Load()), pair, ast.Load())


def _as_unions(annotation: str) -> str:
    try:
        return ast.unparse(_Unions().visit(ast.parse(annotation.strip(), mode="eval")))
    except (SyntaxError, RecursionError):
        return annotation


def _of_default(default: Any) -> Any:
    """Return what an option without an annotation takes: what its default is."""
    if default is not _REQUIRED and type(default) in (bool, int, float, str):
        return type(default)
    return _BARE.get(type(default), Any)


def options_of(function: Callable[..., Any], skip_first: bool = True) -> dict[str, Option]:
    """Return the options of a network function: its parameters but for the net itself.

    Parameters
    ----------
    function : callable
        The function. Annotations and defaults say what each option takes; an option without an annotation
        takes what its default is, and one without either any literal of Python's or text.
    skip_first : bool
        Whether the first parameter is the net.

    Raises
    ------
    OptionError
        For ``*args``, ``**kwargs`` or positional-only parameters, which cannot be options.
    """
    parameters = list(inspect.signature(function).parameters.values())[1 if skip_first else 0 :]
    code = getattr(function, "__code__", None)
    site = Site(code.co_filename, code.co_firstlineno) if code is not None else None
    texts = _documented(function)
    options: dict[str, Option] = {}
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise OptionError(
                f"parameter {str(parameter)!r} of {function.__name__} cannot be an option",
                site=site,
                mend="give each option a name of its own, with a default",
            )
        annotation = _annotation(function, parameter)
        if annotation is None:
            annotation = _of_default(parameter.default)
        options[parameter.name] = Option(
            parameter.name, annotation, parameter.default, texts.get(parameter.name, "")
        )
    return options


def parse_assignments(assignments: typing.Iterable[str]) -> dict[str, str]:
    """Read ``name=value`` texts as ``--set`` takes them; the last one of a name counts."""
    found: dict[str, str] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise OptionError(f"--set wants name=value, came {text!r}")
        found[name.strip().replace("-", "_")] = value
    return found


def resolve(
    options: Mapping[str, Option],
    given: Mapping[str, Any],
    from_text: bool = False,
    network: str = "the network",
) -> dict[str, Any]:
    """Return every option's value: what was given, checked, and the defaults of the rest.

    Parameters
    ----------
    options : mapping of str to Option
        The network's options.
    given : mapping
        What the user set.
    from_text : bool
        Whether the values are texts to be read.
    network : str
        The network's name, for messages.

    Raises
    ------
    OptionError
        Unknown option (with the nearest name), wrong value, or a missing one that has no default.
    """
    for name in given:
        if name not in options:
            guess = nearest(name, options)
            raise OptionError(
                f"{network} has no option {name!r}; it has {listed(options) or 'none'}",
                mend=f"did you mean {guess}?" if guess else None,
            )
    values: dict[str, Any] = {}
    for name, option in options.items():
        if name in given:
            values[name] = option.parse(given[name]) if from_text else option.check(given[name])
        elif option.required:
            raise OptionError(
                f"option {name} of {network} has no default and was not given ({option.type_text})",
                mend=f"--set {name}=...",
            )
        else:
            values[name] = option.default
    return values
