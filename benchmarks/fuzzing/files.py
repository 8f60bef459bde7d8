"""The files that data layers of random nets read, and the module of their Python layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["write_files"]

_LAYERS = """import caffe


class Same(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 1 or len(top) != 1:
            raise Exception("one bottom, one top")

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff
"""


def write_files(folder: Path, schema: Any) -> None:
    """Write small files of each kind into a folder, which nets are then loaded in."""
    import h5py
    import lmdb
    import numpy as np
    from PIL import Image

    with h5py.File(str(folder / "data.h5"), "w") as file:
        file["data"] = np.zeros((5, 2, 3), np.float32)
        file["label"] = np.zeros((5,), np.float32)
    (folder / "data.txt").write_text("data.h5\n")
    datum = schema.messages.Datum(channels=3, height=6, width=6, data=bytes(108), label=1)
    store = lmdb.open(str(folder / "data.lmdb"), map_size=1 << 20)
    with store.begin(write=True) as transaction:
        for key in range(4):
            transaction.put(f"{key:08}".encode(), datum.SerializeToString())
    store.close()
    Image.new("RGB", (8, 7)).save(str(folder / "image.png"))
    (folder / "images.txt").write_text("image.png 0\nimage.png 1\n")
    (folder / "windows.txt").write_text("# 0\nimage.png\n3\n7\n8\n2\n1 0.9 0 0 5 5\n0 0.1 1 1 4 4\n")
    (folder / "fuzz_layers.py").write_text(_LAYERS)
