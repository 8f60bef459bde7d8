"""Writing nets: Net on ``caffe.NetSpec``, checked layers, networks and their options."""
