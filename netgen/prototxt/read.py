"""Reading the text format: the message at once; faults, places and comments where they are asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Optional, Union

from netgen.errors import PrototxtError, Site
from netgen.prototxt.fast import FastReader
from netgen.prototxt.limits import MAX_BYTES

if TYPE_CHECKING:
    from netgen.prototxt.faults import SyntaxFault
    from netgen.prototxt.tree import Document, Node, Places

__all__ = ["Reading", "parse", "read"]


class Reading:
    """What was read of a text."""

    def __init__(self, source: Union[str, bytes], message_class: Any, path: str) -> None:
        self.path = path
        self._source = source
        self._class = message_class
        self._text: Optional[str] = source if isinstance(source, str) else None
        self._document: Optional[Document] = None
        self._errors: Optional[list[SyntaxFault]] = None
        data = self._bytes()
        message = _fast_reader(message_class).read(data) if len(data) <= MAX_BYTES else None
        if message is not None:
            self._errors = []
            self.message: Any = message
            """The message, of all that could be read."""
        else:
            self._parse()

    @property
    def errors(self) -> list[SyntaxFault]:
        """What is wrong, in the order in which C++ would come upon it; nothing where C++ takes the text."""
        assert self._errors is not None
        return self._errors

    @property
    def text(self) -> str:
        """The text; a byte that is not UTF-8 is a lone surrogate, which ``surrogateescape`` writes back."""
        if self._text is None:
            assert isinstance(self._source, bytes)
            self._text = self._source.decode("utf-8", "surrogateescape")
        return self._text

    @property
    def document(self) -> Document:
        """The tree of the text, with places and comments."""
        if self._document is None:
            from netgen.prototxt.outline import outline
            from netgen.prototxt.tree import Places

            self._document = outline(Places(self.text, self._bytes()), self._class.DESCRIPTOR)
        return self._document

    def _bytes(self) -> bytes:
        return self._source if isinstance(self._source, bytes) else _encoded(self._source)

    def _parse(self) -> None:
        """Read with the exact parser."""
        from netgen.prototxt.parser import parsed
        from netgen.prototxt.tree import Document, Places

        places = Places(self.text, self._bytes())
        if len(places.data) > MAX_BYTES:
            self._refuse(places)
            return
        parser = parsed(places, self._class.DESCRIPTOR)
        self._document = Document(places, parser.root, parser.tokens.comments)
        self._errors = parser.faults()
        self.message = self._class()
        self.message.ParseFromString(parser.wire)
        if self._errors:
            self._recognise(places.data, parser.root)
        elif not self.message.IsInitialized():
            self._errors = parser.missing(self.message)

    def _refuse(self, places: Places) -> None:
        """Look at nothing of a text that is too long."""
        from netgen.prototxt.faults import SyntaxFault
        from netgen.prototxt.tree import Document, Node

        size = f"the text has {len(places.data)} bytes, more than {MAX_BYTES}"
        self._errors = [SyntaxFault("size", size, "give a shorter one", 1, 1, 0, 0)]
        self._document = Document(places, Node("", places, None, 0, 0), [])
        self.message = self._class()

    def _recognise(self, data: bytes, root: Node) -> None:
        """Say just what the text is, if it is no prototxt at all, or that of another message."""
        from netgen.prototxt.foreign import other_message, recognised, said_of_other

        descriptor = self._class.DESCRIPTOR
        first = self.errors[0]
        foreign = recognised(data)
        if foreign is not None:
            kind, message, mend = foreign.kind, f"this is {foreign.words}", foreign.mend
        elif first.kind == "unknown-field" and first.message_type == descriptor.full_name:
            other = other_message([node.name for node in root.children], descriptor)
            if other is None:
                return
            kind, (message, mend) = "other-message", said_of_other(other, descriptor)
        else:
            return
        self._errors = [first._replace(kind=kind, message=message, mend=mend)]


def read(text: Union[str, bytes], message_class: Any, path: str = "<string>") -> Reading:
    """Read a text, whatever is wrong with it.

    Parameters
    ----------
    text : str or bytes
        A prototxt; a file's bytes are best, as C++ reads bytes.
    message_class : type
        The class of the message, from any descriptor pool: ``caffe_pb2.NetParameter``.
    path : str
        The file that the text came from.

    Returns
    -------
    Reading
        The message and, as they are asked for, faults, places and comments.

    Examples
    --------
    >>> from netgen.schema import caffe_pb2
    >>> reading = read('layer { name: "data" typ: "Input" }', caffe_pb2.NetParameter)
    >>> reading.message.layer[0].name
    'data'
    >>> [(fault.line, fault.column, fault.message, fault.mend) for fault in reading.errors]
    [(1, 25, "LayerParameter has no field 'typ'", 'did you mean type?')]
    """
    return Reading(text, message_class, path)


def parse(text: Union[str, bytes], message_class: Any, path: str = "<string>") -> Any:
    """Parse a text into a message.

    Parameters
    ----------
    text : str or bytes
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
        The text is not one of such a message; its ``site`` has line and column of the first fault, as C++
        protobuf, and so Caffe, says them.

    Examples
    --------
    >>> from netgen.schema import caffe_pb2
    >>> parse('layer { name: "data" type: "Input" }', caffe_pb2.NetParameter).layer[0].name
    'data'
    """
    reading = Reading(text, message_class, path)
    if reading.errors:
        first = reading.errors[0]
        raise PrototxtError(first.message, site=Site(path, first.line, first.column), mend=first.mend)
    return reading.message


@lru_cache(maxsize=64)
def _fast_reader(message_class: Any) -> FastReader:
    return FastReader(message_class)


def _encoded(text: str) -> bytes:
    """Return the bytes that a text stands for, those of a file where they are lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        from netgen.prototxt.strings import SURROGATES

        return text.encode("utf-8", SURROGATES)
