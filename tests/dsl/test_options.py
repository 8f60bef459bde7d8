"""Options of networks: every kind of annotation, from text and from Python."""

from __future__ import annotations

import enum
import sys
import textwrap
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netgen.dsl.options import Option, options_of, parse_assignments, resolve, show
from netgen.errors import OptionError

if TYPE_CHECKING:
    from nowhere import Unknown


class Mode(enum.Enum):
    FAST = 1
    slow = 2


Size = Union[int, tuple[int, int]]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "5", 5),
        (int, " -5 ", -5),
        (float, "5", 5.0),
        (float, "1e-3", 1e-3),
        (float, "inf", float("inf")),
        (str, "5", "5"),
        (str, " a b ", " a b "),
        (str, "", ""),
        (bool, "true", True),
        (bool, "Yes", True),
        (bool, "ON", True),
        (bool, "1", True),
        (bool, "false", False),
        (bool, "no", False),
        (bool, "off", False),
        (bool, "0", False),
        (Path, "a/b", Path("a/b")),
        (Mode, "FAST", Mode.FAST),
        (Literal["a", "b"], "b", "b"),
        (Literal[1, 2], "2", 2),
        (Literal[True, "auto"], "true", True),
        (Optional[int], "none", None),
        (Optional[int], "None", None),
        (Optional[int], "null", None),
        (Optional[int], "5", 5),
        (Optional[str], "none", None),
        (Optional[str], "other", "other"),
        (Optional[Literal["none", "iou"]], "none", "none"),
        (Optional[Literal["NONE", "FULL"]], "NONE", "NONE"),
        (Optional[Literal["NONE", "FULL"]], "none", None),
        (Union[int, str], "5", 5),
        (Union[str, int], "5", 5),
        (Union[int, str], "five", "five"),
        (Union[float, bool], "true", True),
        (Size, "444", 444),
        (Size, "444x892", (444, 892)),
        (Size, "444X892", (444, 892)),
        (Size, "444 × 892", (444, 892)),
        (Size, "(444, 892)", (444, 892)),
        (Size, "444,892", (444, 892)),
        (Optional[Size], "none", None),
        (Optional[Size], "1x2", (1, 2)),
        (tuple[int, str], "3,x", (3, "x")),
        (tuple[int, ...], "1,2,3", (1, 2, 3)),
        (tuple[int, ...], "", ()),
        (tuple[float, float], "0.5x-1e2", (0.5, -100.0)),
        (list[int], "[1, 2]", [1, 2]),
        (list[str], "max,min,x", ["max", "min", "x"]),
        (list[str], "a b, c", ["a b", "c"]),
        (list[Path], "max/x, b", [Path("max/x"), Path("b")]),
        (list[Literal["x", "y"]], "x,y", ["x", "y"]),
        (Sequence[float], "1 2", [1.0, 2.0]),
        (typing.Tuple[int, int], "1x2", (1, 2)),  # noqa: UP006
        (typing.List[int], "1,2", [1, 2]),  # noqa: UP006
        (typing.Sequence[int], "1,2", [1, 2]),
        (Any, "5", 5),
        (Any, "0.5", 0.5),
        (Any, "[1, 'a']", [1, "a"]),
        (Any, "None", None),
        (Any, "some text", "some text"),
        (Any, "f(", "f("),
        (Any, "dict(a=1)", "dict(a=1)"),
    ],
)
def test_from_text(annotation: Any, text: str, value: Any) -> None:
    parsed = Option("name", annotation).parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("annotation", "text", "wanted"),
    [
        (int, "5.0", "a whole number"),
        (int, "", "a whole number"),
        (float, "five", "a number"),
        (bool, "maybe", "true or false"),
        (Mode, "fast", "one of FAST, slow"),
        (Literal["valid", "same"], "vlaid", "one of valid, same"),
        (Optional[int], "nothing", "integer or none"),
        (Size, "444x", r"integer or integer x integer"),
        (Size, "1x2x3", "integer or integer x integer"),
        (tuple[int, int], "1", r"2 values \(integer x integer\)"),
        (list[int], "1,b", "a whole number"),
        (dict[str, int], "a=1", "cannot be read from text; set it in Python"),
    ],
)
def test_texts_that_cannot_be_read(annotation: Any, text: str, wanted: str) -> None:
    with pytest.raises(OptionError, match=f"option name wants .*{wanted}.*, came {text!r}"):
        Option("name", annotation).parse(text)


@pytest.mark.parametrize(
    ("annotation", "value", "checked"),
    [
        (int, 5, 5),
        (int, np.int64(5), 5),
        (int, np.array(5), 5),
        (float, 5, 5.0),
        (float, np.float32(0.5), 0.5),
        (bool, np.bool_(True), True),
        (str, "a", "a"),
        (Path, "a", Path("a")),
        (Path, Path("a"), Path("a")),
        (Mode, Mode.FAST, Mode.FAST),
        (Literal["a", 1], 1, 1),
        (Optional[int], None, None),
        (Size, [444, 892], (444, 892)),
        (Size, np.array([444, 892]), (444, 892)),
        (Size, 444, 444),
        (tuple[int, ...], range(3), (0, 1, 2)),
        (list[str], ("a", "b"), ["a", "b"]),
        (Any, object, object),
        (dict[str, int], {"a": 1}, {"a": 1}),
    ],
)
def test_from_python(annotation: Any, value: Any, checked: Any) -> None:
    result = Option("name", annotation).check(value)
    assert result == checked
    assert type(result) is type(checked)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, True),
        (int, 5.0),
        (int, "5"),
        (float, "5"),
        (float, True),
        (bool, 1),
        (str, 5),
        (Path, 5),
        (Mode, "FAST"),
        (Literal[1], True),
        (Literal["a"], "b"),
        (Optional[int], "none"),
        (Size, "444x892"),
        (Size, (1, 2, 3)),
        (Size, (1.5, 2)),
        (list[int], 5),
        (dict[str, int], [1]),
        (Mode, 1),
        (list[str], "ab"),
    ],
)
def test_python_values_of_another_type(annotation: Any, value: Any) -> None:
    with pytest.raises(OptionError, match="option name wants "):
        Option("name", annotation).check(value)


def test_a_misspelt_choice_has_a_mend() -> None:
    with pytest.raises(OptionError) as e:
        Option("padding", Optional[Literal["valid", "same"]]).parse("vlaid")
    assert e.value.mend == "did you mean valid?"


kinds: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, st.integers()),
    (float, st.floats(allow_nan=False)),
    (bool, st.booleans()),
    (str, st.text()),
    (Mode, st.sampled_from(Mode)),
    (Optional[float], st.none() | st.floats(allow_nan=False)),
    (Optional[Literal["none", "NONE", "x"]], st.sampled_from([None, "NONE", "x"])),
    (Size, st.integers() | st.tuples(st.integers(), st.integers())),
    (tuple[float, ...], st.lists(st.floats(allow_nan=False)).map(tuple)),
    (list[bool], st.lists(st.booleans())),
]


@settings(deadline=None)
@given(st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind[0]), kind[1])))
def test_what_is_shown_is_read_back(case: Any) -> None:
    annotation, value = case
    option = Option("name", annotation)
    assert option.check(value) == value
    assert option.parse(show(value)) == (value if value is not None else option.parse("none"))


# ---- of a function ----


def example(
    net: Any,
    size: int = 572,
    ratio: float = 1,
    flag: bool = False,
    maybe: Optional[int] = None,
    names: tuple[str, ...] = (),
    plain=3,
    text="t",
    pair=(1, 2),
    several=[1.5],  # noqa: B006
    nothing=None,
    hidden: Unknown = 4,  # type: ignore[assignment]
    *,
    required: int,
    new: int | None = None,
    newer: Optional[Literal["a"] | tuple[int, int]] = None,
) -> None:
    """Make a net.

    Parameters
    ----------
    net : Net
        The net.
    size : int
        Pixels in,
        and more.
    ratio, flag : float
        Two at once.
    maybe
        No type.

    Returns
    -------
    nothing : int
        This is no parameter.

    Notes
    -----
    new : int
        Nor is this.
    """


def test_options_of_a_function() -> None:
    options = options_of(example)
    assert "net" not in options
    assert {name: option.annotation for name, option in options.items()} == {
        "size": int,
        "ratio": float,
        "flag": bool,
        "maybe": Optional[int],
        "names": tuple[str, ...],
        "plain": int,
        "text": str,
        "pair": tuple[Any, ...],
        "several": list[Any],
        "nothing": Any,
        "hidden": int,
        "required": int,
        "new": Optional[int],
        "newer": Optional[Union[Literal["a"], tuple[int, int]]],
    }
    assert options["pair"].parse("3x4") == (3, 4)
    assert options["several"].parse("1, 2.5") == [1, 2.5]
    assert options["new"].parse("none") is None
    assert options["newer"].parse("3x4") == (3, 4)
    assert options["newer"].choices is None
    assert [name for name, option in options.items() if option.required] == ["required"]
    assert {name: option.help for name, option in options.items() if option.help} == {
        "size": "Pixels in, and more.",
        "ratio": "Two at once.",
        "flag": "Two at once.",
        "maybe": "No type.",
    }


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "integer"),
        (bool, "true|false"),
        (Any, "value"),
        (Optional[Size], "integer, integer x integer or none"),
        (Literal["a", 2, False], "a|2|false"),
        (Mode, "FAST|slow"),
        (tuple[int, ...], "integer,..."),
        (list[Any], "value,..."),
        (Path, "path"),
    ],
)
def test_types_are_shown_in_words(annotation: Any, text: str) -> None:
    assert Option("name", annotation).type_text == text


def variadic(net: Any, *more: int) -> None: ...
def keywords(net: Any, **more: int) -> None: ...
def positional(net: Any, only: int, /) -> None: ...


@pytest.mark.parametrize("function", [variadic, keywords, positional])
def test_what_cannot_be_an_option(function: Any) -> None:
    with pytest.raises(OptionError, match=f"of {function.__name__} cannot be an option") as e:
        options_of(function)
    assert e.value.site is not None
    assert e.value.site.line == function.__code__.co_firstlineno


def test_annotations_that_are_not_postponed() -> None:
    namespace: dict[str, Any] = {"typing": typing}
    new = "int | None" if sys.version_info >= (3, 10) else "typing.Optional[int]"
    source = f"""
        def network(net, a: int = 1, b: {new} = None, c: typing.List[str] = ()):
            pass
    """
    exec(textwrap.dedent(source), namespace)
    options = options_of(namespace["network"])
    assert options["b"].parse("none") is None
    assert options["b"].parse("3") == 3
    assert options["c"].parse("x,y") == ["x", "y"]


def test_resolving() -> None:
    options = options_of(example)
    values = resolve(options, {"required": 1, "size": 20}, network="network example")
    assert values["size"] == 20
    assert values["ratio"] == 1
    assert list(values) == list(options)
    assert resolve(options, {"required": "7"}, from_text=True)["required"] == 7
    with pytest.raises(OptionError, match="option required of network example has no default") as e:
        resolve(options, {}, network="network example")
    assert e.value.mend == "--set required=..."
    with pytest.raises(OptionError, match="network example has no option 'sise'; it has size, ratio, ") as e:
        resolve(options, {"sise": 1, "required": 1}, network="network example")
    assert e.value.mend == "did you mean size?"
    with pytest.raises(OptionError, match="it has none"):
        resolve({}, {"x": 1})


def test_assignments() -> None:
    assert parse_assignments(["a=1", "data-dir=x=y", " b =", "a=2"]) == {"a": "2", "data_dir": "x=y", "b": ""}
    for wrong in ("a", "=1", ""):
        with pytest.raises(OptionError, match=f"--set wants name=value, came {wrong!r}"):
            parse_assignments([wrong])
