"""The demo's picture: what was asked, what the net answers, how it learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from netgen.data.extras import library
from netgen.demo.coins import Coins
from netgen.runner.curve import read_curve, smooth

__all__ = ["draw"]

_BLUE = (0.12, 0.35, 0.65)


def draw(
    data: Coins, prediction: np.ndarray[Any, Any], scores: dict[str, float], log: Path, path: Path
) -> Path:
    """Draw the held-out part, its truth, the prediction and where it is wrong, and the loss.

    Parameters
    ----------
    data : Coins
        The picture and its parts.
    prediction : ndarray, H x W
        Probabilities of the held-out part.
    scores : dict of str to float
        IoU by name.
    log : Path
        Training's log.
    path : Path
        The PNG to write.

    Returns
    -------
    Path
        The PNG.
    """
    library("matplotlib", "drawing the demo's picture").use("Agg")
    pyplot = library("matplotlib.pyplot", "drawing the demo's picture")
    truth = data.held_out.mask > 0
    found = prediction > 0.5
    wrong = np.ones((*truth.shape, 3))
    wrong[truth & found] = 0.75
    wrong[found & ~truth] = (0.85, 0.25, 0.2)
    wrong[truth & ~found] = (0.15, 0.35, 0.8)
    figure, axes = pyplot.subplots(1, 5, figsize=(15, 5.4), gridspec_kw={"width_ratios": [1, 1, 1, 1, 1.5]})
    panels: list[tuple[str, np.ndarray[Any, Any], dict[str, Any]]] = [
        ("held-out image", data.held_out.image, {"cmap": "gray"}),
        ("truth", truth, {"cmap": "gray"}),
        (
            f"prediction (IoU {scores['trained U-Net']:.3f})",
            prediction,
            {"cmap": "gray", "vmin": 0, "vmax": 1},
        ),
        ("red: too much, blue: missed", wrong, {}),
    ]
    for axis, (title, pixels, how) in zip(axes, panels):
        axis.imshow(pixels, **how)
        axis.set_title(title, fontsize=10)
        axis.set_axis_off()
    curve = read_curve(log)
    axes[-1].plot(curve.iterations, curve.losses, color=_BLUE, alpha=0.25, linewidth=1)
    axes[-1].plot(curve.iterations, smooth(curve.losses, 20), color=_BLUE, linewidth=2)
    axes[-1].set_title("training loss (and its mean of 20)", fontsize=10)
    axes[-1].set_xlabel("iteration")
    axes[-1].set_ylim(bottom=0)
    axes[-1].spines[["top", "right"]].set_visible(False)
    text = "   ".join(f"{name}: {score:.3f}" for name, score in scores.items())
    figure.suptitle(f"IoU on the held-out part — {text}", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
