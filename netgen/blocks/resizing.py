"""Up-sampling, cropping and joining: how blobs of several sizes come together."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any, Optional, Union

from netgen import layers as L  # noqa: N812 (the name that Caffe's scripts use)
from netgen.blocks.convolution import Filler, filler_of
from netgen.errors import LayerError, calling_site

__all__ = [
    "concat",
    "crop_like",
    "upsample",
]


def _whole(value: Any) -> Optional[int]:
    """Return a whole number, of Python's or NumPy's, None for anything else."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def upsample(
    net: Any,
    name: str,
    bottom: Any,
    num_output: Optional[int] = None,
    factor: int = 2,
    method: str = "learned",
    *,
    weight_filler: Filler = "msra",
    **deconvolution: Any,
) -> Any:
    """Write a Deconvolution that makes a blob ``factor`` times as large.

    Parameters
    ----------
    net, name, bottom
        As in ``conv_relu``.
    num_output : int, optional
        Channels out. ``bilinear`` keeps the bottom's channels: it has to be given only where their number
        cannot be known while writing.
    factor : int
        H and W are multiplied by it.
    method : str
        ``"learned"``: kernel and stride are the factor, weights are trained. ``"bilinear"``: one fixed
        bilinear kernel a channel (kernel 2 f - f mod 2, pad ceil((f - 1) / 2), group and num_output the
        channels, no bias, ``lr_mult`` 0), as Caffe's BilinearFiller wants it.
    weight_filler : str or mapping
        For ``"learned"``.
    **deconvolution
        Further fields of the Deconvolution's ``convolution_param``.

    Returns
    -------
    Top
        N x num_output x factor H x factor W.

    Raises
    ------
    LayerError
        Unknown method, a factor below 1, channels that are unknown or that ``bilinear`` would have to change.
    """

    def wrong(message: str, mend: str) -> LayerError:
        return LayerError(
            f"upsample: {message}", site=calling_site(), layer=name, phase=net.phase_shown, mend=mend
        )

    times = _whole(factor)
    if times is None or times < 1:
        raise wrong(
            f"factor is a whole number of at least 1, came {factor!r}", "factor=2 doubles height and width"
        )
    factor = times
    if method == "learned":
        if num_output is None:
            raise wrong("num_output is missing", "a learned up-sampling chooses its channels: num_output=N")
        convolution = {
            "num_output": num_output,
            "kernel_size": factor,
            "stride": factor,
            "weight_filler": filler_of(weight_filler),
        }
        net[name] = L.Deconvolution(bottom, convolution_param={**convolution, **deconvolution})
        return net[name]
    if method != "bilinear":
        raise wrong(f"there is no method {method!r}", "method is 'learned' or 'bilinear'")
    shape = net.shape(bottom)
    channels = shape[1] if shape is not None and len(shape) > 1 else num_output
    if channels is None:
        raise wrong("the bottom's channels are not known here", "give num_output=, the bottom's channels")
    if num_output not in (None, channels):
        raise wrong(
            f"bilinear keeps the {channels} channels of its bottom and cannot make {num_output}",
            "follow it with a 1 x 1 Convolution, or use method='learned'",
        )
    convolution = {
        "num_output": channels,
        "group": channels,
        "kernel_size": 2 * factor - factor % 2,
        "stride": factor,
        "pad": math.ceil((factor - 1) / 2),
        "bias_term": False,
        "weight_filler": {"type": "bilinear"},
    }
    net[name] = L.Deconvolution(
        bottom, param={"lr_mult": 0, "decay_mult": 0}, convolution_param={**convolution, **deconvolution}
    )
    return net[name]


def crop_like(
    net: Any,
    name: str,
    bottom: Any,
    like: Any,
    offset: Union[int, Sequence[int], None] = None,
    axis: int = 2,
) -> Any:
    """Write a Crop of one blob to the size of another.

    Parameters
    ----------
    net, name
        As in ``conv_relu``.
    bottom : Top
        N x C x H x W: what is cropped.
    like : Top
        The blob whose H and W it gets.
    offset : int or sequence of int, optional
        Where the crop begins, once for all axes or once an axis. By default the middle, which needs shapes
        that are known while writing.
    axis : int
        The first axis that is cropped; 2 leaves N and C alone.

    Returns
    -------
    Top
        N x C x H' x W'.

    Raises
    ------
    LayerError
        An offset that is negative or of the wrong length, or none given where the shapes are not known.
    """

    def wrong(message: str, mend: Optional[str] = None) -> LayerError:
        return LayerError(
            f"crop_like: {message}", site=calling_site(), layer=name, phase=net.phase_shown, mend=mend
        )

    sizes, wanted = net.shape(bottom), net.shape(like)
    if offset is None:
        if sizes is None or wanted is None:
            raise wrong("the shapes are not known here, so the middle is not", "give offset=")
        spare = [a - b for a, b in zip(sizes[axis:], wanted[axis:])]
        if any(rest < 0 or rest % 2 for rest in spare):
            raise wrong(
                f"the middle of {'x'.join(map(str, sizes))} for {'x'.join(map(str, wanted))} is not on "
                "a pixel",
                "give offset=, or sizes that differ by an even number",
            )
        offset = [rest // 2 for rest in spare]
    offsets = [_whole(each) for each in (offset if isinstance(offset, Iterable) else [offset])]
    if not offsets or any(each is None or each < 0 for each in offsets):
        raise wrong(f"offset is one or more whole numbers from 0 on, came {offset!r}")
    net[name] = L.Crop(bottom, like, crop_param={"axis": axis, "offset": offsets})
    if sizes is not None and wanted is not None:
        net.shape(net[name])  # refuses an offset that reaches past the bottom, here and not in Caffe
    return net[name]


def concat(net: Any, name: str, *bottoms: Any, axis: int = 1) -> Any:
    """Write a Concat of blobs along an axis.

    Parameters
    ----------
    net, name
        As in ``conv_relu``.
    *bottoms : Top
        N x C x H x W each; they may differ on ``axis`` alone.
    axis : int
        1 joins channels.

    Returns
    -------
    Top
        N x (sum of C) x H x W.

    Raises
    ------
    LayerError
        For fewer than two bottoms, or known shapes that do not fit.
    """
    if len(bottoms) < 2:
        raise LayerError(
            f"concat: two blobs or more are joined, came {len(bottoms)}",
            site=calling_site(),
            layer=name,
            phase=net.phase_shown,
            mend="write concat(net, name, first, second)",
        )
    net[name] = L.Concat(*bottoms, **({} if axis == 1 else {"axis": axis}))
    net.shape(net[name])
    return net[name]
