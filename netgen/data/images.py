"""Reading pictures and masks with Pillow, with errors that name the file and what was expected of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np

from netgen.data.extras import library
from netgen.errors import DataError, OptionError, listed

__all__ = ["COLOURS", "MaskRules", "Picture", "look", "read_image", "read_mask"]

COLOURS = ("gray", "rgb", "bgr")

_PURPOSE = "reading pictures"
_GRAY = ("1", "L", "LA", "I", "F")
_COLOUR = ("RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr")
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class Picture:
    """One picture of a file, as its header tells.

    Parameters
    ----------
    path : Path
        The file.
    frame, frames : int
        Which of the file's pictures this is: a TIFF stack holds several.
    size : tuple of int
        Height and width, upright.
    mode : str
        Pillow's name of the pixel format.
    """

    path: Path
    frame: int
    frames: int
    size: tuple[int, int]
    mode: str

    def __str__(self) -> str:
        return str(self.path) if self.frames == 1 else f"{self.path}[{self.frame}]"

    @property
    def gray(self) -> bool:
        """Whether it has no colours."""
        return self.mode in _GRAY or self.mode.startswith("I;16")

    @property
    def white(self) -> float:
        """The greatest value that its pixel format holds; 1 for floating point."""
        if self.mode == "F":
            return 1.0
        # Older releases of Pillow open 16-bit PNGs as 32-bit integers.
        return 65535.0 if self.mode.startswith("I") else 255.0


@dataclass(frozen=True)
class MaskRules:
    """What the values of a mask mean.

    Parameters
    ----------
    classes : int
        1: foreground and background, to 1 and 0. More: the values are class indexes below this number.
    threshold : float, optional
        With one class: values above it are foreground. Without it, a mask must hold 0 and 1, or 0 and 255,
        alone.
    ignore_label : int, optional
        A value that passes through as it is, for the loss to leave out.
    """

    classes: int = 1
    threshold: Optional[float] = None
    ignore_label: Optional[int] = None

    def __post_init__(self) -> None:
        if self.classes < 1:
            raise OptionError(f"classes is {self.classes}; it must be 1 (foreground or not) or more")
        if self.classes > 1 and self.threshold is not None:
            raise OptionError(
                f"a threshold makes masks of one class, but classes is {self.classes}",
                mend="leave out one of the two",
            )
        if self.ignore_label is not None and 0 <= self.ignore_label < max(2, self.classes):
            raise OptionError(
                f"the ignored label {self.ignore_label} is itself a class",
                mend=f"take a value outside 0 to {max(2, self.classes) - 1}, such as 255",
            )


@contextlib.contextmanager
def _opened(path: Path, frame: int = 0) -> Iterator[Any]:
    image_module = library("PIL.Image", _PURPOSE)
    try:
        with image_module.open(path) as picture:
            if frame:
                picture.seek(frame)
            yield picture
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except image_module.UnidentifiedImageError:
        raise DataError(
            f"{path} is not a picture that Pillow can read",
            mend="take it away, or name the pictures alone with a pattern such as 'cells/*.tif'",
        ) from None
    except image_module.DecompressionBombError as error:
        raise DataError(
            f"{path} has too many pixels to read ({error})", mend="cut it into smaller pictures first"
        ) from None
    # Pillow's readers raise whatever a broken file leads them into.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def look(path: Path) -> list[Picture]:
    """Return the pictures of a file from its header alone, without decoding them.

    Raises
    ------
    DataError
        Where the file is not there, is no picture or is broken.
    """
    with _opened(path) as picture:
        # A PNG's own getexif decodes the whole picture, for what may follow the pixels.
        exif = library("PIL.Image", _PURPOSE).Image.getexif
        frames = int(getattr(picture, "n_frames", 1))
        found = []
        for frame in range(frames):
            if frame:
                picture.seek(frame)
            width, height = picture.size
            if exif(picture).get(_ORIENTATION) in _SIDEWAYS:
                width, height = height, width
            found.append(Picture(path, frame, frames, (height, width), picture.mode))
        return found


def read_image(picture: Picture, colour: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the pixels of an image, unscaled.

    Parameters
    ----------
    picture : Picture
        From `look`.
    colour : {"gray", "rgb", "bgr"}
        The channels wanted. Colours are turned to gray by their luminance (ITU-R 601-2).

    Returns
    -------
    ndarray, C x H x W, float32
        C is 1 for gray and 3 otherwise.

    Raises
    ------
    DataError
        Where the picture is broken, is partly transparent, or is gray where colours are wanted.
    """
    if colour not in COLOURS:
        raise OptionError(f"colour is {colour!r}; it can be {', '.join(COLOURS)}")
    if not picture.gray and picture.mode not in _COLOUR:
        raise DataError(
            f"{picture} has the pixel format {picture.mode}, which is neither gray nor RGB",
            mend="convert it, for instance to PNG",
        )
    if picture.gray and colour != "gray":
        raise DataError(
            f"{picture} is gray ({picture.mode}), but {colour} was asked for",
            mend="ask for gray, or check that no mask lies among the images",
        )
    with _opened(picture.path, picture.frame) as opened:
        upright = library("PIL.ImageOps", _PURPOSE).exif_transpose(opened)
        solid = _without_alpha(upright, picture)
        if picture.white != 255.0:
            pixels = np.asarray(solid, dtype=np.float32)[None]
        elif colour == "gray":
            pixels = np.asarray(solid.convert("L"), dtype=np.float32)[None]
        else:
            pixels = np.asarray(solid.convert("RGB"), dtype=np.float32).transpose(2, 0, 1)
    _check_size(pixels, picture)
    if not np.isfinite(pixels).all():
        raise DataError(f"{picture} holds values that are not finite numbers")
    return np.ascontiguousarray(pixels[::-1] if colour == "bgr" else pixels)


def _check_size(pixels: np.ndarray[Any, Any], picture: Picture) -> None:
    if pixels.shape[-2:] != picture.size:
        raise DataError(
            f"{picture} is {picture.size[0]} x {picture.size[1]} by its header and "
            f"{pixels.shape[-2]} x {pixels.shape[-1]} when it is read",
            mend="save it again upright, without EXIF data",
        )


def _without_alpha(picture: Any, named: object) -> Any:
    """Return a picture without its alpha channel, which must be opaque everywhere."""
    if picture.mode == "PA" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode not in ("LA", "RGBA"):
        return picture
    lowest = picture.getchannel("A").getextrema()[0]
    if lowest < 255:
        raise DataError(
            f"{named} is partly transparent (alpha down to {lowest})",
            mend="put it on a background first: what lies behind transparent pixels is not known",
        )
    return picture.convert(picture.mode[:-1])


def read_mask(picture: Picture, rules: MaskRules) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the labels of a mask.

    Palette pictures give their indexes, not their colours; colour pictures must be gray in fact.

    Returns
    -------
    ndarray, H x W, float32
        Class indexes, and the ignored label where the mask has it.

    Raises
    ------
    DataError
        Where the mask is coloured, or holds values that the rules don't know: the message lists them.
    """
    with _opened(picture.path, picture.frame) as opened:
        upright = library("PIL.ImageOps", _PURPOSE).exif_transpose(opened)
        values = np.asarray(upright)
    if values.ndim == 3:
        values = _one_channel(values, picture)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    _check_size(values, picture)
    return _labels(values, rules, picture)


def _one_channel(values: np.ndarray[Any, Any], picture: Picture) -> np.ndarray[Any, Any]:
    """Return the values of a mask that was saved in colour or with an opaque alpha channel."""
    colours = values[..., :-1] if picture.mode in ("LA", "PA", "RGBA") else values
    if picture.mode in ("LA", "PA", "RGBA") and values[..., -1].min() < 255:
        raise DataError(
            f"{picture} is a mask with transparency; its values are not certain", mend="save it without alpha"
        )
    if (colours != colours[..., :1]).any():
        raise DataError(
            f"{picture} is a coloured mask ({picture.mode}); a mask holds one value a pixel",
            mend="save it as gray, or with a palette whose indexes are the classes",
        )
    return colours[..., 0]


def _labels(
    values: np.ndarray[Any, Any], rules: MaskRules, picture: Picture
) -> np.ndarray[Any, np.dtype[np.float32]]:
    ignored = (
        values == rules.ignore_label if rules.ignore_label is not None else np.zeros(values.shape, dtype=bool)
    )
    if rules.threshold is not None:
        labels = (values > rules.threshold).astype(np.float32)
    else:
        present, counts = np.unique(values[~ignored], return_counts=True)
        labels = values.astype(np.float32)
        if rules.classes == 1:
            if not (np.isin(present, (0, 1)).all() or np.isin(present, (0, 255)).all()):
                raise DataError(
                    f"{picture} is no mask of foreground and background: it holds "
                    f"{_counted(present, counts)}; "
                    f"expected 0 and 1, or 0 and 255, alone",
                    mend="give --threshold 127 for soft edges or JPEG, --classes N for class indexes, or "
                    "--ignore-label N",
                )
            labels = (values != 0).astype(np.float32)
        elif not np.isin(present, np.arange(rules.classes)).all():
            strange = ~np.isin(present, np.arange(rules.classes))
            raise DataError(
                f"{picture} holds values that are no class of 0 to {rules.classes - 1}: "
                f"{_counted(present[strange], counts[strange])}",
                mend="raise --classes, or name the value to leave out with --ignore-label",
            )
    if rules.ignore_label is not None:
        labels[ignored] = rules.ignore_label
    return labels


def _counted(values: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> str:
    return listed(
        (f"{value:g} ({count} px)" for value, count in zip(values.tolist(), counts.tolist())), limit=12
    )
