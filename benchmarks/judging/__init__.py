"""Real Caffe's verdict on nets, netgen's opinion of them, and where the two differ."""
