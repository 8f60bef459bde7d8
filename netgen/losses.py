"""Losses, attached as Caffe wants them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Optional

from netgen import layers as L  # noqa: N812
from netgen.blocks import python_layer
from netgen.errors import LayerError, calling_site, nearest

__all__ = ["NORMALIZATIONS", "sigmoid_cross_entropy", "softmax", "standard_sigmoid_cross_entropy"]

NORMALIZATIONS = ("FULL", "VALID", "BATCH_SIZE", "NONE")


def _is(kind: type, value: Any) -> bool:
    """Tell whether a value is a number of Python's or NumPy's; a bool is none here."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _check(name: str, normalization: Optional[str], ignore_label: Any) -> None:
    if normalization is not None and normalization not in NORMALIZATIONS:
        guess = nearest(str(normalization), NORMALIZATIONS)
        raise LayerError(
            f"there is no normalization {normalization!r}: Caffe has {', '.join(NORMALIZATIONS)}",
            site=calling_site(),
            layer=name,
            mend=f"did you mean {guess}?" if guess else None,
        )
    if ignore_label is not None and (
        isinstance(ignore_label, bool) or not isinstance(ignore_label, Integral)
    ):
        raise LayerError(
            f"ignore_label is a whole number, came {ignore_label!r}", site=calling_site(), layer=name
        )


def sigmoid_cross_entropy(
    score: Any,
    label: Any,
    weight: Any = None,
    *,
    name: str = "loss",
    loss_weight: float = 1,
    normalization: Optional[str] = None,
    ignore_label: Optional[int] = None,
    pos_weight: Optional[float] = None,
) -> Any:
    """Attach the custom sigmoid cross-entropy: the Python layer of ``layers/loss_layers.py``.

    For scores x and labels t the loss is max(x, 0) - x t + ln(1 + e^-|x|), averaged; its gradient
    (sigmoid(x) - t) / count is scaled by ``loss_weight``.

    Parameters
    ----------
    score : Top
        Scores, N x C x H x W, before any sigmoid.
    label : Top
        Labels in {0, 1} of the same shape.
    weight : Top, optional
        A weight for each element: U-Net's weight map.
    name : str
        The layer's name.
    loss_weight : float
        A Python layer has no loss weight unless it is given one: without it, nothing would be trained.
    normalization : str, optional
        ``FULL``, ``VALID``, ``BATCH_SIZE`` or ``NONE``, as in Caffe's LossParameter; by default the average
        over the elements that count.
    ignore_label : int, optional
        Elements of this label do not count.
    pos_weight : float, optional
        The weight of elements with label 1.

    Returns
    -------
    Top
        The loss, a scalar.

    Raises
    ------
    LayerError
        For a loss weight of 0 and for option values that the layer would refuse.

    Notes
    -----
    Write it under ``if net.training:`` so that the merged file gives it ``include { phase: TRAIN }``.
    """
    _check(name, normalization, ignore_label)
    if _is(Real, loss_weight) and loss_weight == 0:
        raise LayerError(
            "loss_weight is 0, so this loss would train nothing",
            site=calling_site(),
            layer=name,
            mend="loss_weight=1",
        )
    if pos_weight is not None and not (_is(Real, pos_weight) and 0 < pos_weight < float("inf")):
        raise LayerError(
            f"pos_weight is a positive number, came {pos_weight!r}", site=calling_site(), layer=name
        )
    options: dict[str, Any] = {
        "normalization": normalization,
        "ignore_label": ignore_label,
        "pos_weight": pos_weight,
    }
    given = {key: value for key, value in options.items() if value is not None}
    bottoms = [score, label] if weight is None else [score, label, weight]
    return python_layer(
        "loss_layers",
        "CustomSigmoidCrossEntropyLossLayer",
        *bottoms,
        param_str=given or None,
        name=name,
        loss_weight=loss_weight,
    )


def _loss_param(name: str, normalization: Optional[str], ignore_label: Optional[int]) -> dict[str, Any]:
    _check(name, normalization, ignore_label)
    given = {"normalization": normalization, "ignore_label": ignore_label}
    param = {key: value for key, value in given.items() if value is not None}
    return {"loss_param": param} if param else {}


def standard_sigmoid_cross_entropy(
    score: Any,
    label: Any,
    *,
    name: str = "loss",
    loss_weight: float = 1,
    normalization: Optional[str] = None,
    ignore_label: Optional[int] = None,
) -> Any:
    """Attach Caffe's own SigmoidCrossEntropyLoss; unset, its normalization means BATCH_SIZE.

    Parameters and returned Top as in ``sigmoid_cross_entropy``.
    """
    return L.SigmoidCrossEntropyLoss(
        score, label, name=name, loss_weight=loss_weight, **_loss_param(name, normalization, ignore_label)
    )


def softmax(
    score: Any,
    label: Any,
    *,
    name: str = "loss",
    loss_weight: float = 1,
    normalization: Optional[str] = None,
    ignore_label: Optional[int] = None,
) -> Any:
    """Attach Caffe's SoftmaxWithLoss.

    Parameters
    ----------
    score : Top
        N x classes x H x W.
    label : Top
        The class of each pixel, N x 1 x H x W.
    name, loss_weight, normalization, ignore_label
        As in ``sigmoid_cross_entropy``; unset, the normalization means VALID.

    Returns
    -------
    Top
        The loss, a scalar.
    """
    return L.SoftmaxWithLoss(
        score, label, name=name, loss_weight=loss_weight, **_loss_param(name, normalization, ignore_label)
    )
