"""The Python layers that the corpus's judge had, made again from what Caffe said of them.

Some nets of the corpus name a module that is not in it. Caffe's verdicts on them are about what these layers
do with their ``param_str``, so netgen is given a module that does the same: read, as users' modules are, and
never run.
"""

# ruff: noqa: ARG002 (pycaffe calls them so)

import json

import caffe

LAYERS = {
    "RandomDataLayer": {
        "parameters": {"shape": {"kind": "list"}},
        "shapes": [["shape"], ["shape 0"]],
    },
    "ScaleLayer": {
        "parameters": {"scale": {"kind": "number"}, "n": {"kind": "integer"}},
        "shapes": ["bottom 0"],
    },
    "DiceLossLayer": {"parameters": {"smooth": {"kind": "number"}}, "shapes": [[1]]},
}


class RandomDataLayer(caffe.Layer):
    def setup(self, bottom, top):
        self.shape = eval(self.param_str)["shape"]

    def reshape(self, bottom, top):
        top[0].reshape(*self.shape)
        top[1].reshape(self.shape[0])

    def forward(self, bottom, top):
        pass

    def backward(self, top, propagate_down, bottom):
        pass


class ScaleLayer(caffe.Layer):
    def setup(self, bottom, top):
        self.scale = float(json.loads(self.param_str)["scale"])

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        pass

    def backward(self, top, propagate_down, bottom):
        pass


class DiceLossLayer(caffe.Layer):
    def setup(self, bottom, top):
        self.smooth = float(eval(self.param_str)["smooth"])

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        pass

    def backward(self, top, propagate_down, bottom):
        pass
