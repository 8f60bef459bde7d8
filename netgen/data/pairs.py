"""Which mask belongs to which image, and which pairs are held out."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import numpy as np

from netgen.data.extras import library
from netgen.data.images import Picture, look
from netgen.errors import DataError, OptionError, listed, nearest

__all__ = ["Pair", "collect", "match", "split"]

_SHOWN = 8


@dataclass(frozen=True)
class Pair:
    """An image and its mask, which have the same size."""

    image: Picture
    mask: Picture


def collect(source: str, what: str) -> list[Path]:
    """Return the picture files that a folder, a pattern, a list file or a single file names.

    Parameters
    ----------
    source : str
        A folder (its own pictures, not those of folders inside it), a pattern such as ``"**/*.png"``, a
        ``.txt`` file with one path a line, relative to its own folder, or a picture.
    what : str
        ``"images"`` or ``"masks"``, for the errors.

    Raises
    ------
    DataError
        Where nothing is there.
    """
    path = Path(source)
    if path.is_dir():
        return _folder(path, what)
    if path.is_file():
        return _listed_in(path, what) if path.suffix.lower() == ".txt" else [path]
    if glob.has_magic(source):
        # Path.glob takes no absolute pattern.
        names = glob.glob(source, recursive=True)  # noqa: PTH207
        found = sorted(Path(name) for name in names if Path(name).is_file())
        if not found:
            raise DataError(f"no file matches the pattern {source!r} for the {what}")
        return found
    near = nearest(path.name, (p.name for p in path.parent.iterdir())) if path.parent.is_dir() else None
    raise DataError(
        f"{what}: there is no folder, file or list {source!r}",
        mend=f"did you mean {path.parent / near}?" if near else None,
    )


def _suffixes() -> set[str]:
    image_module = library("PIL.Image", "reading pictures")
    registered = image_module.registered_extensions()
    return {suffix for suffix, name in registered.items() if name in image_module.OPEN}


def _folder(folder: Path, what: str) -> list[Path]:
    suffixes = _suffixes()
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    found = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in suffixes]
    if not found:
        inside = [entry.name for entry in entries if entry.is_dir()]
        others = [entry.name for entry in entries if entry.is_file()]
        has = f"; it has the folders {listed(inside, _SHOWN)}" if inside else ""
        has = has or (f"; it has {listed(others, _SHOWN)}" if others else "; it is empty")
        raise DataError(
            f"{what}: the folder {folder} holds no pictures{has}",
            mend=f"name one of them, or the pattern '{folder}/**/*.png'" if inside else "name another folder",
        )
    return found


def _listed_in(path: Path, what: str) -> list[Path]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise DataError(f"the list file {path} is not UTF-8 text: {error}") from None
    found = [path.parent / line for line in lines if line]
    if not found:
        raise DataError(f"{what}: the list file {path} is empty")
    for file in found:
        if not file.is_file():
            raise DataError(f"{what}: the list file {path} names {file}, which is not there")
    return found


def match(
    images: str, masks: str, *, mask_name: str = "{stem}", skip_unmatched: bool = False
) -> tuple[list[Pair], list[str]]:
    """Return images with their masks, and what was left out.

    Two list files are paired line by line, two single files with each other, everything else by stem:
    ``a/001.jpg`` belongs to ``b/001.png``. The pictures of a file of several pair in their order.

    Parameters
    ----------
    images, masks : str
        As `collect` takes them.
    mask_name : str
        The stem of an image's mask, ``{stem}`` standing for the image's own, such as ``"{stem}_mask"``.
    skip_unmatched : bool
        Leave out what has no counterpart instead of raising an error.

    Raises
    ------
    DataError
        Where something has no counterpart, two files have the same stem, or sizes differ; the message names
        all of them.
    """
    if mask_name.count("{stem}") != 1:
        raise OptionError(
            f"the mask name {mask_name!r} needs {{stem}} once, for the image's own stem",
            mend="write for instance '{stem}_mask'",
        )
    image_files, mask_files = collect(images, "images"), collect(masks, "masks")
    by_order = Path(images).is_file() and Path(masks).is_file()
    left_out: list[str] = []
    if by_order:
        if len(image_files) != len(mask_files):
            raise DataError(
                f"{images} has {len(image_files)} images and {masks} has {len(mask_files)} masks; "
                "lists pair line by line"
            )
        files = list(zip(image_files, mask_files))
    else:
        files, left_out = _by_stem(image_files, mask_files, mask_name, skip_unmatched)
    return _checked(files), left_out


def _by_stem(
    images: Sequence[Path], masks: Sequence[Path], mask_name: str, skip: bool
) -> tuple[list[tuple[Path, Path]], list[str]]:
    image_of, mask_of = _stems(images, "images"), _stems(masks, "masks")
    wanted = {mask_name.replace("{stem}", stem): stem for stem in image_of}
    files = [(image_of[stem], mask_of[name]) for name, stem in wanted.items() if name in mask_of]
    alone = [name for name in wanted if name not in mask_of]
    spare = [name for name in mask_of if name not in wanted]
    if not (alone or spare) or (skip and files):
        return files, [str(image_of[wanted[name]]) for name in alone] + [str(mask_of[name]) for name in spare]
    lines = []
    if alone:
        lines.append(
            f"{len(alone)} of {len(image_of)} images have no mask: "
            + _named(alone, wanted, image_of, mask_of)
        )
    if spare:
        lines.append(
            f"{len(spare)} of {len(mask_of)} masks have no image: "
            + listed((mask_of[n].name for n in spare), _SHOWN)
        )
    mend = (
        "give --skip-unmatched to go on with the rest"
        if files
        else "give --mask-name '{stem}_mask' or the like"
    )
    affix = _affix(list(image_of), list(mask_of)) if not files else None
    raise DataError(
        "; ".join(lines), mend=f"the masks are named {affix}: give --mask-name '{affix}'" if affix else mend
    )


def _named(
    alone: Sequence[str], wanted: dict[str, str], image_of: dict[str, Path], mask_of: dict[str, Path]
) -> str:
    shown: list[str] = []
    for name in alone:
        near = nearest(name, mask_of) if len(shown) < _SHOWN else None
        hint = f" (nearest mask: {mask_of[near].name})" if near else ""
        shown.append(f"{image_of[wanted[name]].name}{hint}")
    return listed(shown, _SHOWN)


def _affix(image_stems: Sequence[str], mask_stems: Sequence[str]) -> Optional[str]:
    """Return the mask name that fits all images, where masks are named by the image's stem and more."""
    longest = max(image_stems, key=len)
    for mask in mask_stems:
        if longest in mask:
            name = mask.replace(longest, "{stem}", 1)
            if {name.replace("{stem}", stem) for stem in image_stems} <= set(mask_stems):
                return name
    return None


def _stems(files: Sequence[Path], what: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in files:
        if file.stem in found:
            raise DataError(
                f"{what}: {found[file.stem]} and {file} have the same stem, which is what pairs are told by",
                mend="take one of them away, or name the files in two list files, which pair line by line",
            )
        found[file.stem] = file
    return found


def _checked(files: Sequence[tuple[Path, Path]]) -> list[Pair]:
    """Look at every header, and raise one error for all the pairs that don't fit."""
    pairs, wrong = [], []
    for image_file, mask_file in files:
        images, masks = look(image_file), look(mask_file)
        if len(images) != len(masks):
            wrong.append(f"{image_file} holds {len(images)} pictures and {mask_file} holds {len(masks)}")
            continue
        for image, mask in zip(images, masks):
            pairs.append(Pair(image, mask))
            if image.size != mask.size:
                sizes = [f"{size[0]} x {size[1]}" for size in (image.size, mask.size)]
                wrong.append(f"{image} is {sizes[0]} and {mask} is {sizes[1]} (height x width)")
    if wrong:
        raise DataError(
            "images and masks differ in size: "
            + "; ".join(wrong[:_SHOWN])
            + (f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""),
            mend="give each image the mask that was made for it, in its size",
        )
    return pairs


def split(pairs: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs to train with and those held out, each in the order that they came in.

    Parameters
    ----------
    share : float
        Of the images, to train with. Between 0 and 1 each side gets at least one.
    seed : int
        The same seed gives the same split of the same pairs.

    Raises
    ------
    OptionError
        Where the share is not from 0 to 1.
    DataError
        Where a single image would have to be split.
    """
    if not 0 <= share <= 1:
        raise OptionError(
            f"the share to train with is {share:g}; it must be from 0 to 1",
            mend="0.8 holds out every fifth image",
        )
    if 0 < share < 1 and len(pairs) < 2:
        raise DataError(
            f"one image cannot be split into {share:g} and {1 - share:g}",
            mend="take everything with --split 1, or name held-out images with --test IMAGES MASKS",
        )
    count = round(share * len(pairs))
    if 0 < share < 1:
        count = min(max(count, 1), len(pairs) - 1)
    # RandomState's streams are frozen: a split is the same under every NumPy.
    chosen = set(np.random.RandomState(seed).permutation(len(pairs))[:count].tolist())
    return (
        [pair for index, pair in enumerate(pairs) if index in chosen],
        [pair for index, pair in enumerate(pairs) if index not in chosen],
    )
