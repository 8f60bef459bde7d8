import caffe


class NoReshape(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def forward(self, bottom, top):
        top[0].data[...] = 1

    def backward(self, top, propagate_down, bottom):
        pass
