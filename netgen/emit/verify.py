"""The proof that a rendered text is its message: protobuf parses it back, in every schema at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from google.protobuf import text_format

from netgen import interface, schema
from netgen.emit.difference import first_difference
from netgen.emit.locate import line_of
from netgen.errors import EmissionError, PrototxtError, Site, listed
from netgen.prototxt import parse

__all__ = ["verify"]

_MEND = "a template must give every layer and field of the message, each once, with the value that it has"


def verify(text: str, message: Any, path: str) -> tuple[str, ...]:
    """Parse a rendered text back and compare it with the message that it was rendered from.

    It is parsed in the message's own class, in netgen's bundled schema, and in the installed Caffe's.

    Parameters
    ----------
    text : str
        The rendered text.
    message : NetParameter or SolverParameter
        Of any Caffe's schema.
    path : str
        What the text is called in errors.

    Returns
    -------
    tuple of str
        What is not an error but should be known: fields of another Caffe's schema that BVLC's does not have.

    Raises
    ------
    EmissionError
        The text does not parse, or differs from the message; with the first difference and its line.
    """
    own = type(message)
    _check_writable(message, path)
    _check_same(text, message, _parsed(text, own, path, "protobuf"), path)
    name = message.DESCRIPTOR.name
    if interface.source == "caffe":
        installed = getattr(interface.caffe_pb2, name)
        if installed is not own:
            _check_same(text, message, _parsed(text, installed, path, "the installed Caffe's schema"), path)
    bundled = getattr(schema.caffe_pb2, name)
    return () if bundled is own else tuple(_bundled_notes(text, message, bundled, path))


def _parsed(text: str, message_class: Any, path: str, reader: str) -> Any:
    try:
        return parse(text, message_class, path)
    except PrototxtError as error:
        raise EmissionError(
            f"{reader} does not read what was rendered: {error.message}",
            site=error.site,
            mend=error.mend or _MEND,
        ) from None


def _check_same(text: str, message: Any, parsed: Any, path: str) -> set[str]:
    unknown: set[str] = set()
    difference = first_difference(message, parsed, unknown)
    if difference is not None:
        site = Site(path, line_of(text, difference.steps))
        raise EmissionError(f"what was rendered is not the message: {difference}", site=site, mend=_MEND)
    return unknown


def _check_writable(message: Any, path: str) -> None:
    """Refuse a message that lacks required fields, or has fields that its class knows no name for."""
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if not message.IsInitialized():
        missing = listed(message.FindInitializationErrors(), 5)
        raise EmissionError(
            f"{path} cannot be written: Caffe does not read it without {missing}", mend=f"give {missing}"
        )
    if known.ByteSize() != message.ByteSize():
        raise EmissionError(
            f"{path} cannot be written: the message holds fields that its schema has no names for",
            mend="read the message with the schema of the Caffe that wrote it",
        )


def _bundled_notes(text: str, message: Any, bundled: Any, path: str) -> Iterator[str]:
    parsed = bundled()
    reason: Optional[str] = None
    try:
        text_format.Parse(text, parsed, allow_unknown_field=True)
    except text_format.ParseError as error:
        reason = str(error).partition(" : ")[2] or str(error)
    if reason is not None:
        yield f"{path}: this Caffe's schema differs from BVLC's, which does not read the file: {reason}"
        return
    unknown = _check_same(text, message, parsed, path)
    if unknown:
        yield f"{path}: BVLC Caffe does not have the fields {listed(sorted(unknown))}"
