"""Predicting with a deploy net: any size of image, cut into tiles that fit the net."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

import numpy as np

from netgen.emit.commit import recover
from netgen.errors import BundleError, DataError, OptionError, listed, nearest
from netgen.runner.activation import ACTIVATIONS, activation_of_loss
from netgen.runner.training import snapshots_of

if TYPE_CHECKING:
    from netgen.runner.client import Caffe

__all__ = ["Prediction", "Predictor", "Tiling", "find_deploy"]


@dataclass(frozen=True)
class Tiling:
    """How one axis of an image is cut into tiles.

    Parameters
    ----------
    tile : int
        What the net reads.
    core : int
        How much of a tile's output is kept, its middle.
    margin : int
        What it reads beyond that on each side.
    step : int
        From one tile to the next: the largest multiple of the net's grid that leaves no gap.

    Notes
    -----
    A net that pools gives the same output for a pixel only if the pixel lies at the same place of the pooling
    grid. Tiles that step by a multiple of the grid therefore put together exactly what one net as large as
    the image would give, if its convolutions are unpadded. The image is mirrored at its border, and at its
    end as far as the last tile reaches.
    """

    tile: int
    core: int
    margin: int
    step: int

    def count(self, length: int) -> int:
        """Return how many tiles cover a length."""
        return 1 + max(0, math.ceil((length - self.core) / self.step))

    def starts(self, length: int) -> list[int]:
        """Return where the tiles' cores begin."""
        return [index * self.step for index in range(self.count(length))]

    def padding(self, length: int) -> tuple[int, int]:
        """Return how much is mirrored before and after a length."""
        end = self.starts(length)[-1] + self.core
        return self.margin, self.margin + max(0, end - length)


@dataclass(frozen=True)
class Prediction:
    """What a net says of an image.

    Parameters
    ----------
    probabilities : ndarray, C x H x W, float32
        As high and wide as the image; one channel means foreground.
    tiles : int
        How many tiles it took.
    scores : ndarray, C x H x W, float32, optional
        What they were made from: two classes may both be certain to seven digits, and their scores differ.
    """

    probabilities: np.ndarray[Any, Any]
    tiles: int
    scores: Optional[np.ndarray[Any, Any]] = None

    def mask(self, threshold: float = 0.5) -> np.ndarray[Any, Any]:
        """Return what is where.

        Returns
        -------
        ndarray, H x W, uint8
            With one or two classes: 255 where the foreground's probability is above the threshold, 0
            elsewhere. With more: the index of the most probable class. That holds too for a sigmoid over
            several classes, whose probabilities need not add up to 1: the labels of such a net have a
            channel for each class, the background included, so the largest of them decides and the
            threshold does not.
        """
        if len(self.probabilities) <= 2:
            return np.where(self.foreground > threshold, 255, 0).astype(np.uint8)
        if len(self.probabilities) > 256:
            raise DataError(f"{len(self.probabilities)} classes do not fit into a mask of 8 bits")
        ranked = self.probabilities if self.scores is None else self.scores
        best: np.ndarray[Any, Any] = ranked.argmax(axis=0).astype(np.uint8)
        return best

    @property
    def foreground(self) -> np.ndarray[Any, Any]:
        """The probability of the last of one or two classes, H x W."""
        last: np.ndarray[Any, Any] = self.probabilities[-1]
        return last


class Predictor:
    """A deploy net with its weights, for images of any size.

    Parameters
    ----------
    caffe : Caffe
        Where it runs.
    bundle : path
        A folder with a deploy.prototxt, or such a file.
    weights : path, optional
        A caffemodel; the last whole snapshot of the bundle by default.
    blob : str, optional
        The output to take, if the net has several.
    margin : int, optional
        Pixels of a tile's output to drop on each side. By default none where unpadded convolutions make the
        output smaller than the input already, and an eighth of the input otherwise.
    partial : bool
        Go on although the weights have nothing for some layers.
    activation : {"sigmoid", "softmax", "none"}, optional
        What to apply to the output. By default nothing where a layer of the net has done it; else what
        belongs to the loss in the train.prototxt beside the deploy net; else the sigmoid for one class,
        softmax for more.

    Attributes
    ----------
    channels, classes : int
        Of the image, and of the output.
    rows, columns : Tiling
        How images are cut.
    activation : str or None
        "sigmoid" or "softmax" if it is applied here because the net ends in scores.
    reason : str
        Why it is applied, in words.
    weights : Path
        The file in use.
    missed : tuple of str
        The layers that it had nothing for.

    Raises
    ------
    BundleError, DataError, OptionError
        If the net is no such net, or the weights don't fit it.
    CaffeFault
        If Caffe does not take the net or the weights.
    """

    def __init__(
        self,
        caffe: Caffe,
        bundle: Union[str, Path],
        weights: Union[str, Path, None] = None,
        *,
        blob: Optional[str] = None,
        margin: Optional[int] = None,
        partial: bool = False,
        activation: Optional[str] = None,
    ) -> None:
        if activation not in (None, "none", *ACTIVATIONS):
            raise OptionError(f"there is no activation {activation!r}; there are {listed(ACTIVATIONS)}, none")
        deploy = find_deploy(bundle)
        self.weights = _weights(deploy.parent, weights)
        self._net = caffe.load(deploy, "TEST")
        self.missed = self._net.load_weights(self.weights)
        if self.missed and not partial:
            raise _nothing_for(self.missed, self.weights, deploy, caffe.log.lines)
        self._input = self._single_input(deploy)
        self._output = self._choose(blob)
        self._batch, self.channels, *size = self._net.blobs[self._input]
        self.classes, *output = self._net.blobs[self._output][1:]
        grid = self._grid(caffe, deploy)
        self.rows, self.columns = (
            _tiling(which, size[axis], output[axis], grid[axis], margin)
            for axis, which in enumerate(("rows", "columns"))
        )
        self._size = (size[0], size[1])
        self._padded = margin is None and size == output
        self.activation, self.reason = self._missing_activation(deploy, activation)

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of what the net reads."""
        return self._size

    def predict(self, image: Any, on_tile: Optional[Callable[[int, int], None]] = None) -> Prediction:
        """Predict an image.

        Parameters
        ----------
        image : ndarray, C x H x W
            Scaled as the training data was.
        on_tile : callable, optional
            Told the number of tiles done, and of all.

        Raises
        ------
        DataError
            If the image has not the channels that the net wants.
        CaffeFault
            If Caffe fails.
        """
        pixels = np.asarray(image, dtype=np.float32)
        if pixels.ndim != 3 or len(pixels) != self.channels or 0 in pixels.shape:
            raise DataError(
                f"the net wants an image of {self.channels} x height x width, this one is"
                f" {' x '.join(str(d) for d in pixels.shape)}"
            )
        height, width = pixels.shape[1:]
        rows, columns = self.rows, self.columns
        if self._padded and height <= rows.tile and width <= columns.tile:
            # One tile holds it all, as in training: nothing of it needs to be dropped.
            rows, columns = (Tiling(axis.tile, axis.tile, 0, axis.tile) for axis in (rows, columns))
        canvas = np.pad(pixels, ((0, 0), rows.padding(height), columns.padding(width)), mode="reflect")
        corners = [(top, left) for top in rows.starts(height) for left in columns.starts(width)]
        whole = np.empty(
            (self.classes, corners[-1][0] + rows.core, corners[-1][1] + columns.core), np.float32
        )
        done = 0
        for batch in _batches(corners, self._batch):
            tiles = [canvas[:, top : top + rows.tile, left : left + columns.tile] for top, left in batch]
            # A batch that is not full is filled with its last tile.
            tiles += [tiles[-1]] * (self._batch - len(tiles))
            answer = self._net.forward({self._input: np.stack(tiles)}, blobs=[self._output])[self._output]
            for (top, left), scores in zip(batch, answer):
                whole[:, top : top + rows.core, left : left + columns.core] = _middle(
                    scores, rows.core, columns.core
                )
            done += len(batch)
            if on_tile is not None:
                on_tile(done, len(corners))
        scores = np.ascontiguousarray(whole[:, :height, :width])
        return Prediction(_activate(scores, self.activation), len(corners), scores)

    def _single_input(self, deploy: Path) -> str:
        inputs = self._net.inputs
        if len(inputs) != 1:
            found = f"it has {listed(inputs)}" if inputs else "it has none"
            raise BundleError(
                f"{deploy} must have one input to predict images with; {found}",
                mend="predict with the deploy net, whose data comes in by an Input layer",
            )
        shape = self._net.blobs[inputs[0]]
        if len(shape) != 4:
            raise BundleError(
                f"the input {inputs[0]!r} of {deploy} has {len(shape)} axes; an image needs N x C x H x W"
            )
        return inputs[0]

    def _choose(self, blob: Optional[str]) -> str:
        """Return the output blob to read."""
        net = self._net
        # Those that Caffe's Split layers made are no one's to name.
        inserted = {top for layer in net.layers if layer.type == "Split" for top in layer.tops}
        named = [name for name in net.blobs if name not in inserted]
        if blob is not None and blob not in named:
            near = nearest(blob, named)
            raise OptionError(
                f"the deploy net has no blob {blob!r}",
                mend=f"did you mean {near!r}?" if near else f"it has: {listed(named)}",
            )
        if blob is None and len(net.outputs) != 1:
            raise OptionError(
                f"the deploy net has {len(net.outputs)} outputs: {listed(net.outputs)}",
                mend="say which one to take with --blob",
            )
        chosen = blob or net.outputs[0]
        shape = net.blobs[chosen]
        if len(shape) != 4:
            raise OptionError(
                f"blob {chosen!r} is {_spelt(shape)}; a mask needs N x classes x height x width"
            )
        return chosen

    def _grid(self, caffe: Caffe, deploy: Path) -> tuple[int, int]:
        """Return by how many pixels the input may shift so that the output only shifts too."""
        found = caffe.request("strides", path=str(deploy), names=[layer.name for layer in self._net.layers])
        if found is None:
            raise BundleError(
                f"{deploy} is written in Caffe's old format, in which the strides are not looked for",
                mend="upgrade it with Caffe's upgrade_net_proto_text",
            )
        strides = {name: [Fraction(*axis) for axis in axes] for name, axes in found.items()}
        source = self._source(self._output)
        if source not in strides:
            raise BundleError(
                f"blob {source!r} is not made by convolution alone, so images cannot be cut into tiles for it"
            )
        if strides[source] != [1, 1]:
            rows, columns = strides[source]
            raise BundleError(
                f"blob {source!r} has one value for {rows} x {columns} pixels; a mask needs one for each",
                mend="end the net with layers that bring it back to the size of its input",
            )
        return tuple(
            math.lcm(*(max(1, axes[axis].numerator) for axes in strides.values())) for axis in (0, 1)
        )  # type: ignore[return-value]

    def _source(self, blob: str) -> str:
        """Return a blob's name in the file: Caffe's Split layers give it others."""
        for layer in self._net.layers:
            if layer.type == "Split" and blob in layer.tops:
                return layer.bottoms[0]
        return blob

    def _missing_activation(self, deploy: Path, wanted: Optional[str]) -> tuple[Optional[str], str]:
        """Return what is to be applied to the output, and why."""
        blob = self._source(self._output)
        kinds = [layer.type for layer in self._net.layers if blob in layer.tops and layer.type != "Split"]
        kind = kinds[-1] if kinds else ""
        if kind == "ArgMax":
            raise OptionError(
                f"blob {blob!r} holds class indexes, not probabilities",
                mend="name the blob before it with --blob",
            )
        if wanted is not None:
            return (None if wanted == "none" else wanted), "as asked for"
        if kind in ("Sigmoid", "Softmax"):
            return None, f"the net ends in {kind}"
        found, loss = activation_of_loss(deploy.with_name("train.prototxt"), blob)
        # Softmax over a single channel is 1 everywhere, whatever the loss was.
        if found and not (found == "softmax" and self.classes == 1):
            return found, f"trained with {loss}"
        guess = "sigmoid" if self.classes == 1 else "softmax"
        return guess, "one class" if self.classes == 1 else f"{self.classes} classes, and no loss is known"


def find_deploy(bundle: Union[str, Path]) -> Path:
    """Return the deploy file of a bundle, named by itself or by its folder.

    A write of the bundle that was killed midway is completed first.

    Raises
    ------
    BundleError
        If there is none.
    """
    path = Path(bundle).absolute()
    recover(path.parent if path.is_file() else path)
    deploy = path if path.is_file() else path / "deploy.prototxt"
    if not deploy.is_file():
        raise BundleError(
            f"{bundle} has no deploy.prototxt to predict with"
            if path.is_dir()
            else f"there is no bundle {bundle}",
            mend="make one with netgen emit or netgen unet",
        )
    return deploy


def _weights(folder: Path, weights: Union[str, Path, None]) -> Path:
    if weights is not None:
        path = Path(weights)
        if not path.is_file():
            raise DataError(f"there is no weights file {weights}")
        return path.absolute()
    last = snapshots_of(folder).last
    if last is None:
        raise BundleError(
            f"{folder} has no snapshot to take weights from",
            mend="train it with netgen train, or give --weights",
        )
    return last.model


def _nothing_for(missed: Sequence[str], weights: Path, deploy: Path, log: Sequence[str]) -> DataError:
    """Return the error for weights that belong to another net, with what the file holds instead."""
    unused = [
        match[1] for line in log for match in [re.search(r"Ignoring source layer (.+)$", line)] if match
    ]
    near = nearest(missed[0], unused)
    return DataError(
        f"{weights} has nothing for {listed(missed)} of {deploy.name}:"
        " with random weights there, the prediction means nothing",
        mend=f"the file has a layer {near!r} that the net lacks: is it renamed?"
        if near
        else "take the weights that were trained with this bundle, or go on all the same with --partial",
    )


def _tiling(which: str, size: int, output: int, grid: int, extra: Optional[int]) -> Tiling:
    """Return how an axis is cut."""
    if output > size or (size - output) % 2:
        raise BundleError(
            f"the net makes {output} {which} of {size}, so it is not known which pixels they belong to;"
            " the output must lie in the middle of the input"
        )
    if extra is None:
        extra = 0 if output < size else grid * max(1, size // (8 * grid))
        # A net so small that nothing would be left has no margin to give.
        extra = extra if output - 2 * extra >= grid else 0
    core = output - 2 * extra
    if core < 1:
        raise OptionError(
            f"a margin of {extra} leaves nothing of the {output} {which} that the net puts out",
            mend=f"take {(output - 1) // 2} or less",
        )
    return Tiling(size, core, (size - core) // 2, core // grid * grid or core)


def _middle(scores: np.ndarray[Any, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    top, left = (scores.shape[1] - height) // 2, (scores.shape[2] - width) // 2
    return scores[:, top : top + height, left : left + width]


def _batches(items: Sequence[tuple[int, int]], size: int) -> Iterator[Sequence[tuple[int, int]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _activate(scores: np.ndarray[Any, Any], activation: Optional[str]) -> np.ndarray[Any, Any]:
    if activation == "sigmoid":
        # No exponent is positive, so nothing overflows.
        small = np.exp(-np.abs(scores))
        scores = np.where(scores >= 0, 1, small) / (1 + small)
    elif activation == "softmax":
        powers = np.exp(scores - scores.max(axis=0, keepdims=True))
        scores = powers / powers.sum(axis=0, keepdims=True)
    return np.ascontiguousarray(scores, dtype=np.float32)


def _spelt(shape: Sequence[int]) -> str:
    return " x ".join(str(d) for d in shape) or "a single number"
