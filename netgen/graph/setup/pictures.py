"""The size of a picture, as OpenCV reads it for Caffe's data layers, from the head of its file."""

from __future__ import annotations

from typing import NamedTuple, Optional

__all__ = ["Picture", "picture"]

_PNG = b"\x89PNG\r\n\x1a\n"
# Of PNG's kinds of colour those whose channels OpenCV takes over as they are.
_PNG_CHANNELS = {0: 1, 2: 3, 6: 4}
_JPEG = b"\xff\xd8"
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ORIENTATION = 0x0112


class Picture(NamedTuple):
    """A picture's size."""

    height: int
    width: int
    channels: Optional[int]
    """As they are in the file; None where OpenCV makes others of them."""
    turned: bool = False
    """Whether EXIF says that it lies on its side: OpenCV then turns it, unless told to leave it as it is."""


def picture(head: bytes) -> Optional[Picture]:
    """Return a picture's size.

    Parameters
    ----------
    head : bytes
        The beginning of its file, of PNG or JPEG; a JPEG's size comes behind what cameras write.

    Returns
    -------
    Picture or None
        None for another format, and for a broken file.
    """
    if head.startswith(_PNG) and len(head) >= 26:
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
        return Picture(height, width, _PNG_CHANNELS.get(head[25]))
    if head.startswith(_JPEG):
        return _jpeg(head)
    return None


def _jpeg(head: bytes) -> Optional[Picture]:
    """Walk through a JPEG's segments to its frame."""
    at, turned = 2, False
    while at + 9 < len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:  # fills up
            at += 1
            continue
        size = int.from_bytes(head[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = (int.from_bytes(head[at + i : at + i + 2], "big") for i in (5, 7))
            return Picture(height, width, 1 if head[at + 9] == 1 else 3, turned)
        if marker == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            turned = _orientation(head[at + 10 : at + 2 + size]) >= 5
        at += 2 + size
    return None


def _orientation(tiff: bytes) -> int:
    """Return the EXIF orientation, 1 (upright) where there is none."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)  # type: ignore[arg-type]

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * number(first, 2), 12):
        if number(entry, 2) == _ORIENTATION:
            return number(entry + 8, 2)
    return 1
