"""Runs the loss layer's arithmetic on plain arrays, under a NumPy that Caffe was not built for."""

import json
import sys
import types
import warnings

import numpy as np

caffe = types.ModuleType("caffe")
caffe.Layer = object
caffe.TRAIN = 0
sys.modules["caffe"] = caffe

import loss_layers  # noqa: E402
from loss_nets import KINDS, OPTIONS, case, close, reference  # noqa: E402


class Blob:
    def __init__(self, values):
        self.data = np.array(values, np.float32)
        self.diff = np.zeros_like(self.data)
        self.count = self.data.size

    def reshape(self, *shape):
        self.data = np.zeros(shape, np.float32)
        self.diff = np.full(shape, 0.5, np.float32)


warnings.simplefilter("error")
shape = (2, 3, 5, 7)
count = 0
for options in OPTIONS:
    for labels, weighted in KINDS:
        _, (x, t, w) = case(shape, options, labels, weighted)
        bottom = [Blob(values) for values in (x, t, w) if values is not None]
        top = [Blob(0)]
        layer = loss_layers.CustomSigmoidCrossEntropyLossLayer()
        layer.phase = caffe.TRAIN
        layer.param_str = json.dumps(options)
        layer.setup(bottom, top)
        layer.reshape(bottom, top)
        layer.forward(bottom, top)
        layer.backward(top, [True, False, False], bottom)
        wanted, slopes = reference(x, t, w, **options)
        close(top[0].data, wanted, 1e-6, f"loss of {options} {labels} {weighted}")
        close(bottom[0].diff, 0.5 * slopes, 1e-6, f"gradient of {options} {labels} {weighted}")
        count += 1
print(f"computed {count} cases")
