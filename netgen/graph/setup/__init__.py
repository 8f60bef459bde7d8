"""Setting layers up as Caffe does: one module for each family of layer types, each with its ``TYPES``."""
