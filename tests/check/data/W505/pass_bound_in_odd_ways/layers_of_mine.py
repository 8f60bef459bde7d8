import caffe
import numpy as np


class GoodLossLayer(caffe.Layer):
    def setup(self, bottom, top):
        global state
        state = [k for k in range(3)]
        print(state, __file__, later)

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        top[0].data[...] = np.sum(bottom[0].data)

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff[0]


for later in (1, 2):
    pass
