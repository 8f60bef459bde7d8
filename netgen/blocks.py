"""Blocks that nets are made of, written into a net under regular names.

Each function takes the net and a name first, names every blob and layer it makes after it, and returns the
top that the next layer goes on from::

    x = blocks.conv_relu(net, "conv1", net.data, 64, pad=1)
    x = blocks.max_pool(net, "pool1", x)
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional, Union

from netgen import layers as L  # noqa: N812 (the name that Caffe's scripts use)
from netgen import params as P  # noqa: N812
from netgen.errors import LayerError, calling_site

__all__ = [
    "concat",
    "conv_bn_scale_relu",
    "conv_relu",
    "crop_like",
    "max_pool",
    "python_layer",
    "shared_params",
    "upsample",
]

Filler = Union[str, Mapping[str, Any]]


def _filler(filler: Filler) -> dict[str, Any]:
    return {"type": filler} if isinstance(filler, str) else dict(filler)


def _whole(value: Any) -> Optional[int]:
    """Return a whole number, of Python's or NumPy's, None for anything else."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def _relu(net: Any, name: str, bottom: Any, in_place: bool) -> Any:
    # Only an in-place layer keeps the bottom's blob, and the graph reads on better from its top.
    net[name] = L.ReLU(bottom, in_place=in_place)
    return net[name]


def conv_relu(
    net: Any,
    name: str,
    bottom: Any,
    num_output: int,
    kernel_size: Union[int, Sequence[int]] = 3,
    *,
    relu_name: Optional[str] = None,
    weight_filler: Filler = "msra",
    in_place: bool = True,
    **convolution: Any,
) -> Any:
    """Write a Convolution and a ReLU.

    Parameters
    ----------
    net : Net
        The net to write into.
    name : str
        The convolution's name; its blob is N x num_output x H' x W'.
    bottom : Top
        N x C x H x W.
    num_output : int
        Channels out.
    kernel_size : int or sequence of int
        One for all axes or one an axis.
    relu_name : str, optional
        The ReLU's name, ``name + "_relu"`` by default.
    weight_filler : str or mapping
        A filler's type or a whole FillerParameter; ``msra`` suits layers that a ReLU follows (He et al.
        2015).
    in_place : bool
        Whether the ReLU overwrites the convolution's blob, which saves a blob of memory.
    **convolution
        Any further parameter of the Convolution: ``pad``, ``stride``, ``dilation``, ``param``, ...

    Returns
    -------
    Top
        The ReLU's top.

    Raises
    ------
    LayerError
        As the layers themselves raise it.
    """
    net[name] = L.Convolution(
        bottom,
        num_output=num_output,
        kernel_size=kernel_size,
        weight_filler=_filler(weight_filler),
        **convolution,
    )
    return _relu(net, relu_name or f"{name}_relu", net[name], in_place)


def conv_bn_scale_relu(
    net: Any,
    name: str,
    bottom: Any,
    num_output: int,
    kernel_size: Union[int, Sequence[int]] = 3,
    *,
    relu_name: Optional[str] = None,
    weight_filler: Filler = "msra",
    eps: Optional[float] = None,
    moving_average_fraction: Optional[float] = None,
    in_place: bool = True,
    **convolution: Any,
) -> Any:
    """Write a Convolution without bias, a BatchNorm, a Scale with bias and a ReLU.

    BatchNorm in Caffe only normalises; the Scale after it learns factor and bias, which makes the
    convolution's own bias idle. ``use_global_stats`` is left to Caffe: batch statistics in TRAIN, the stored
    ones in TEST. BatchNorm's three blobs (mean, variance, count) are no weights: Caffe sets their ``lr_mult``
    to 0.

    Parameters
    ----------
    net, name, bottom, num_output, kernel_size, relu_name, weight_filler, in_place, **convolution
        As in ``conv_relu``. ``in_place`` goes for BatchNorm, Scale and ReLU.
    eps, moving_average_fraction : float, optional
        BatchNorm's.

    Returns
    -------
    Top
        The ReLU's top, N x num_output x H' x W'.

    Raises
    ------
    LayerError
        Where ``bias_term`` is given as true, or as the layers themselves raise it.
    """
    if convolution.pop("bias_term", False):
        raise LayerError(
            "conv_bn_scale_relu: bias_term=True has no effect before a BatchNorm, which takes the mean away",
            site=calling_site(),
            layer=name,
            phase=net.phase_shown,
            mend="leave it out: the Scale layer has the bias",
        )
    net[name] = L.Convolution(
        bottom,
        num_output=num_output,
        kernel_size=kernel_size,
        bias_term=False,
        weight_filler=_filler(weight_filler),
        **convolution,
    )
    given = {"eps": eps, "moving_average_fraction": moving_average_fraction}
    norm = {key: value for key, value in given.items() if value is not None}
    net[f"{name}_bn"] = L.BatchNorm(net[name], in_place=in_place, **norm)
    net[f"{name}_scale"] = L.Scale(net[f"{name}_bn"], bias_term=True, in_place=in_place)
    return _relu(net, relu_name or f"{name}_relu", net[f"{name}_scale"], in_place)


def max_pool(
    net: Any,
    name: str,
    bottom: Any,
    kernel_size: int = 2,
    stride: Optional[int] = None,
    pad: int = 0,
) -> Any:
    """Write a max Pooling.

    Parameters
    ----------
    net, name, bottom
        As in ``conv_relu``.
    kernel_size : int
        The window's side.
    stride : int, optional
        The kernel size by default, so that windows touch and do not overlap.
    pad : int
        Added on each side; a pad must be smaller than the kernel.

    Returns
    -------
    Top
        N x C x H' x W', where Caffe rounds H' and W' up.
    """
    extra = {"pad": pad} if pad else {}
    net[name] = L.Pooling(
        bottom, pool=P.Pooling.MAX, kernel_size=kernel_size, stride=stride or kernel_size, **extra
    )
    return net[name]


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
            "weight_filler": _filler(weight_filler),
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


def python_layer(
    module: str,
    layer: str,
    *bottoms: Any,
    param_str: Union[str, Mapping[str, Any], None] = None,
    **parameters: Any,
) -> Any:
    """Make a layer of type Python.

    Parameters
    ----------
    module, layer : str
        The Python module, found on PYTHONPATH when Caffe runs, and the class in it.
    *bottoms : Top
        The layer's bottoms.
    param_str : str or mapping, optional
        What the layer reads; a mapping is written as JSON with sorted keys.
    **parameters
        ``name``, ``loss_weight``, ``ntop``, ``propagate_down``, ``share_in_parallel``, ...

    Returns
    -------
    Top or tuple of Top
        Its tops.

    Raises
    ------
    LayerError
        Where the names are no Python names, or ``param_str`` cannot be written as JSON.
    """
    for what, value in (("module", module), ("layer", layer)):
        parts = value.split(".") if isinstance(value, str) else [""]
        ends = isinstance(value, str) and value.endswith(".py")
        if ends or not all(part.isidentifier() for part in parts) or (what == "layer" and len(parts) > 1):
            mend = f"a module is named without its ending: {value[:-3]!r}" if ends else None
            raise LayerError(
                f"python_layer: {value!r} is not the name of a {what}", site=calling_site(), mend=mend
            )
    if param_str is not None and not isinstance(param_str, str):
        try:
            param_str = json.dumps(param_str, sort_keys=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise LayerError(
                f"python_layer: param_str cannot be written as JSON: {error}",
                site=calling_site(),
                mend="use numbers, strings, lists and dicts, or give a str of your own",
            ) from None
    extra = {} if param_str is None else {"param_str": param_str}
    return L.Python(*bottoms, module=module, layer=layer, **extra, **parameters)


def shared_params(
    *names: str,
    lr_mult: Optional[Sequence[float]] = None,
    decay_mult: Optional[Sequence[float]] = None,
    share_mode: Optional[str] = None,
) -> list[dict[str, Any]]:
    """Return ``param`` entries by which layers share weights: layers that name the same ones have the same.

    Parameters
    ----------
    *names : str
        One for each of the layer's blobs: weights, then bias.
    lr_mult, decay_mult : sequence of float, optional
        One for each name. Caffe wants them equal wherever a name is used.
    share_mode : str, optional
        ``"STRICT"`` (the default: equal shapes) or ``"PERMISSIVE"`` (equal counts).

    Returns
    -------
    list of dict
        For ``param=``.

    Raises
    ------
    LayerError
        For no names, an empty name, or multipliers that are not as many as the names.

    Examples
    --------
    >>> shared_params("embed_w", "embed_b", lr_mult=(1, 2))
    [{'name': 'embed_w', 'lr_mult': 1}, {'name': 'embed_b', 'lr_mult': 2}]
    """
    if not names or not all(isinstance(name, str) and name for name in names):
        raise LayerError(
            f"shared_params: a name for each blob, came {names!r}",
            site=calling_site(),
            mend="shared_params('conv_w', 'conv_b')",
        )
    entries: list[dict[str, Any]] = [{"name": name} for name in names]
    for key, values in (("lr_mult", lr_mult), ("decay_mult", decay_mult)):
        if values is None:
            continue
        if not isinstance(values, Sequence) or len(values) != len(names):
            raise LayerError(
                f"shared_params: {key} has one value for each of the {len(names)} names, came {values!r}",
                site=calling_site(),
            )
        for entry, value in zip(entries, values):
            entry[key] = value
    if share_mode is not None:
        for entry in entries:
            entry["share_mode"] = share_mode
    return entries
