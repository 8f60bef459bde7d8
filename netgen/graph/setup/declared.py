"""The shapes that a Python layer declares beside itself, read without importing anything.

A module of Python layers may hold a literal ``LAYERS`` that says what its layers take. A layer's entry
``shapes`` says what its tops are, one for each::

    LAYERS = {
        "MyLossLayer": {
            "parameters": {"classes": {"kind": "integer", "default": 1}},
            "shapes": ["scalar", ["bottom 0 axis 0", "classes", 1, 1]],
        }
    }

A top's shape is ``"scalar"``, ``"bottom 0"`` (as that bottom), or a list with one entry an axis:

========================  ===============================================================================
``3``                     that size
``"bottom 0 axis 1"``     the size of that bottom's axis; negative axes count from the back
``"batch_size"``          what ``param_str``, a JSON object or a Python dict, says under that name, or the
                          parameter's ``default``; a parameter of the kind ``size`` gives two axes, H and W,
                          and a list of numbers as many as it has
``"shape 0"``             one number of a list of them
``"a or b"``              ``a``, or ``b`` where ``a`` is null or not given
``"a if flag else b"``    ``a`` where the parameter ``flag`` is true, else ``b``
========================  ===============================================================================

What does not fit, or names what is not there, makes a shape unknown: a declaration is no reason to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from netgen.graph.setup.kinds import MaybeShape
from netgen.graph.shape import Shape

__all__ = ["Declaration", "declaration", "declared_shapes"]

Declaration = Mapping[str, Any]


class _Unknown(Exception):  # noqa: N818 (nothing is wrong)
    """The shape cannot be told."""


def declaration(path: Path, layer: str) -> Optional[Declaration]:
    """Return what a module declares of a layer: its ``shapes``, and the ``parameters`` that they may name.

    Parameters
    ----------
    path : Path
        The module's file.
    layer : str
        The class's name.

    Returns
    -------
    mapping or None
        None where it declares no shapes, or no Python is in the file.
    """
    import ast  # few nets have a Python layer, and fewer declare what it makes
    import warnings

    from netgen.graph.setup.literal import entries, evaluate

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how the module is written is no business of the net's
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "LAYERS" for target in statement.targets
        ):
            told = entries(entries(statement.value).get(layer))
            shapes = evaluate(told["shapes"]) if "shapes" in told else None
            if not isinstance(shapes, list):
                return None
            parameters = {
                name: {
                    key: evaluate(value) for key, value in entries(rule).items() if key in ("kind", "default")
                }
                for name, rule in entries(told.get("parameters")).items()
            }
            return {"shapes": shapes, "parameters": parameters}
    return None


def declared_shapes(
    told: Declaration, param_str: str, bottoms: Sequence[MaybeShape], ntop: int
) -> tuple[MaybeShape, ...]:
    """Return the shapes of a Python layer's tops as its module declares them.

    Parameters
    ----------
    told : mapping
        The layer's declaration.
    param_str : str
        The layer's own.
    bottoms : sequence of shape or None
        Its bottoms' shapes, N x C x H x W; None where unknown.
    ntop : int
        The number of its tops.

    Returns
    -------
    tuple of shape or None
        One for each top.
    """
    unknown = (None,) * ntop
    if len(told["shapes"]) != ntop:
        return unknown
    parameters = told["parameters"]
    options = {name: rule.get("default") for name, rule in parameters.items()}
    if param_str.strip():
        given = _options(param_str)
        if not isinstance(given, dict) or not given.keys() <= options.keys():
            return unknown
        options.update(given)
    pairs = {name for name, rule in parameters.items() if rule.get("kind") == "size"}
    return tuple([_top(top, options, pairs, bottoms) for top in told["shapes"]])


def _options(param_str: str) -> Any:
    """Return what a ``param_str`` holds, a JSON object or a Python dict; None where it is neither."""
    import ast
    import json  # both are seldom needed

    for read in (json.loads, ast.literal_eval):
        try:
            return read(param_str.strip())
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _top(told: Any, options: Mapping[str, Any], pairs: set[str], bottoms: Sequence[MaybeShape]) -> MaybeShape:
    try:
        if told == "scalar":
            return ()
        if isinstance(told, str):
            return _bottom(told, bottoms)
        if not isinstance(told, list):
            return None
        return tuple([size for term in told for size in _sizes(term, options, pairs, bottoms)])
    except _Unknown:
        return None


def _bottom(term: str, bottoms: Sequence[MaybeShape]) -> Shape:
    """Return the shape that ``bottom 0`` means, or the one size that ``bottom 0 axis 1`` does."""
    words = term.split()
    try:
        shape = bottoms[int(words[1])]
        if words[0] != "bottom" or shape is None:
            raise _Unknown
        if len(words) == 2:
            return shape
        if len(words) == 4 and words[2] == "axis":
            return (shape[int(words[3])],)
    except (IndexError, ValueError):
        pass
    raise _Unknown


def _sizes(term: Any, options: Mapping[str, Any], pairs: set[str], bottoms: Sequence[MaybeShape]) -> Shape:
    """Return the sizes that an entry of a list means."""
    if isinstance(term, int) and not isinstance(term, bool):
        return _checked(term)
    if not isinstance(term, str):
        raise _Unknown
    if " if " in term:
        chosen, _, rest = term.partition(" if ")
        flag, _, other = rest.partition(" else ")
        if not isinstance(options.get(flag.strip()), bool):
            raise _Unknown
        return _sizes((chosen if options[flag.strip()] else other).strip(), options, pairs, bottoms)
    if " or " in term:
        chosen, _, other = term.partition(" or ")
        given = options.get(chosen.strip()) is not None
        return _sizes((chosen if given else other).strip(), options, pairs, bottoms)
    if term.isdigit():
        return _checked(int(term))
    if term.startswith("bottom "):
        return _bottom(term, bottoms)
    name, _, place = term.partition(" ")
    value: Any = options.get(name)
    if place:
        try:
            value = value[int(place)]
        except (ValueError, TypeError, IndexError, KeyError):
            raise _Unknown from None
    if isinstance(value, int):
        return _checked(value) * (2 if term in pairs else 1)
    if isinstance(value, (list, tuple)):
        return tuple([size for each in value for size in _checked(each)])
    raise _Unknown


def _checked(size: Any) -> Shape:
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _Unknown
    return (size,)
