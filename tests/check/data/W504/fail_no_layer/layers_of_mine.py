import caffe
import numpy as np


class Base(object):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)


class GoodLossLayer(Base):
    def forward(self, bottom, top):
        top[0].data[...] = np.sum(bottom[0].data)

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff[0]
