import caffe
