"""Reading the text format into messages, with what is wrong said at its line and column."""

from __future__ import annotations

import re
from typing import Any, Optional

from google.protobuf import text_format

from netgen.errors import PrototxtError, Site, listed, nearest

__all__ = ["parse"]

# What protobuf puts before what it says: the position, and for some errors the line of the file in quotes.
_POSITION = re.compile(r"^\d+:\d+ : ")
_QUOTED_LINE = re.compile(r"^'.*?': (?=[A-Z'])", re.DOTALL)

_NO_FIELD = re.compile(r'^Message type "(?P<type>[^"]+)" has no field named "(?P<name>[^"]*)"')
_NO_VALUE = re.compile(r'^Enum type "(?P<type>[^"]+)" has no value named (?P<name>\w+)')
_TWICE = re.compile(r'^Message type "(?P<type>[^"]+)" should not have multiple "(?P<name>[^"]*)" fields')


def parse(text: str, message_class: Any, path: str = "<string>") -> Any:
    """Parse a text into a message.

    Parameters
    ----------
    text : str
        A prototxt.
    message_class : type
        The class of the message, from any descriptor pool: ``caffe_pb2.NetParameter``.
    path : str
        The file that the text came from, for errors.

    Returns
    -------
    Message
        An object of ``message_class``.

    Raises
    ------
    PrototxtError
        The text is not one of such a message; its ``site`` has the line and the column.

    Examples
    --------
    >>> from netgen.schema import caffe_pb2
    >>> parse('layer { name: "data" type: "Input" }', caffe_pb2.NetParameter).layer[0].name
    'data'
    """
    try:
        return text_format.Parse(text, message_class())
    except text_format.ParseError as error:
        said = _QUOTED_LINE.sub("", _POSITION.sub("", str(error)))
        message, mend = _explained(said, message_class.DESCRIPTOR.file.pool)
        line = error.GetLine()
        site = None if line is None else Site(path, line, error.GetColumn())
        raise PrototxtError(message if site else f"{path}: {message}", site=site, mend=mend) from error


def _explained(said: str, pool: Any) -> tuple[str, Optional[str]]:
    """Return protobuf's words in netgen's, and the mend where there is one."""
    match = _NO_FIELD.match(said)
    if match:
        known = pool.FindMessageTypeByName(match["type"]).fields_by_name
        near = nearest(match["name"], known)
        mend = f"did you mean {near}?" if near else None
        return f"{_short(match['type'])} has no field {match['name']!r}", mend
    match = _NO_VALUE.match(said)
    if match:
        values = pool.FindEnumTypeByName(match["type"]).values_by_name
        near = nearest(match["name"], values)
        mend = f"did you mean {near}?" if near else None
        return f"{_short(match['type'])} has no value {match['name']!r}, expected {listed(values, 8)}", mend
    match = _TWICE.match(said)
    if match:
        return f"{match['name']} stands twice in one {_short(match['type'])}, which takes one", None
    said = said.rstrip(".")
    return said[:1].lower() + said[1:], None


def _short(full_name: str) -> str:
    """Return a type's name without its package: PoolingParameter.PoolMethod."""
    return full_name.partition(".")[2] or full_name
