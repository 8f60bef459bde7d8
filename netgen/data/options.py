"""What a person can choose when a data set is made, and which choices contradict each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from netgen.data.images import COLOURS, MaskRules
from netgen.data.tiling import Geometry, geometry
from netgen.data.weights import WeightRules
from netgen.errors import OptionError, nearest

__all__ = ["FORMATS", "Options"]

FORMATS = ("hdf5", "lmdb", "image", "python")


@dataclass(frozen=True)
class Options:
    """How a data set is made.

    Parameters
    ----------
    format : {"hdf5", "lmdb", "image", "python"}
        For the layers HDF5Data, Data and ImageData, and for netgen's own Python data layer, which reads the
        pictures themselves: for it the pairs are checked, split and listed alone.
    geometry : Geometry
        Sizes of data and labels.
    colour : {"gray", "rgb", "bgr"}
        The channels of the data. Caffe's own layers and models have them as bgr.
    scale : float, optional
        What pixel values are multiplied with; 1/255 (1/65535 for 16-bit pictures) where it is left out.
    masks : MaskRules
        What mask values mean.
    one_hot : bool
        Labels have one channel a class, as a sigmoid loss over several classes takes them.
    weights : WeightRules, optional
        Make U-Net's weight map too.
    share : float
        Of the images, to train with, where no held-out images are named.
    seed : int
        Of the split, the order and the changed copies.
    shuffle : bool
        Write the training samples in random order.
    augment : int
        How many changed copies of each training tile to add.
    jitter : float
        The most by which a copy's contrast and brightness change.
    megabytes : float
        The most that one HDF5 file holds.
    gzip : int
        HDF5 compression, 0 to 9.
    relative_to : Path, optional
        List files by paths relative to this folder, which Caffe has to run in. Left out, it is the
        bundle where the data set lies right inside one, so that the bundle can be moved; elsewhere paths are
        absolute.
    mask_name : str
        The stem of an image's mask.
    skip_unmatched : bool
        Leave out images without a mask and masks without an image.
    force : bool
        Replace an earlier data set.
    """

    format: str = "hdf5"
    geometry: Geometry = field(default_factory=geometry)
    colour: str = "gray"
    scale: Optional[float] = None
    masks: MaskRules = field(default_factory=MaskRules)
    one_hot: bool = False
    weights: Optional[WeightRules] = None
    share: float = 0.8
    seed: int = 0
    shuffle: bool = True
    augment: int = 0
    jitter: float = 0.0
    megabytes: float = 256.0
    gzip: int = 0
    relative_to: Optional[Path] = None
    mask_name: str = "{stem}"
    skip_unmatched: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            guess = nearest(self.format, FORMATS)
            raise OptionError(
                f"the format is {self.format!r}; it can be {', '.join(FORMATS)}",
                mend=f"did you mean {guess}?" if guess else None,
            )
        if self.colour not in COLOURS:
            raise OptionError(f"the colour is {self.colour!r}; it can be {', '.join(COLOURS)}")
        if self.scale is not None and not (math.isfinite(self.scale) and self.scale != 0):
            raise OptionError(f"the scale is {self.scale}; it must be a number other than 0")
        if self.augment < 0:
            raise OptionError(f"augment is {self.augment}; it counts changed copies, so it must be 0 or more")
        if not 0 <= self.jitter < 1:
            raise OptionError(
                f"jitter is {self.jitter:g}; it must be from 0 to below 1, 0.15 for 15 per cent"
            )
        if self.jitter and not self.augment:
            raise OptionError(
                "jitter changes the copies that --augment adds, and there are none", mend="give --augment 7"
            )
        if not 0 <= self.seed < 2**32:
            raise OptionError(f"the seed is {self.seed}; it must be from 0 to {2**32 - 1}")
        self._check_format()

    def _check_format(self) -> None:
        if self.one_hot and self.masks.classes == 1:
            raise OptionError("one-hot labels need classes to tell apart", mend="give --classes N too")
        if self.format == "image":
            self._check_image()
        if self.format == "python" and (self.weights or self.augment or self.one_hot):
            what = "weight maps" if self.weights else "changed copies" if self.augment else "one-hot labels"
            raise OptionError(
                f"the format python lists the pictures as they are, so it makes no {what}",
                mend="the layer itself does this while it reads (param_str: augment, jitter, one_hot)"
                if not self.weights
                else "take the format hdf5 or lmdb",
            )

    def _check_image(self) -> None:
        ignored = self.masks.ignore_label
        elsewhere = "take the format hdf5 or lmdb"
        if self.colour == "rgb":
            raise OptionError("ImageData reads colours as bgr, not rgb", mend=f"take bgr, or {elsewhere}")
        if self.one_hot or self.weights:
            what = "one-hot labels" if self.one_hot else "weight maps"
            raise OptionError(
                f"the format image stores masks as pictures, so it makes no {what}", mend=elsewhere
            )
        if ignored is not None and (self.masks.classes == 1 or not 0 <= ignored <= 255):
            raise OptionError(
                f"the format image cannot hold the ignored label {ignored}: foreground is 255 in its masks, "
                "and class indexes are bytes",
                mend=elsewhere,
            )
