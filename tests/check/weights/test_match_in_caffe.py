"""Which weights are loaded, against real Caffe."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from netgen.check.opening import open_net
from netgen.check.settings import Settings
from netgen.check.weights import match, read
from netgen.check.weights.match import of_graph

pytestmark = [
    pytest.mark.caffe,
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork"),
]

HEAD = (
    'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }\n'
)
FILLER = 'weight_filler { type: "constant" value: 7 } bias_filler { type: "constant" value: 7 }'


def conv(name: str, bottom: str, top: str, rest: str = "num_output: 2") -> str:
    param = f"convolution_param {{ kernel_size: 1 {FILLER} {rest} }}"
    return f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{top}" {param} }}\n'


NETS = {
    "two": HEAD + conv("a", "data", "a") + conv("b", "a", "b"),
    "renamed": HEAD + conv("a", "data", "a") + conv("B", "a", "b"),
    "one": HEAD + conv("a", "data", "a"),
    "more": HEAD + conv("a", "data", "a") + conv("b", "a", "b") + conv("c", "b", "c"),
    "wide": HEAD + conv("a", "data", "a") + conv("b", "a", "b", "num_output: 3"),
    "no bias": HEAD + conv("a", "data", "a") + conv("b", "a", "b", "num_output: 2 bias_term: false"),
    "twice": HEAD + conv("a", "data", "a") + conv("a", "a", "b"),
    "other type": HEAD
    + 'layer { name: "a" type: "ReLU" bottom: "data" top: "a" }\n'
    + conv("b", "a", "b", "num_output: 2"),
    "split": HEAD + conv("a", "data", "a") + conv("b", "a", "b") + conv("b2", "a", "b2"),
    "product": HEAD
    + 'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 2 '
    + FILLER
    + " } }\n",
}

# Saves the weights of each net, 1 everywhere; loads each into each net, in a process of its own; says which of the
# layers are not all 1 then, or that it ended.
JUDGE = """
import json, os, sys
import caffe
files, pairs = json.load(sys.stdin)
for path in files:
    net = caffe.Net(path, caffe.TEST)
    for blobs in net.params.values():
        for blob in blobs:
            blob.data[...] = 1
    net.save(path + ".caffemodel")
    if not path.endswith("twice.prototxt"):  # of which HDF5 files cannot be written
        net.save_hdf5(path + ".h5")
answers = []
for weights, path in pairs:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        net = caffe.Net(path, caffe.TEST)
        net.copy_from(weights) if weights.endswith("model") else net.load_hdf5(weights)
        names = list(net._layer_names)
        left = [i for i, layer in enumerate(net.layers) if any((blob.data != 1).any() for blob in layer.blobs)]
        os.write(writing, json.dumps(left).encode())
        os._exit(0)
    os.close(writing)
    ended = os.waitpid(child, 0)[1]
    said = os.read(reading, 100000)
    os.close(reading)
    answers.append(None if ended else json.loads(said))
json.dump(answers, sys.stdout)
"""


def test_what_is_loaded_left_out_and_refused(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    paths = {}
    for name, text in NETS.items():
        paths[name] = tmp_path / f"{name}.prototxt"
        paths[name].write_text(text)
    pairs = [
        (one, ending, other)
        for one, ending, other in itertools.product(NETS, ("caffemodel", "h5"), NETS)
        if (one, ending) != ("twice", "h5")
    ]
    order = [
        [str(path) for path in paths.values()],
        [[f"{paths[one]}.{ending}", str(paths[other])] for one, ending, other in pairs],
    ]
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    wrong = []
    for (one, ending, other), left in zip(pairs, json.loads(done.stdout)):
        target = graph_of(paths[other])
        file = read(f"{paths[one]}.{ending}")
        matches = [match(file.layers, target.layers, hdf5=file.hdf5)]
        if not file.hdf5:
            matches.append(match(of_graph(graph_of(paths[one])), target.layers))
        for found in matches:
            said = None if found.misfits else [layer.index for layer in found.without]
            if said != left:
                wrong.append((one, ending, other, said, left))
    assert wrong == []


def graph_of(path: Path):
    subject = open_net(str(path), path.read_bytes(), Settings())
    return next(iter(subject.graphs.values()))
