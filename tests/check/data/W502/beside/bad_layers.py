import caffe


class BadLayer(caffe.Layer)
    def setup(self, bottom, top):
        pass
