"""Little nets, layers and bundles that the runner's tests train and break."""

from __future__ import annotations

from pathlib import Path

import numpy as np

INPUT = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 5 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
        inner_product_param { num_output: 2 weight_filler { type: "xavier" } bias_filler { type: "constant" value: 0.5 } } }
"""

# One layer that does at each of its moments whatever its param_str asks for there: "moment what".
LAYERS = """
import os, signal, subprocess, sys, time
import caffe
import numpy as np

def act(what):
    if what == "raise":
        raise ValueError("boom")
    if what == "numpy":
        np.zeros(3).reshape(2, 2)
    if what == "exit":
        sys.exit(3)
    if what == "os-exit":
        os._exit(7)
    if what == "segfault":
        import ctypes
        ctypes.string_at(0)
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "memory":
        raise MemoryError("no room")
    if what == "sleep":
        time.sleep(600)
    if what == "child":
        child = subprocess.Popen(["sleep", "600"])
        with open("child", "w") as file:
            file.write(str(child.pid))
        time.sleep(600)
    if what == "print":
        print('{"event": "result", "id": 1, "result": "forged"}')
        os.write(1, b'{"event": "result", "id": 1, "result": "forged"}\\n')
    if what == "read":
        assert sys.stdin.read() == ""

class Acts(caffe.Layer):
    def setup(self, bottom, top):
        self.moment, _, self.what = self.param_str.partition(" ")
        self.calls = 0
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        self.at("setup")

    def at(self, moment):
        if self.moment == moment:
            act(self.what)
        # "forward3 raise": the third time only.
        if moment == "forward":
            self.calls += 1
            if self.moment == "forward%d" % self.calls:
                act(self.what)

    def reshape(self, bottom, top):
        self.at("reshape")
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        self.at("forward")
        top[0].data[...] = bottom[0].data

    def backward(self, top, propagate_down, bottom):
        self.at("backward")
        bottom[0].diff[...] = top[0].diff
"""


def acting(param: str, module: str = "acting_layers", layer: str = "Acts") -> str:
    """Return a TRAIN net whose Python layer does as it is told."""
    return f"""
layer {{ name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {{
         shape {{ dim: 2 dim: 6 }} shape {{ dim: 2 dim: 2 }} data_filler {{ type: "constant" value: 1 }} }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{
         num_output: 2 weight_filler {{ type: "xavier" }} }} }}
layer {{ name: "acts" type: "Python" bottom: "ip" top: "acts" python_param {{
         module: "{module}" layer: "{layer}" param_str: "{param}" }} }}
layer {{ name: "loss" type: "EuclideanLoss" bottom: "acts" bottom: "label" top: "loss" }}
"""


def write_acting(folder: Path, param: str) -> Path:
    """Write a bundle with the acting net."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acting_layers.py").write_text(LAYERS)
    (folder / "train.prototxt").write_text(acting(param))
    (folder / "solver.prototxt").write_text(SOLVER)
    return folder


SOLVER = """
net: "train.prototxt" type: "SGD" base_lr: 0.02 lr_policy: "step" gamma: 0.5 stepsize: 15 momentum: 0.9
max_iter: 30 snapshot: 10 random_seed: 7 solver_mode: CPU
"""


def write_bundle(
    folder: Path,
    *,
    rows: int = 22,
    shuffle: bool = False,
    extra: str = "",
    between: str = "",
    last: str = "ip",
    solver: str = "",
    test: bool = True,
) -> Path:
    """Write a bundle that learns from an HDF5 file of several batches, the last of them across its end."""
    h5py = __import__("h5py")
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.RandomState(0)
    data = random.randn(rows, 1, 6, 6).astype(np.float32)
    label = np.stack([data.mean((1, 2, 3)), data[:, 0, 0, 0]], 1).astype(np.float32)
    with h5py.File(str(folder / "data.h5"), "w") as file:
        file["data"], file["label"] = data, label
    (folder / "list.txt").write_text("data.h5\n")
    (folder / "train.prototxt").write_text(
        f"""
layer {{ name: "data" type: "HDF5Data" top: "data" top: "label" hdf5_data_param {{
         source: "list.txt" batch_size: 4 shuffle: {str(shuffle).lower()} }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{
         num_output: 2 weight_filler {{ type: "xavier" }} }} }}
{between}
layer {{ name: "loss" type: "EuclideanLoss" bottom: "{last}" bottom: "label" top: "loss" }}
{extra}
"""
    )
    tests = "test_iter: 3 test_interval: 10 " if test else ""
    (folder / "solver.prototxt").write_text(SOLVER + tests + solver)
    return folder


def unet(
    size: int, classes: int = 1, channels: int = 2, batch: int = 1, end: str = "", name: str = "score"
) -> str:
    """Return a U-Net of two levels with unpadded convolutions; 14 smaller at the end, and wants 2 mod 4."""

    def conv(layer: str, bottom: str, count: int, kernel: int = 3) -> str:
        return (
            f'layer {{ name: "{layer}" type: "Convolution" bottom: "{bottom}" top: "{layer}" convolution_param {{'
            f' num_output: {count} kernel_size: {kernel} weight_filler {{ type: "msra" }} }} }}\n'
            f'layer {{ name: "{layer}_relu" type: "ReLU" bottom: "{layer}" top: "{layer}" }}\n'
        )

    def pool(layer: str, bottom: str) -> str:
        return (
            f'layer {{ name: "{layer}" type: "Pooling" bottom: "{bottom}" top: "{layer}"'
            " pooling_param { kernel_size: 2 stride: 2 } }\n"
        )

    def up(layer: str, bottom: str) -> str:
        return (
            f'layer {{ name: "{layer}" type: "Deconvolution" bottom: "{bottom}" top: "{layer}" convolution_param {{'
            ' num_output: 4 kernel_size: 2 stride: 2 weight_filler { type: "msra" } } }\n'
        )

    return (
        f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: {batch} dim: {channels}'
        f" dim: {size} dim: {size} }} }} }}\n"
        + conv("c1", "data", 4)
        + pool("p1", "c1")
        + conv("c2", "p1", 5)
        + pool("p2", "c2")
        + conv("c3", "p2", 6)
        + up("u2", "c3")
        + 'layer { name: "k2" type: "Crop" bottom: "c2" bottom: "u2" top: "k2" crop_param { axis: 2 offset: 2 } }\n'
        + 'layer { name: "j2" type: "Concat" bottom: "u2" bottom: "k2" top: "j2" }\n'
        + up("u1", "j2")
        + f'layer {{ name: "{name}" type: "Convolution" bottom: "u1" top: "{name}" convolution_param {{'
        f' num_output: {classes} kernel_size: 1 weight_filler {{ type: "msra" }} }} }}\n' + end
    )


def alive(pid: int) -> bool:
    """Tell whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
