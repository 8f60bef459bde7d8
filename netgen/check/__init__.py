"""What Caffe would say of a prototxt, and what people regret that Caffe does not say: rules and findings."""
