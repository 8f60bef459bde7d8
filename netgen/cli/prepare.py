"""``netgen prepare``: make a data set for Caffe's data layers from images and masks."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Optional

import click
from rich.console import Console
from rich.progress import Progress, TaskID

from netgen.data import FORMATS, Options, Outcome
from netgen.data import prepare as make
from netgen.data.images import COLOURS, MaskRules
from netgen.data.manifest import DataSet
from netgen.data.tiling import geometry, spelt
from netgen.data.weights import WeightRules
from netgen.errors import OptionError

__all__ = ["prepare"]


class _Size(click.ParamType):
    """``572`` or ``444x892``: height x width."""

    name = "H[xW]"

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d+)(?:[x×](\d+))?", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no size: write 572, or 444x892 for height x width", param, ctx)
        return int(found[1]), int(found[2] or found[1])


@click.command()
@click.argument("images")
@click.argument("masks")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to make: BUNDLE/data."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="hdf5",
    show_default=True,
    help="For HDF5Data, Data (LMDB), ImageData (PNG tiles), or netgen's Python data layer (a list of pairs).",
)
@click.option(
    "--input-size",
    "--size",
    "input_size",
    type=_Size(),
    help="What the net reads. [default: 572, or from --output-size]",
)
@click.option(
    "--output-size", type=_Size(), help="What the net answers for. [default: U-Net's, from the input]"
)
@click.option(
    "--padding",
    type=click.Choice(["valid", "same"]),
    default="valid",
    show_default=True,
    help="U-Net's, to find one size from the other.",
)
@click.option("--depth", type=click.IntRange(min=1), default=4, show_default=True, help="U-Net's, likewise.")
@click.option(
    "--split",
    type=float,
    help="Share of the images to train with; the rest are held out.  [default: 0.8]",
)
@click.option(
    "--test",
    type=(str, str),
    metavar="IMAGES MASKS",
    help="Images and masks that are held out, instead of a share of the others.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the split, the order and the copies."
)
@click.option(
    "--shuffle/--no-shuffle", default=True, show_default=True, help="Write training samples in random order."
)
@click.option(
    "--colour",
    "--color",
    "colour",
    type=click.Choice(COLOURS),
    default="gray",
    show_default=True,
    help="Channels of the data. Caffe's own layers and models have bgr.",
)
@click.option(
    "--scale",
    type=float,
    help="What pixel values are multiplied with. [default: 1/255; 1/65535 for 16-bit images]",
)
@click.option("--threshold", type=float, help="Mask values above it are foreground.")
@click.option(
    "--classes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Masks hold class indexes below it; 1: foreground or not.",
)
@click.option(
    "--one-hot", is_flag=True, help="One label channel a class, for a sigmoid loss over several classes."
)
@click.option(
    "--ignore-label",
    type=int,
    metavar="VALUE",
    help="A mask value that the loss leaves out; it passes through.",
)
@click.option("--weight-map", is_flag=True, help="Make U-Net's weight map too, as a third blob.")
@click.option(
    "--weight-border", type=float, default=10.0, show_default=True, help="Its weight between objects (w0)."
)
@click.option(
    "--weight-sigma", type=float, default=5.0, show_default=True, help="How far that reaches, in pixels."
)
@click.option(
    "--augment",
    type=click.IntRange(min=0),
    metavar="COPIES",
    default=0,
    show_default=True,
    help="Copies of each training tile to add, flipped and turned.",
)
@click.option(
    "--jitter",
    type=float,
    metavar="SHARE",
    default=0.0,
    show_default=True,
    help="Change the copies' contrast and brightness by up to this: 0.15.",
)
@click.option(
    "--file-size",
    type=float,
    metavar="MB",
    default=256.0,
    show_default=True,
    help="The most that one HDF5 file holds; HDF5Data loads it whole.",
)
@click.option("--gzip", type=click.IntRange(0, 9), default=0, show_default=True, help="Compress HDF5 files.")
@click.option(
    "--mask-name", default="{stem}", show_default=True, help="A mask's file name without its ending."
)
@click.option(
    "--skip-unmatched", is_flag=True, help="Leave out images without a mask and masks without an image."
)
@click.option(
    "--relative-to",
    type=click.Path(path_type=Path, file_okay=False),
    help="List files by paths from this folder, where Caffe will run. [default: the bundle, where the output "
    "lies in one; else absolute paths]",
)
@click.option("--force", is_flag=True, help="Replace an earlier data set.")
def prepare(
    images: str,
    masks: str,
    output: Path,
    test: Optional[tuple[str, str]],
    **given: Any,
) -> None:
    """Make a data set that Caffe reads from IMAGES and MASKS.

    Each is a folder, a pattern in quotes ("cells/*.tif"), a .txt file with a path a line, or a picture; a
    TIFF stack counts as its pictures. A mask belongs to the image of the same name without ending; two lists
    pair line by line.

    Images of any size are cut into tiles. The labels' tiles cover each image and overlap evenly where they
    must. Data tiles are larger by what the net's unpadded convolutions take, and mirrored where they reach
    outside. An image smaller than a tile is mirrored to fill it; with --ignore-label, the labels outside are
    ignored.

    Masks hold 0 and 1, or 0 and 255, unless --threshold or --classes says otherwise. Palette masks give their
    indexes.

    The output holds the samples, what the layers name as their "source" (train.txt and test.txt), and
    data.json, which says what they are. It appears whole or not at all.
    """
    if test is not None and given["split"] is not None:
        raise OptionError(
            "--test names the held-out images, and --split would choose them", mend="leave out one of the two"
        )
    with _Display() as display:
        outcome = make(images, masks, output, _options(given), test=test, progress=display.show)
    _tell(outcome)


def _options(given: dict[str, Any]) -> Options:
    """Return the command's options as the job takes them."""
    weights = WeightRules(given["weight_border"], given["weight_sigma"])
    return Options(
        format=given["form"],
        geometry=geometry(
            given["input_size"], given["output_size"], padding=given["padding"], depth=given["depth"]
        ),
        colour=given["colour"],
        scale=given["scale"],
        masks=MaskRules(given["classes"], given["threshold"], given["ignore_label"]),
        one_hot=given["one_hot"],
        weights=weights if given["weight_map"] else None,
        share=0.8 if given["split"] is None else given["split"],
        seed=given["seed"],
        shuffle=given["shuffle"],
        augment=given["augment"],
        jitter=given["jitter"],
        megabytes=given["file_size"],
        gzip=given["gzip"],
        relative_to=given["relative_to"],
        mask_name=given["mask_name"],
        skip_unmatched=given["skip_unmatched"],
        force=given["force"],
    )


class _Display:
    """A bar on a terminal, nothing elsewhere; always on standard error."""

    def __init__(self) -> None:
        console = Console(file=sys.stderr, highlight=False)
        self._bar = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Display:
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Stopping a bar that never ran prints an empty line in rich before 15.
        if not self._bar.disable:
            self._bar.stop()

    def show(self, what: str, done: int, total: int) -> None:
        """Show how far one part of the job is."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        self._bar.update(self._tasks[what], completed=done)


def _tell(outcome: Outcome) -> None:
    """Say what was made and how a net names it."""
    data = outcome.data
    click.echo(f"{outcome.folder}: {data.format}, {_shapes(data)}")
    for name, phase in data.phases.items():
        sources = ", ".join(str(outcome.folder / source) for source in dict.fromkeys(phase.sources.values()))
        made = f"{_number(phase.samples, 'sample')} of {_number(len(phase.images), 'image')}"
        click.echo(f"{name:<6}{made}{_shares(phase.pixels)}")
        click.echo(f"{'':<6}source: {sources}")
    for what, scale in (("data", data.layer_scale), ("labels", data.label_scale)):
        if scale != 1:
            click.echo(f"the net has to scale the {what} by {scale:.8g} (transform_param)")
    for file in outcome.left_out:
        click.echo(f"note: left out {file}, which has no counterpart", err=True)
    for path in outcome.leftovers:
        click.echo(f"note: an earlier run was killed and left {path}, which can be deleted", err=True)


def _shapes(data: DataSet) -> str:
    return f"data {data.channels} x {_side(data.input_size)}, labels {_side(data.output_size)}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _side(size: list[int]) -> str:
    return spelt((size[0], size[1]))


def _shares(pixels: dict[str, int]) -> str:
    total = sum(pixels.values())
    shares = [
        f"{count / total:.1%} {'ignored' if label == 'ignored' else f'class {label}'}"
        for label, count in pixels.items()
        if count
    ]
    return f" ({', '.join(shares)})" if shares else ""
