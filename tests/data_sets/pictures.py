"""Pictures for tests: written with Pillow, of any format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def noise(height: int, width: int, seed: int = 0, channels: int = 1) -> np.ndarray:
    """Return random bytes, H x W or H x W x C."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def blobs(height: int, width: int, seed: int = 0, on: int = 255) -> np.ndarray:
    """Return a random mask of 0 and ``on``."""
    return ((np.random.RandomState(seed).rand(height, width) > 0.7) * on).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """Write pixels and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def pairs(folder: Path, sizes: list[tuple[int, int]], on: int = 255) -> tuple[str, str]:
    """Write images and masks of some sizes; return their two folders."""
    for number, (height, width) in enumerate(sizes):
        save(folder / "images" / f"p{number:03d}.png", noise(height, width, number))
        save(folder / "masks" / f"p{number:03d}.png", blobs(height, width, number, on))
    return str(folder / "images"), str(folder / "masks")
