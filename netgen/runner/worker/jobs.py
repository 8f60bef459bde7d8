"""The jobs on nets: load, forward, backward, parameters, weights."""

import importlib
import os
import sys
from typing import Any, Optional

import caffe
import numpy as np

from .channel import Channel, Position
from .report import Refused
from .strides import strides


class Held:
    """A loaded net and the folder that its relative paths start from."""

    def __init__(self, net: "Any", folder: str) -> None:
        self.net = net
        self.folder = folder


class Jobs:
    """Runs requests by name; holds the nets that were loaded.

    Parameters
    ----------
    channel : Channel
        For events while a job runs.
    position : Position
        Told which layer is running.
    folder : str
        Where arrays go.
    gpu : int or None
        The device to compute on.
    """

    def __init__(self, channel: Channel, position: Position, folder: str, gpu: "Optional[int]") -> None:
        self.channel = channel
        self.position = position
        self.folder = folder
        self._gpu = gpu
        self.on_gpu = gpu is not None
        self._nets = {}  # type: dict[int, Held]
        self._arrays = 0
        self._path = list(sys.path)
        self._added = []  # type: list[str]

    def run(self, request: "dict[str, Any]") -> "Any":
        """Do one request and return what JSON can hold of its result."""
        if self._gpu is not None:
            caffe.set_device(self._gpu)
            caffe.set_mode_gpu()
            self._gpu = None
        return getattr(self, "do_" + request["job"])(request)

    def place(self, number: int, layer: int, owner: "Any") -> "tuple[int, int]":
        """Return net and layer of a Python layer that is in one, or else the numbers given."""
        for candidate, held in self._nets.items():
            for index, other in enumerate(held.net.layers):
                if owner is not None and other is owner:
                    return candidate, index
        return number, layer

    def hold(self, number: int, net: "Any", folder: str) -> None:
        """Keep a net, and watch it run."""
        self._nets[number] = Held(net, folder)
        self.position.watch(net, number)

    def enter(self, folder: str, python_path: "list[str]") -> None:
        """Go to a folder, and look for Python layers in these folders first.

        Modules that came from the folders of an earlier request are forgotten: two bundles may each have a
        ``loss_layers`` of their own.
        """
        if not os.path.isdir(folder):  # noqa: PTH112
            raise Refused("refused", f"there is no folder {folder}")
        os.chdir(folder)
        if python_path == self._added:
            return
        for name in list(sys.modules):
            if _home(name) in self._added:
                del sys.modules[name]
        self._added = list(python_path)
        sys.path[:] = self._added + self._path
        importlib.invalidate_caches()

    def save(self, array: "np.ndarray[Any, Any]") -> str:
        """Write an array to a file of its own and return the path."""
        self._arrays += 1
        path = os.path.join(self.folder, f"w{self._arrays}.npy")  # noqa: PTH118
        np.save(path, array)
        return path

    def do_load(self, request: "dict[str, Any]") -> "dict[str, Any]":
        """Load a net from a file."""
        self.enter(request["folder"], request["python_path"])
        options = {}  # type: dict[str, Any]
        # A Caffe from before levels and stages takes neither keyword.
        if request["level"]:
            options["level"] = request["level"]
        if request["stages"]:
            options["stages"] = request["stages"]
        phase = getattr(caffe, request["phase"])
        if request["seed"] is not None:
            caffe.set_random_seed(request["seed"])
        net = caffe.Net(request["path"], phase, **options)
        self.hold(request["net"], net, request["folder"])
        return describe(net)

    def do_unload(self, request: "dict[str, Any]") -> None:
        """Let go of a net."""
        self._nets.pop(request["net"], None)

    def do_forward(self, request: "dict[str, Any]") -> "dict[str, Any]":
        """Set blobs, run all layers or a part of them, and return blobs."""
        net = self._net(request)
        for name, path in request["inputs"].items():
            blob = _blob(net, name)
            array = np.load(path)
            if request["reshape"] and blob.data.shape != array.shape:
                blob.reshape(*array.shape)
            _fill(f"blob {name!r}", blob.data, array)
        if request["reshape"]:
            net.reshape()
        loss = net._forward(
            _layer(net, request["start"], 0), _layer(net, request["end"], len(net.layers) - 1)
        )
        names = net.outputs if request["blobs"] is None else request["blobs"]
        return {"loss": float(loss), "blobs": {name: self.save(_blob(net, name).data) for name in names}}

    def do_backward(self, request: "dict[str, Any]") -> "dict[str, Any]":
        """Set diffs, run the layers backwards, and return the diffs of blobs and parameters."""
        net = self._net(request)
        for name, path in request["diffs"].items():
            _fill(f"the diff of blob {name!r}", _blob(net, name).diff, np.load(path))
        # Caffe adds to the diffs of parameters, so that a solver can sum over several passes.
        for layer in net.layers:
            for blob in layer.blobs:
                blob.diff[...] = 0
        net._backward(len(net.layers) - 1, 0)
        names = list(net.blobs) if request["blobs"] is None else request["blobs"]
        diffs = {name: self.save(_blob(net, name).diff) for name in names}
        return {"blobs": diffs, "params": self._params(net, "diff")}

    def do_params(self, request: "dict[str, Any]") -> "dict[str, list[str]]":
        """Return the parameters of every layer."""
        return self._params(self._net(request), "data")

    def do_set_params(self, request: "dict[str, Any]") -> None:
        """Set parameters of some layers."""
        net = self._net(request)
        for name, paths in request["params"].items():
            if name not in net.params:
                raise Refused("refused", f"the net has no layer {name!r} with parameters")
            blobs = net.params[name]
            if len(blobs) != len(paths):
                raise Refused(
                    "refused", f"layer {name!r} has {len(blobs)} parameters, {len(paths)} were given"
                )
            for index, (blob, path) in enumerate(zip(blobs, paths)):
                _fill(f"parameter {index} of layer {name!r}", blob.data, np.load(path))

    def do_weights(self, request: "dict[str, Any]") -> "list[str]":
        """Load weights and return the layers that got none."""
        return load_weights(self._net(request), request["path"])

    def do_save(self, request: "dict[str, Any]") -> None:
        """Write the weights of a net to a file."""
        self._net(request).save(request["path"])

    def do_normalises(self, _request: "dict[str, Any]") -> bool:
        """Tell whether BatchNorm normalises in TRAIN, as it does not in every Caffe."""
        path = os.path.join(self.folder, "normalises.prototxt")  # noqa: PTH118
        with open(path, "w") as file:  # noqa: PTH123
            file.write(
                'layer { name: "x" type: "Input" top: "x"'
                " input_param { shape { dim: 4 dim: 2 dim: 3 dim: 3 } } }\n"
                'layer { name: "y" type: "BatchNorm" bottom: "x" top: "y" }\n'
            )
        net = caffe.Net(path, caffe.TRAIN)
        values = np.arange(72, dtype=np.float32).reshape(4, 2, 3, 3)
        net.blobs["x"].data[...] = values
        net.forward()
        mean = values.mean(axis=(0, 2, 3), keepdims=True)
        deviation = np.sqrt(values.var(axis=(0, 2, 3), keepdims=True) + 1e-5)
        return bool(np.allclose(net.blobs["y"].data, (values - mean) / deviation, atol=1e-3))

    def do_strides(self, request: "dict[str, Any]") -> "Optional[dict[str, list[list[int]]]]":
        """Tell how coarse the blobs of a net are."""
        return strides(request["path"], set(request["names"]))

    def do_train(self, request: "dict[str, Any]") -> "dict[str, Any]":
        """Train; see the module of that name."""
        from .train import Training

        result = Training(self, request).run()
        # The solver's nets go; after a failure they stay until the next one, to name the layer at fault.
        self._nets = {number: held for number, held in self._nets.items() if number < request["net"]}
        return result

    def _net(self, request: "dict[str, Any]") -> "Any":
        held = self._nets[request["net"]]
        # A data layer opens its next file when it comes to it, by a path relative to the process's folder.
        os.chdir(held.folder)
        return held.net

    def _params(self, net: "Any", kind: str) -> "dict[str, list[str]]":
        return {
            str(name): [self.save(getattr(blob, kind)) for blob in blobs]
            for name, blobs in net.params.items()
        }


def describe(net: "Any") -> "dict[str, Any]":
    """Return what a net is made of, as JSON values."""
    names = [str(name) for name in net._blob_names]
    layers = []
    for index, layer in enumerate(net.layers):
        layers.append(
            {
                "name": str(net._layer_names[index]),
                "type": str(layer.type),
                "bottoms": [names[blob] for blob in net._bottom_ids(index)],
                "tops": [names[blob] for blob in net._top_ids(index)],
                "params": [list(blob.data.shape) for blob in layer.blobs],
            }
        )
    return {
        "layers": layers,
        "blobs": {name: [int(d) for d in blob.shape] for name, blob in zip(names, net._blobs)},
        "loss_weights": {n: float(w) for n, w in zip(names, net._blob_loss_weights) if w},
        "inputs": [str(name) for name in net.inputs],
        "outputs": [str(name) for name in net.outputs],
    }


def load_weights(net: "Any", path: str) -> "list[str]":
    """Load a caffemodel into a net and return the names of the layers that it had nothing for.

    Caffe matches layers by name and passes over the others without a word. So each parameter is filled
    beforehand with a NaN of a bit pattern that no training gives; what still holds it afterwards was not
    loaded, and gets its values back.
    """
    if not os.path.isfile(path):  # noqa: PTH113
        raise Refused("refused", f"there is no weights file {path}")
    mark = np.array([0x7FBADBAD], dtype=np.uint32).view(np.float32)
    before = [(str(name), [blob.data.copy() for blob in blobs]) for name, blobs in net.params.items()]
    for blobs in net.params.values():
        for blob in blobs:
            _bits(blob.data)[...] = _bits(mark)
    net.copy_from(path)
    missed = []
    for name, values in before:
        for blob, value in zip(net.params[name], values):
            if blob.data.size and bool(np.all(_bits(blob.data) == _bits(mark))):
                blob.data[...] = value
                if name not in missed:
                    missed.append(name)
    return missed


def _bits(array: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """View floats as integers of the same width, so that a NaN can be copied and compared exactly."""
    return array.view(np.uint32)


def _blob(net: "Any", name: str) -> "Any":
    if name not in net.blobs:
        raise Refused(
            "refused", f"the net has no blob {name!r}", known=[str(known) for known in net.blobs], asked=name
        )
    return net.blobs[name]


def _layer(net: "Any", name: "Optional[str]", default: int) -> int:
    if name is None:
        return default
    names = [str(known) for known in net._layer_names]
    if name not in names:
        raise Refused("refused", f"the net has no layer {name!r}", known=names, asked=name)
    return names.index(name)


def _fill(what: str, target: "np.ndarray[Any, Any]", array: "np.ndarray[Any, Any]") -> None:
    """Copy an array in, unless the shapes differ: NumPy would broadcast, and hide the mistake."""
    if target.shape != array.shape:
        shapes = [
            " x ".join(str(d) for d in shape) or "a single number" for shape in (target.shape, array.shape)
        ]
        raise Refused("refused", f"{what} is {shapes[0]}, the array for it is {shapes[1]}")
    target[...] = array


def _home(name: str) -> "Optional[str]":
    """Return the folder on the path that a module, or the package it is in, was found in."""
    top = sys.modules.get(name.partition(".")[0])
    package = list(getattr(top, "__path__", []))
    path = package[0] if package else getattr(top, "__file__", None)
    return os.path.dirname(os.path.abspath(path)) if path else None  # noqa: PTH100, PTH120
