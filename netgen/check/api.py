"""``check``: what programs call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Optional, Union

from netgen.check.checking import Checked, check_data, check_group, check_subject
from netgen.check.finding import Finding
from netgen.check.opening import open_message
from netgen.check.settings import Settings, settings_for
from netgen.errors import OptionError
from netgen.graph.phases import State

__all__ = ["check"]

_TEXT = "<string>"


def check(
    source: Any = None,
    *,
    text: Optional[Union[str, bytes]] = None,
    schema: Optional[str] = None,
    states: Optional[Iterable[Union[State, str]]] = None,
    settings: Optional[Settings] = None,
    kind: Optional[str] = None,
    role: Optional[str] = None,
    python_paths: Sequence[Union[str, Path]] = (),
    weights: Sequence[Union[str, Path]] = (),
) -> list[Finding]:
    """Say everything that is wrong with a net or a solver, without Caffe.

    Parameters
    ----------
    source : str, Path or NetParameter
        A file, or a message. With ``text``, the path to name in findings.
    text : str or bytes
        A prototxt, in place of a file.
    schema : str, optional
        Whose Caffe: ``bvlc``, ``kendryte``, a fork's name, or the path of a ``caffe.proto``. Without it
        BVLC's, or the one fork that the net's fields and layer types point to.
    states : iterable of State or str, optional
        The states to check: ``"TRAIN"``, ``"TEST:val"``. Without it all those of which the net speaks.
    settings : Settings, optional
        What ``[tool.netgen]`` gives; without it that of the nearest ``pyproject.toml`` above the file.
    kind : {"net", "solver"}, optional
        What it is; by its content otherwise.
    role : {"train", "deploy"}, optional
        What a message is for; by its layers otherwise. A file's name says it.
    python_paths : sequence of paths
        Folders in which modules of Python layers are looked for.
    weights : sequence of paths
        The caffemodels that the net is to load.

    Returns
    -------
    list of Finding
        Errors are what Caffe refuses; an empty list says that Caffe takes it. In the order of their places.

    Raises
    ------
    OptionError
        Where the schema, a state or the settings are not what they can be.
    OSError
        Where the file cannot be read.

    Examples
    --------
    >>> [finding.name for finding in check(text='layer { name: "r" type: "ReLU" bottom: "x" top: "y" }')]
    ['unknown-bottom', 'unnamed-net']
    """
    path = str(source) if isinstance(source, (str, Path)) else None
    if path is None and text is None and source is None:
        raise OptionError("there is nothing to check", mend="give a path, a message, or text=")
    asked = settings if settings is not None else Settings() if path is None else settings_for(path)
    if schema is not None:
        asked = asked._replace(schema=schema)
    if python_paths:
        asked = asked._replace(python_paths=(*map(str, python_paths), *asked.python_paths))
    if weights:
        asked = asked._replace(weights=tuple(map(str, weights)))
    given = tuple(State.parse(state) if isinstance(state, str) else state for state in states or ())
    if text is not None:
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        checked = check_data(path or _TEXT, data, asked, kind=kind, states=given)
    elif path is not None:
        checked = check_data(path, Path(path).read_bytes(), asked, kind=kind, states=given)
    else:
        checked = [check_subject(open_message(source, asked, given, role))]
    check_group(checked)
    return findings_of(checked)


def findings_of(checked: Iterable[Checked]) -> list[Finding]:
    """Return the findings of several files, each once: a net may be named twice."""
    found: dict[tuple[Any, ...], Finding] = {}
    for one in checked:
        for placed in one.placed:
            finding = placed.finding
            key = (finding.path, finding.line, finding.column, finding.code, finding.message)
            known = found.get(key)
            if known is None:
                found[key] = finding
            elif known.phase != finding.phase:
                found[key] = known._replace(phase=_both(known.phase, finding.phase))
    return list(found.values())


def _both(first: Optional[str], second: Optional[str]) -> Optional[str]:
    if first is None or second is None:
        return None
    return ", ".join(dict.fromkeys([*first.split(", "), *second.split(", ")]))
