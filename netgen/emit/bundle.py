"""A bundle: the files that one network emits, rendered and proven, before any of them is on a disk."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from netgen.emit.readme import render_readme
from netgen.emit.render import Header, NetDocument, rendered_net, rendered_solver
from netgen.errors import BundleError, EmissionError
from netgen.prototxt.write import escape

__all__ = ["MANIFEST", "Bundle", "assemble", "digest", "manifest_of", "read_manifest"]

# The file that tells which files of a folder are netgen's own, and what they held when it wrote them.
MANIFEST = "netgen.json"
_MANIFEST_VERSION = 1

# Names that mean another file, or none, on some system.
_UNUSABLE = re.compile(r'[\x00-\x1f\\:*?"<>|]|^\.*$|[. ]$')


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle.

    Parameters
    ----------
    files : mapping of str to bytes
        What each file holds, by its name with ``/`` between folders. The manifest is among them.
    notes : tuple of str
        What is not an error but should be known.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.files:
            if not _usable(name):
                raise BundleError(f"{name!r} is not a name that a bundle's file can have")


def _usable(name: str) -> bool:
    parts = name.split("/")
    return not any(_UNUSABLE.search(part) for part in parts) and not parts[0].startswith(".netgen-")


def digest(content: bytes) -> str:
    """Return the SHA-256 of a text, the same whether its lines end as on Unix or on Windows."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def manifest_of(files: Mapping[str, bytes], header: Optional[Header] = None) -> bytes:
    """Return the manifest of a bundle's other files."""
    made_by = {} if header is None else {"source": header.source, "options": dict(header.options)}
    if header is not None and header.command:
        made_by["command"] = header.command
    content = {
        "netgen-bundle": _MANIFEST_VERSION,
        **made_by,
        "sha256": {name: digest(files[name]) for name in sorted(files)},
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def read_manifest(content: bytes, path: Path) -> dict[str, str]:
    """Return the digests in a manifest by the files' names.

    Raises
    ------
    BundleError
        The file is not a manifest of netgen's, or of a later netgen.
    """
    mend = "where its files may be made again, use --force"
    try:
        read = json.loads(content)
        version, digests = read["netgen-bundle"], read["sha256"]
        if not isinstance(version, int) or not all(
            _usable(name) and isinstance(held, str) for name, held in digests.items()
        ):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BundleError(
            f"{path} is not a manifest that netgen wrote, or it was edited", mend=mend
        ) from None
    if version > _MANIFEST_VERSION:
        raise BundleError(
            f"{path} is of a later netgen (manifest {version}, expected {_MANIFEST_VERSION})", mend=mend
        )
    return dict(digests)


def assemble(
    name: str,
    train: Optional[NetDocument] = None,
    deploy: Optional[NetDocument] = None,
    solver: Any = None,
    layer_modules: Optional[Mapping[str, bytes]] = None,
    header: Optional[Header] = None,
    templates: Optional[Path] = None,
) -> Bundle:
    r"""Render every file of a bundle and prove each.

    Parameters
    ----------
    name : str
        The bundle's name.
    train, deploy : NetDocument, optional
        The nets.
    solver : SolverParameter, optional
        The solver.
    layer_modules : mapping of str to bytes
        The sources of Python layers by their modules' names: ``loss_layers``, or ``mine.losses`` for a file
        in a folder.
    header : Header, optional
        What made the bundle, for the files that have no header of their own.
    templates : Path, optional
        A folder with templates that take the place of netgen's own.

    Returns
    -------
    Bundle
        Its files, with ``\\n`` at line ends, the manifest among them.

    Raises
    ------
    EmissionError
        A template fails, or what it gives is not the message.
    BundleError
        A module's name cannot be a file's name.
    """
    files: dict[str, bytes] = {}
    notes: list[str] = []
    for document in (train, deploy):
        if document is not None:
            net = rendered_net(document, templates)
            files[document.path] = _text(net.text)
            notes += net.notes
    if solver is not None:
        rendered = rendered_solver(solver, header, templates)
        files["solver.prototxt"] = _text(rendered.text)
        notes += rendered.notes
    for module, source in (layer_modules or {}).items():
        files[_module_path(module)] = _module(source, module, header)
    readme = render_readme(
        name,
        [*files, "README.md", MANIFEST],
        train=None if train is None else train.message,
        deploy=None if deploy is None else deploy.message,
        solver=solver,
        header=header,
        templates=templates,
    )
    files["README.md"] = _text(readme)
    files[MANIFEST] = manifest_of(files, header)
    return Bundle(files, tuple(notes))


def _text(text: str) -> bytes:
    return text.replace("\r\n", "\n").encode("utf-8", "surrogateescape")


def _module_path(module: str) -> str:
    if not all(part.isidentifier() for part in module.split(".")):
        raise BundleError(f"{module!r} is not the name of a Python module")
    return module.replace(".", "/") + ".py"


def _module(source: bytes, module: str, header: Optional[Header]) -> bytes:
    """Return a module with the header as comments, behind the lines that must stay first."""
    source = source.replace(b"\r\n", b"\n")
    if header is None:
        return source
    source = source[len(codecs.BOM_UTF8) :] if source.startswith(codecs.BOM_UTF8) else source
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError as error:
        raise EmissionError(f"module {module} is not Python that can be read: {error}") from None
    lines = source.splitlines(keepends=True)
    first = 0
    while first < min(2, len(lines)) and lines[first].startswith(b"#"):
        first += 1
    start = b"".join(lines[:first])
    if start and not start.endswith(b"\n"):
        start += b"\n"
    said = "".join(
        f"# {escape(line)}\n" for line in (f"Copied by netgen for {header.source}.", *header.lines[1:])
    )
    return b"".join((start, said.encode(encoding, "backslashreplace"), *lines[first:]))
