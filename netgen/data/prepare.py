"""The job of ``netgen prepare``: folders of images and masks in, a data set that Caffe reads out."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Union

import numpy as np

from netgen.data.folder import leftovers, replaced
from netgen.data.hdf5 import Hdf5Store
from netgen.data.images import MaskRules, read_mask
from netgen.data.lmdb_store import LmdbStore
from netgen.data.manifest import MANIFEST, DataSet, Phase
from netgen.data.options import Options
from netgen.data.pair_list import write_pair_list
from netgen.data.pairs import Pair, match, split
from netgen.data.png_store import PngStore
from netgen.data.samples import Array, Recipe, samples
from netgen.data.weights import balance
from netgen.errors import DataError, OptionError, listed

__all__ = ["Outcome", "prepare"]

# Called with what is being done, how many of it are done and how many there are.
Progress = Callable[[str, int, int], None]
Store = Union[Hdf5Store, LmdbStore, PngStore]


@dataclass(frozen=True)
class Outcome:
    """What was made.

    Parameters
    ----------
    folder : Path
        Of the data set.
    data : DataSet
        As ``data.json`` has it.
    left_out : list of str
        Images and masks without a counterpart that were skipped.
    leftovers : list of Path
        Hidden folders that killed runs left behind, which may be deleted.
    """

    folder: Path
    data: DataSet
    left_out: list[str]
    leftovers: list[Path]


def prepare(
    images: str,
    masks: str,
    output: Path,
    options: Options,
    *,
    test: Optional[tuple[str, str]] = None,
    progress: Optional[Progress] = None,
) -> Outcome:
    """Make a data set from images and masks.

    Memory holds one image at a time, whatever their number. The output folder appears whole or not at all.

    Parameters
    ----------
    images, masks : str
        A folder, a pattern, a ``.txt`` list or a file each; see `netgen.data.pairs.match`.
    output : Path
        The folder to make.
    options : Options
        How.
    test : tuple of str, optional
        Images and masks that are held out, instead of a share of the others.
    progress : callable, optional
        Told what is being done.

    Raises
    ------
    DataError
        Where images and masks don't fit each other, cannot be read, or the output is taken.
    OptionError
        Where options contradict each other.
    """
    tell = progress or _silent
    output = output.resolve()
    left_behind = leftovers(output)
    phases, left_out = _phases(images, masks, options, test)
    everything = [pair for pairs in phases.values() for pair in pairs]
    scale = _scale(everything, options)
    layer_scale = 1.0 if options.format == "hdf5" else scale
    recipe = Recipe(
        geometry=options.geometry,
        colour=options.colour,
        scale=scale / layer_scale,
        masks=options.masks,
        weights=options.weights,
        class_weights={},
        augment=options.augment,
        jitter=options.jitter,
        seed=options.seed,
        one_hot=options.one_hot,
    )
    with replaced(output, options.force) as folder:
        # Within the block, so that an output that is taken is told of before masks are counted.
        if options.weights is not None:
            counted = _class_weights(phases.get("train") or everything, options.masks, tell)
            recipe = dataclasses.replace(recipe, class_weights=counted)
        start = _start(output, options.relative_to)
        made = {
            phase: _write(phase, pairs, folder, recipe, options, _Names(output, start), tell)
            for phase, pairs in phases.items()
        }
        data = DataSet(
            format=options.format,
            input_size=list(options.geometry.input_size),
            output_size=list(options.geometry.output_size),
            channels=recipe.shapes()["data"][0],
            colour=options.colour,
            scale=scale,
            layer_scale=layer_scale,
            label_scale=1 / 255 if options.format == "image" and options.masks.classes == 1 else 1.0,
            classes=options.masks.classes,
            ignore_label=options.masks.ignore_label,
            weights={"border": options.weights.border, "sigma": options.weights.sigma}
            if options.weights
            else None,
            augment=options.augment,
            jitter=options.jitter,
            seed=options.seed,
            phases=made,
            files=sorted([*(entry.name for entry in folder.iterdir()), MANIFEST]),
        )
        data.write(folder)
    return Outcome(output, data, left_out, left_behind)


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def _phases(
    images: str, masks: str, options: Options, test: Optional[tuple[str, str]]
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Return the pairs of each phase that has any, and what was left out."""
    pairs, left_out = match(images, masks, mask_name=options.mask_name, skip_unmatched=options.skip_unmatched)
    if test is None:
        train, held_out = split(pairs, options.share, options.seed)
    else:
        held_out, also_left_out = match(
            *test, mask_name=options.mask_name, skip_unmatched=options.skip_unmatched
        )
        train, left_out = pairs, left_out + also_left_out
        both = {pair.image.path.resolve() for pair in train} & {
            pair.image.path.resolve() for pair in held_out
        }
        if both:
            raise DataError(
                "images are both trained with and held out: " + listed(sorted(map(str, both)), 8),
                mend="name different images, or leave out --test and give --split",
            )
    return {phase: found for phase, found in (("train", train), ("test", held_out)) if found}, left_out


def _scale(pairs: Sequence[Pair], options: Options) -> float:
    """Return the factor on pixel values, which all pictures must share."""
    whites: dict[float, Pair] = {}
    for pair in pairs:
        whites.setdefault(pair.image.white, pair)
    if options.format == "image" and set(whites) != {255.0}:
        other = next(pair for white, pair in whites.items() if white != 255.0)
        raise DataError(
            f"{other.image} has pixels of the format {other.image.mode}; ImageData reads bytes",
            mend="take hdf5 or lmdb",
        )
    if options.scale is not None:
        return options.scale
    if len(whites) > 1:
        examples = " and ".join(f"{pair.image} (up to {white:g})" for white, pair in sorted(whites.items()))
        raise DataError(
            f"the images have different ranges of values: {examples}",
            mend="convert them to one, or give the --scale that is right for all",
        )
    return 1.0 / next(iter(whites))


def _start(output: Path, relative_to: Optional[Path]) -> Optional[Path]:
    """Return the folder that listed paths start from; None for absolute paths."""
    if relative_to is not None:
        return relative_to.resolve()
    # Caffe runs in the bundle, whose own files name the data by paths from there.
    return output.parent if (output.parent / "solver.prototxt").is_file() else None


@dataclass(frozen=True)
class _Names:
    """How list files name the files of the data set in ``output``, from the folder ``start``."""

    output: Path
    start: Optional[Path]

    def listed(self, name: str) -> str:
        path = self.output / name
        if self.start is None:
            return path.as_posix()
        try:
            return Path(os.path.relpath(path, self.start)).as_posix()
        except ValueError:
            raise OptionError(f"no relative path leads from {self.start} to {path}") from None


def _class_weights(pairs: Sequence[Pair], rules: MaskRules, tell: Progress) -> dict[int, float]:
    counts: Counter[int] = Counter()
    for done, pair in enumerate(pairs):
        tell("counting classes", done, len(pairs))
        counts.update(_counts(read_mask(pair.mask, rules), rules))
    return balance({label: counts[label] for label in range(max(2, rules.classes))})


def _counts(labels: Array, rules: MaskRules) -> dict[int, int]:
    counted = labels if rules.ignore_label is None else labels[labels != rules.ignore_label]
    return dict(enumerate(np.bincount(counted.ravel().astype(np.intp)).tolist()))


def _pixels(labels: Array, recipe: Recipe) -> dict[str, int]:
    """Return how many pixels of a sample are of each class."""
    if recipe.one_hot:
        counts = {label: int((plane == 1).sum()) for label, plane in enumerate(labels)}
    else:
        counts = _counts(labels, recipe.masks)
    ignored = labels[0].size - sum(counts.values())
    return {**{str(label): count for label, count in counts.items()}, "ignored": ignored}


def _write(
    phase: str,
    pairs: Sequence[Pair],
    folder: Path,
    recipe: Recipe,
    options: Options,
    names: _Names,
    tell: Progress,
) -> Phase:
    """Write the samples of one phase."""
    training = phase == "train"
    if not training:
        recipe = dataclasses.replace(recipe, augment=0)
    total = sum(recipe.count(pair) for pair in pairs)
    images = [str(pair.image) for pair in pairs]
    if options.format == "python":
        source = f"{phase}.txt"
        write_pair_list(folder / source, pairs, names.start)
        # The layer takes one random crop of each image in training, and every tile in testing.
        return Phase(len(pairs) if training else total, images, {"data": source, "label": source})
    whole = all(pair.image.white == 255.0 for pair in pairs)
    store = _store(phase, folder, recipe, total, options, names, whole)
    order = _Order(total, store.span, options.seed if training and options.shuffle else None)
    numbers = np.arange(len(pairs))
    if training and options.shuffle:
        numbers = np.random.RandomState([options.seed, 1]).permutation(len(pairs))
    pixels: Counter[str] = Counter()
    done = 0
    try:
        for number in numbers.tolist():
            for sample in samples(pairs[number], number, recipe):
                tell(f"writing {phase} samples", done, total)
                pixels.update(_pixels(sample["label"], recipe))
                store.put(order.place(done), sample)
                done += 1
        tell(f"writing {phase} samples", done, total)
        sources = store.finish()
    finally:
        store.close()
    return Phase(total, images, sources, dict(sorted(pixels.items())))


def _store(
    phase: str,
    folder: Path,
    recipe: Recipe,
    total: int,
    options: Options,
    names: _Names,
    whole: bool,
) -> Store:
    shapes = recipe.shapes()
    if options.format == "hdf5":
        return Hdf5Store(
            folder,
            phase,
            shapes,
            total,
            megabytes=options.megabytes,
            gzip=options.gzip,
            listed_as=names.listed,
        )
    if options.format == "lmdb":
        return LmdbStore(folder, phase, shapes, whole=whole)
    return PngStore(folder, phase, shapes, total, classes=options.masks.classes, listed_as=names.listed)


class _Order:
    """Where the samples go that come one after the other: shuffled within spans, or as they come."""

    def __init__(self, total: int, span: int, seed: Optional[int]) -> None:
        self._total, self._span, self._seed = total, span, seed
        self._number = -1
        self._places = np.zeros(0, dtype=np.intp)

    def place(self, come: int) -> int:
        if self._seed is None:
            return come
        number, index = divmod(come, self._span)
        if number != self._number:
            length = min(self._span, self._total - number * self._span)
            self._places = np.random.RandomState([self._seed, 2, number]).permutation(length)
            self._number = number
        return number * self._span + int(self._places[index])
