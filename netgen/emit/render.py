"""Rendering a bundle's files from messages through templates."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Optional

from netgen.emit import solver as solvers
from netgen.emit import templating
from netgen.emit.tree import Layer, fields_of
from netgen.emit.verify import verify

__all__ = [
    "Header",
    "NetDocument",
    "Rendered",
    "render_net",
    "render_solver",
    "rendered_net",
    "rendered_solver",
    "verify",
]

_WIDTH = 100


class Rendered(NamedTuple):
    """A rendered text, and what ``verify`` said of it."""

    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """What stands at the top of every file: its origin. No dates: the same source gives the same bytes.

    Parameters
    ----------
    source : str
        Such as ``examples/unet.py:unet`` or ``netgen.networks.unet``.
    options : mapping of str to str
        The network's options, as they would be given to ``--set``.
    command : str
        The command that makes the file again, as it is given in the file's folder.
    """

    source: str
    options: Mapping[str, str] = field(default_factory=dict)
    command: str = ""

    @property
    def lines(self) -> list[str]:
        """The header as lines of text, without comment signs."""
        lines = [f"Made by netgen from {self.source}; change that, not this file."]
        if self.options:
            options = ", ".join(f"{name}={value}" for name, value in self.options.items())
            wrapped = textwrap.wrap(
                f"Options: {options}",
                _WIDTH,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            lines += wrapped
        if self.command:
            lines.append(f"Made again by: {self.command}")
        return lines


@dataclass(frozen=True)
class NetDocument:
    """A net to be rendered.

    Parameters
    ----------
    kind : str
        ``train`` or ``deploy``; it names the template.
    message : NetParameter
        Of any Caffe's schema.
    sections : sequence of str
        The title of the section that each layer is in, empty for none; a comment is put where it changes. May
        be empty altogether.
    header : Header, optional
        The comment at the file's top.
    """

    kind: str
    message: Any
    sections: Sequence[str] = ()
    header: Optional[Header] = None

    def __post_init__(self) -> None:
        if self.kind not in ("train", "deploy"):
            raise ValueError(f"kind is {self.kind!r}, expected 'train' or 'deploy'")
        if len(self.sections) not in (0, len(self.message.layer)):
            raise ValueError(f"{len(self.sections)} sections for {len(self.message.layer)} layers")

    @property
    def path(self) -> str:
        """The file's name."""
        return f"{self.kind}.prototxt"


def rendered_net(document: NetDocument, templates: Optional[Path] = None) -> Rendered:
    """Do as ``render_net``, and give the notes too."""
    message = document.message
    sections = document.sections or [""] * len(message.layer)
    layers = []
    current = ""
    for layer, section in zip(message.layer, sections):
        layers.append(Layer(layer, section if section != current else ""))
        current = section
    net = {"name": message.name, "fields": fields_of(message, without="layer"), "layers": layers}
    context = {"header": document.header, "kind": document.kind, "net": net}
    text = templating.run(f"{document.path}.j2", context, templates)
    return Rendered(text, verify(text, message, document.path))


def render_net(document: NetDocument, templates: Optional[Path] = None) -> str:
    """Render a net and prove that the text is the net.

    Parameters
    ----------
    document : NetDocument
        The net.
    templates : Path, optional
        A folder with templates that take the place of netgen's own.

    Returns
    -------
    str
        The prototxt.

    Raises
    ------
    EmissionError
        A template fails, or what it gives is not the net.
    """
    return rendered_net(document, templates).text


def rendered_solver(
    message: Any, header: Optional[Header] = None, templates: Optional[Path] = None
) -> Rendered:
    """Do as ``render_solver``, and give the notes too."""
    context = {
        "header": header,
        "reasons": solvers.reasons(message),
        "solver": {"fields": fields_of(message)},
    }
    text = templating.run("solver.prototxt.j2", context, templates)
    return Rendered(text, verify(text, message, "solver.prototxt"))


def render_solver(message: Any, header: Optional[Header] = None, templates: Optional[Path] = None) -> str:
    """Render a solver and prove that the text is the solver.

    Parameters
    ----------
    message : SolverParameter
        Of any Caffe's schema.
    header : Header, optional
        The comment at the file's top.
    templates : Path, optional
        A folder with templates that take the place of netgen's own.

    Returns
    -------
    str
        The prototxt; a value that is netgen's default has the reason for it beside it.

    Raises
    ------
    EmissionError
        A template fails, or what it gives is not the solver.
    """
    return rendered_solver(message, header, templates).text
