"""Convolutions with what follows them, and pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from netgen import layers as L  # noqa: N812 (the name that Caffe's scripts use)
from netgen import params as P  # noqa: N812
from netgen.errors import LayerError, calling_site

__all__ = [
    "Filler",
    "conv_bn_scale_relu",
    "conv_relu",
    "filler_of",
    "max_pool",
]

Filler = Union[str, Mapping[str, Any]]


def filler_of(filler: Filler) -> dict[str, Any]:
    """Return a FillerParameter of a filler's type, or of a whole one."""
    return {"type": filler} if isinstance(filler, str) else dict(filler)


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
        weight_filler=filler_of(weight_filler),
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
        weight_filler=filler_of(weight_filler),
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
