"""A Python layer uses a name that its module never defines or imports.

Python looks a global name up when the line runs: a module without ``import numpy as np`` imports well, and
ends Caffe with a NameError in the first forward pass, or, in backward, in the first training step.

Fails
-----
    # in layers_of_mine.py, without "import numpy as np":
    #     class NoNumpy(caffe.Layer):
    #         def forward(self, bottom, top):
    #             top[0].data[...] = np.exp(bottom[0].data)
    layer {
      name: "data" type: "Python" top: "data"
      python_param { module: "layers_of_mine" layer: "NoNumpy" }
    }

Passes
------
    layer { name: "score" type: "Input" top: "score" input_param { shape { dim: 2 dim: 4 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "loss" type: "Python" bottom: "score" bottom: "label" top: "loss" loss_weight: 1
      python_param { module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer" }
    }

Source
------
Python's own rules for names; the module is read, not run.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.python.layers import class_of
from netgen.check.python.names import PYTHON_2
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.errors import Site, nearest

CODE = "W505"
NAME = "undefined-name"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "always"

_IMPORTS = {
    "caffe": "import caffe",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "time": "import time",
}
_MODULES = frozenset(
    "collections copy cv2 h5py itertools json logging math os pickle random re scipy skimage sys yaml".split()
)
# Their parts are imported one by one.
_PACKAGES = ("scipy", "skimage")


def check(subject: NetSubject) -> Iterator[Report]:
    """Report the names that a layer's class, and its module around it, use unbound."""
    for layer in subject.graph.by_type("Python"):
        module, source = class_of(subject.file, layer)
        if module is None or source is None:
            continue
        for unbound in module.undefined(source.name):
            name = unbound.name
            if name in PYTHON_2:
                mend = f"{name} is Python 2's; in Python 3 write {PYTHON_2[name]}"
            elif name in _IMPORTS or name in _MODULES:
                wanted = unbound.dotted if name in _PACKAGES else name
                mend = f"write at the top of {module.path}: {_IMPORTS.get(name, f'import {wanted}')}"
            else:
                meant = nearest(name, module.bound)
                mend = f"did you mean {meant!r}?" if meant else f"define or import it in {module.path}"
            where = f" in {unbound.where}" if unbound.where else ""
            yield Report(
                f"{Site(module.path, unbound.line)}: {name!r} is used{where} and never defined or imported",
                ("layer", layer.source, "python_param", "module"),
                mend,
                layer=layer.name,
            )
