"""``netgen predict``: run a deploy net over images and write masks."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import click
import numpy as np
from rich.console import Console

from netgen.cli.data_fit import find_data_set
from netgen.data.images import Picture, look, read_image
from netgen.data.manifest import DataSet
from netgen.errors import DataError, OptionError
from netgen.runner import Caffe
from netgen.runner.prediction import Prediction, Predictor

__all__ = ["predict"]

# Enough colours for the classes of common data sets, far apart in hue; the rest repeat.
_HUES = 24


class _Numbers(click.ParamType):
    """``104`` or ``104,117,123``."""

    name = "NUMBERS"

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if not numbers or not all(math.isfinite(number) for number in numbers):
            self.fail(
                f"{value!r} is neither a number nor several with commas, such as 104,117,123", param, ctx
            )
        return numbers


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The mask to write; a folder for several images.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="The caffemodel.  [default: the last whole snapshot of BUNDLE]",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Foreground where its probability is above this.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Write probabilities: a PNG of 16 bits, or classes x height x width in a name that ends in .npy.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The data set trained with, for colour and scale.  [default: one in BUNDLE or BUNDLE/data]",
)
@click.option(
    "--colour",
    type=click.Choice(["gray", "rgb", "bgr"]),
    help="The order of channels.  [default: the data set's, or else gray or bgr]",
)
@click.option(
    "--scale",
    type=float,
    help="What pixel values are multiplied with.  [default: the data set's, or else 1/white]",
)
@click.option(
    "--mean",
    type=_Numbers(),
    multiple=True,
    help="Subtracted before that: one number, or one for each channel (104,117,123, or --mean for each).",
)
@click.option(
    "--margin",
    type=click.IntRange(min=0),
    help="Pixels to drop at each side of a tile's output.  [default: 0; an eighth if the net pads]",
)
@click.option("--blob", help="The output to take, where the net has several.")
@click.option(
    "--activation",
    type=click.Choice(["sigmoid", "softmax", "none"]),
    help="What to apply to the output.  [default: nothing if the net has done it, else what the loss in"
    " train.prototxt implies, else sigmoid for one class and softmax for more]",
)
@click.option("--partial", is_flag=True, help="Go on although the weights have nothing for some layers.")
@click.option("--force", is_flag=True, help="Replace files.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), help="Seconds that one tile may take."
)
@click.option(
    "--caffe-python", metavar="PYTHON", help="The Python that has Caffe.  [env: NETGEN_CAFFE_PYTHON]"
)
@click.option(
    "--gpu", type=click.IntRange(min=0), metavar="DEVICE", help="Compute on this device, not on the CPU."
)
@click.option("--verbose", is_flag=True, help="Show what Caffe writes.")
def predict(
    bundle: Path,
    images: tuple[Path, ...],
    output: Path,
    threshold: float,
    probabilities: bool,
    data: Optional[Path],
    colour: Optional[str],
    scale: Optional[float],
    mean: tuple[tuple[float, ...], ...],
    force: bool,
    time_limit: Optional[float],
    caffe_python: Optional[str],
    gpu: Optional[int],
    verbose: bool,
    **options: Any,
) -> None:
    """Predict masks for IMAGEs with the deploy net of BUNDLE.

    An image may have any size: it is cut into tiles that the net can read, mirrored at its border, and put
    together again.

    One class gives 255 for foreground and 0 for background, as do two (the second is the foreground); more
    give the index of the most probable class, with a palette; --threshold does not matter there, nor that
    the probabilities of a sigmoid over several classes do not add up to 1.

    Where the net ends in scores, --activation is applied to them; --threshold then means probabilities, but
    with "none" the net's own numbers.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    pictures = [_only(path) for path in images]
    targets = _targets(images, output, force, probabilities)
    data_set = _data_set(bundle, data)
    with Caffe(caffe_python, gpu=gpu, time_limit=time_limit) as caffe:
        if verbose:
            caffe.log.listener = lambda line: console.print(line, markup=False, style="dim")
        predictor = Predictor(caffe, bundle, **options)
        _check_classes(predictor.classes, targets, probabilities)
        shift = [number for numbers in mean for number in numbers]
        if len(shift) not in (0, 1, predictor.channels):
            raise OptionError(
                f"{len(shift)} means for {predictor.channels} channels",
                mend="give one, or one for each channel",
            )
        console.print(_account(predictor, data_set, options["activation"]), markup=False)
        order = colour or (data_set.colour if data_set else "gray" if predictor.channels == 1 else "bgr")
        for picture, target in zip(pictures, targets):
            pixels = read_image(picture, order)
            scale_here = (data_set.scale if data_set else 1 / picture.white) if scale is None else scale
            prediction = predictor.predict(_normalised(pixels, shift, scale_here), _shower(console, picture))
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                if probabilities:
                    _write_probabilities(prediction, target)
                else:
                    _write_mask(prediction.mask(threshold), predictor.classes, target)
            except OSError as error:
                with contextlib.suppress(OSError):
                    _beside(target).unlink()
                raise DataError(f"{target} cannot be written: {error.strerror or error}") from error
            click.echo(str(target))


def _only(path: Path) -> Picture:
    pictures = look(path)
    if len(pictures) > 1:
        raise DataError(f"{path} holds {len(pictures)} pictures", mend="save each to a file of its own")
    return pictures[0]


def _targets(images: Sequence[Path], output: Path, force: bool, probabilities: bool) -> list[Path]:
    """Return where each image's result goes, once it is sure that it can go there."""
    if len(images) == 1 and not output.is_dir() and output.suffix:
        targets = [output]
    elif output.is_file():
        raise OptionError(f"{len(images)} images cannot go into the one file {output}", mend="name a folder")
    else:
        targets = [output / f"{image.stem}.png" for image in images]
    for index, target in enumerate(targets):
        if target in targets[:index]:
            first = images[targets.index(target)]
            raise OptionError(f"{first} and {images[index]} would both be written to {target}")
        if target.resolve() in [image.resolve() for image in images]:
            raise OptionError(f"{target} is one of the images themselves", mend="write somewhere else")
        if target.exists() and not force:
            raise OptionError(f"{target} is there already", mend="--force replaces it")
        if target.suffix.lower() not in (".png", ".npy"):
            raise OptionError(
                f"{target} should end in .png (or .npy for probabilities)",
                mend="other formats lose mask values",
            )
        if target.suffix.lower() == ".npy" and not probabilities:
            raise OptionError(f"{target} should end in .png", mend="--probabilities writes .npy")
        _check_writable(target)
    return targets


def _check_writable(target: Path) -> None:
    """Refuse a place that nothing can be written to; what can only be known then is said on writing."""
    folder = next(folder for folder in target.absolute().parents if folder.exists())
    if target.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        what = f"{target} is a folder" if target.is_dir() else f"{target} cannot be written: {folder}"
        why = "" if target.is_dir() else " is no folder" if not folder.is_dir() else " is read-only"
        raise DataError(what + why, mend="write somewhere else")


def _check_classes(classes: int, targets: Sequence[Path], probabilities: bool) -> None:
    """Refuse what the file cannot hold."""
    if probabilities and classes > 2 and any(target.suffix.lower() == ".png" for target in targets):
        raise OptionError(
            f"a PNG holds the probability of one class, the net has {classes}",
            mend="write to a name that ends in .npy" + (", image by image" if len(targets) > 1 else ""),
        )
    if not probabilities and classes > 256:
        raise OptionError(
            f"{classes} classes do not fit into a mask of 8 bits", mend="--probabilities, to a name in .npy"
        )


def _data_set(bundle: Path, data: Optional[Path]) -> Optional[DataSet]:
    """Return the data set that was named, or that lies in the bundle."""
    if data is not None:
        return DataSet.read(data)
    found = find_data_set(bundle if bundle.is_dir() else bundle.parent)
    return None if found is None else found[1]


def _account(predictor: Predictor, data_set: Optional[DataSet], activation: Optional[str]) -> str:
    """Say what is about to be done, where it is not as one might think."""
    parts = [f"weights {predictor.weights}"]
    if predictor.activation and activation is None:
        parts.append(f"the net ends in scores: {predictor.activation} applied ({predictor.reason})")
    elif activation is not None:
        parts.append(f"{predictor.activation or 'nothing'} applied to the output, as asked for")
    if predictor.missed:
        parts.append(f"random weights in {', '.join(predictor.missed)}")
    if data_set is not None:
        parts.append(f"colour {data_set.colour} and scale {data_set.scale:g} from its data set")
    return "; ".join(parts)


def _normalised(pixels: np.ndarray[Any, Any], mean: Sequence[float], scale: float) -> np.ndarray[Any, Any]:
    shift = np.asarray(list(mean) or [0], dtype=np.float32)[:, None, None]
    scaled: np.ndarray[Any, Any] = (pixels - shift) * np.float32(scale)
    return scaled


def _shower(console: Console, picture: Picture) -> Any:
    """Return what tells of tiles, for images large enough to wait for."""

    def show(done: int, of: int) -> None:
        if of > 1 and (console.is_terminal or done == of):
            console.print(f"{picture}: tile {done} of {of}", markup=False, end="\r" if done < of else "\n")

    return show


def _write_probabilities(prediction: Prediction, target: Path) -> None:
    if target.suffix.lower() == ".npy":
        temporary = _beside(target)
        with temporary.open("wb") as file:
            np.save(file, prediction.probabilities)
        temporary.replace(target)
        return
    _save(np.rint(prediction.foreground * 65535).astype(np.uint16), None, target)


def _write_mask(mask: np.ndarray[Any, Any], classes: int, target: Path) -> None:
    _save(mask, _palette(classes) if classes > 2 else None, target)


def _save(array: np.ndarray[Any, Any], palette: Optional[list[int]], target: Path) -> None:
    from PIL import Image

    image = Image.fromarray(array)
    if palette is not None:
        image.putpalette(palette)
    temporary = _beside(target)
    image.save(temporary, format="PNG")
    temporary.replace(target)


def _beside(target: Path) -> Path:
    """Return a name to write under until the file is whole."""
    return target.with_name(f".{target.name}.{os.getpid()}")


def _palette(classes: int) -> list[int]:
    """Return colours for class indexes: black for the first, then hues."""
    import colorsys

    colours = [0, 0, 0]
    for index in range(1, min(classes, 256)):
        # The golden ratio spreads neighbours far apart.
        hue = (index * 0.618033988749895) % 1.0
        value = 1.0 if index % _HUES < _HUES // 2 else 0.7
        colours += [round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.75, value)]
    return colours
