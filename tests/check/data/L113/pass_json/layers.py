import ast
import json

import caffe


class Base(caffe.Layer):
    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff


class FromJson(Base):
    def setup(self, bottom, top):
        options = json.loads(self.param_str)
        self.factor = float(options.get("factor", 1))
        self.axes = [int(axis) for axis in options["axes"]]


class FromEval(Base):
    def setup(self, bottom, top):
        self.options = eval(self.param_str)
        self.smooth = self.options["smooth"]


class FromLiteral(Base):
    def setup(self, bottom, top):
        options = ast.literal_eval(self.param_str) if self.param_str else {}
        self.low, self.high = options.get("low", 0), float(options.get("high", 1))


class Careful(Base):
    def setup(self, bottom, top):
        try:
            self.options = json.loads(self.param_str)
        except ValueError:
            self.options = {}


class Plain(Base):
    def setup(self, bottom, top):
        if len(bottom) != 1:
            raise ValueError("one bottom")
        self.kind = self.param_str
