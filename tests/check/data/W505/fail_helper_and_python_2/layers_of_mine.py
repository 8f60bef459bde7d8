import caffe
import numpy as np


class GoodLossLayer(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        top[0].data[...] = total(bottom)

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff[0]


def total(bottom):
    return sum(bottom[i].data.sum() for i in xrange(2)) * scipy.special.expit(facter)


factor = 2
